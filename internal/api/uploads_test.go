package api

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

const formHead = "multipart/form-data; boundary=x"

func form(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--x\r\nContent-Disposition: form-data; " + p + "\r\n")
	}
	return b.String() + "--x--\r\n"
}

func TestUpload_read(t *testing.T) {
	t.Parallel()
	file := "name=\"file\"; filename=\"a.bin\"\r\n\r\nbytes"
	for what, x := range map[string]struct{ kind, body, wrong string }{
		"fields before and after": {formHead, form("name=\"models\"\r\n\r\nA,B", file, "name=\"kind\"\r\n\r\nringtone"), ""},
		"no form":                 {"application/json", "{}", "as a form"},
		"no boundary":             {"multipart/form-data", form(file), "as a form"},
		"no file":                 {formHead, form("name=\"kind\"\r\n\r\nringtone"), "the file is not taken"},
		"two files":               {formHead, form(file, file), "the file is not taken"},
		"cut short":               {formHead, form(file)[:len(form(file))-8], "did not come whole"},
		"a long field":            {formHead, form("name=\"kind\"\r\n\r\n"+strings.Repeat("x", limit.ValueBytes+1), file), "the file is not taken"},
		"many parts":              {formHead, form(append([]string{file}, strings.Split(strings.Repeat("name=\"k\"\r\n\r\nv|", formParts)+"name=\"k\"\r\n\r\nv", "|")...)...), "too many parts"},
	} {
		u := Upload{body: strings.NewReader(x.body), kind: x.kind}
		var got bytes.Buffer
		fields, name, err := u.read(func(r io.Reader) error { _, err := io.Copy(&got, r); return err })
		if x.wrong != "" {
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), x.wrong) {
				t.Errorf("%s: %v, want %q", what, err, x.wrong)
			}
			continue
		}
		if err != nil || name != "a.bin" || got.String() != "bytes" || fields["models"] != "A,B" || fields["kind"] != "ringtone" {
			t.Errorf("%s: %q %q %q %v", what, name, got.String(), fields, err)
		}
	}
}

// FuzzUpload: a form of any bytes costs no more memory than its fields may, and
// gives one error or a file.
func FuzzUpload(f *testing.F) {
	f.Add(formHead, form("name=\"file\"; filename=\"a.bin\"\r\n\r\nbytes"))
	f.Add(formHead, form("name=\"kind\"\r\n\r\nringtone", "name=\"file\"\r\n\r\n"))
	f.Add("multipart/form-data; boundary=\"\"", "--\r\n")
	f.Fuzz(func(t *testing.T, kind, body string) {
		u := Upload{body: strings.NewReader(body), kind: kind}
		taken := 0
		fields, _, err := u.read(func(r io.Reader) error { taken++; _, err := io.Copy(io.Discard, r); return err })
		if taken > 1 || err == nil && taken != 1 || len(fields) > formParts {
			t.Errorf("%d files, %d fields, %v", taken, len(fields), err)
		}
	})
}
