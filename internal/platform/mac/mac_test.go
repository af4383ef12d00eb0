package mac_test

import (
	"testing"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ in, want string }{
		"plain":             {"00005e005301", "00005e005301"},
		"upper with colons": {"00:00:5E:00:53:01", "00005e005301"},
		"dashes":            {"00-00-5e-00-53-01", "00005e005301"},
		"cisco dots":        {"0000.5e00.5301", "00005e005301"},
		"too short":         {"00005e0053", ""},
		"too long":          {"00005e00530100", ""},
		"letter O":          {"O0005e005301", ""},
		"double separator":  {"00::005e005301", ""},
		"odd separator":     {"0:0005e005301", ""},
		"trailing dash":     {"00005e005301-", ""},
		"all zero":          {"000000000000", ""},
		"broadcast":         {"ff:ff:ff:ff:ff:ff", ""},
		"empty":             {"", ""},
		"path":              {"../../etc/passwd", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := mac.Parse(tc.in)
			if string(got) != tc.want {
				t.Fatalf("Parse(%q) = %q, want %q", tc.in, got, tc.want)
			}
			if (err != nil) != (tc.want == "") || err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatalf("Parse(%q) error = %v", tc.in, err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("00:00:5e:00:53:01")
	f.Add("0000.5E00.5301")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := mac.Parse(s)
		if err != nil {
			return
		}
		for _, again := range []string{a.String(), a.Colons()} {
			if b, err := mac.Parse(again); err != nil || b != a {
				t.Fatalf("Parse(%q) = %q, %v; want %q", again, b, err, a)
			}
		}
	})
}
