package template

import (
	"testing"
	"unicode/utf8"

	"bellwether/internal/domain/param"
)

func TestText_comes_back(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"plain":                  "192.0.2.1",
		"empty":                  "",
		"an equals sign":         "a=b=c",
		"a hash":                 "#1",
		"lines":                  "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n",
		"blanks around":          "  x ",
		"a quotation mark first": `"x`,
		"quoted whole":           `"x"`,
		"a dial plan":            `{ x+ | \+x+ | *x+ }`,
		"umlauts":                "Küche",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines, wrong := readText(writeText("a name\nof two lines", []Item{{Key: "some.key", Value: value}}))
			if len(wrong) > 0 || len(lines) != 1 || lines[0].name != "some.key" || lines[0].value != value {
				t.Fatalf("%q came back as %+v %+v", value, lines, wrong)
			}
		})
	}
}

func FuzzText(f *testing.F) {
	f.Add("P30", "192.0.2.1", "# x\nP30=1\r\n\"=\"")
	f.Add("a.b", "\"\n", "\ufeff=\x00")
	f.Fuzz(func(t *testing.T, key, value, text string) {
		_, _ = readText([]byte(text))
		if !validKey(param.Key(key)) || !utf8.ValidString(value) {
			return
		}
		lines, wrong := readText(writeText("x", []Item{{Key: param.Key(key), Value: value}}))
		if len(wrong) > 0 || len(lines) != 1 || lines[0].name != key || lines[0].value != value {
			t.Fatalf("%q=%q came back as %+v %+v", key, value, lines, wrong)
		}
	})
}
