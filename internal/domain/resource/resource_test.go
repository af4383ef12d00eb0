package resource

import (
	"strings"
	"testing"

	"bellwether/internal/platform/limit"
)

func TestVersionIn(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Release_GHP6XX_1.0.1.54.bin": "1.0.1.54", "420HD_2.2.16.142.img": "2.2.16.142", "ghp610fw.bin": "", "a.1.2.bin": "", "UC_3.4.6.604.img": "3.4.6.604",
		"1..2.3.4": "", "": "", strings.Repeat("1.", 200): "", "v1.0.5.img": "1.0.5", "2026.03.01-notes": "2026.03.01",
	} {
		if got := VersionIn(name); got != want {
			t.Errorf("VersionIn(%.40q) = %q, want %q", name, got, want)
		}
	}
}

func TestValidName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"ghp610fw.bin": true, "420HD.img": true, "gs_boot.bin_1.0.7.5": true, "": false, ".": false, "..": false, "a/b": false, `a\b`: false, "a b": false,
		"a..b": false, "ä.bin": false, "a\x00": false, "a;b": false, strings.Repeat("a", limit.FileName+1): false,
	} {
		if got := ValidName(name); got != want {
			t.Errorf("ValidName(%.40q) = %t", name, got)
		}
	}
}

// FuzzNames: whatever an uploaded file is called, what comes of it is short and
// leads nowhere.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"Release_1.0.1.54.bin", `C:\fw\420HD.img`, "../../etc/passwd", "1.2.3.4.5", "\x00", "a/../b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v := VersionIn(s); len(v) > limit.Name || strings.Trim(v, "0123456789.") != "" || v != "" && !strings.Contains(s, v) {
			t.Errorf("VersionIn(%q) = %q", s, v)
		}
		if b := baseName(s); strings.ContainsAny(b, `\`) || b != "/" && strings.Contains(b, "/") || ValidName(b) && (b == ".." || b == ".") {
			t.Errorf("baseName(%q) = %q", s, b)
		}
	})
}
