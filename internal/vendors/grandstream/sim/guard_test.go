package sim_test

import (
	"strings"
	"testing"

	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"
)

// sealed is what "openssl enc -aes-256-cbc -md md5 -S 0102030405060708 -pass
// pass:Canary" made of "<gs_provision/>", behind the mark and the salt.
const sealed = "Salted__\x01\x02\x03\x04\x05\x06\x07\x08\x9c\xd2\x6a\x28\xed\x27\x4d\xbb\x9b\x33\xec\x11\xeb\x87\xbc\xe7"

func TestPersona_Admit(t *testing.T) {
	t.Parallel()
	d := phone.Device{MAC: "00005e005301", Model: "GHP610"}
	own, nobodys, others := "<gs_provision><mac>00005E005301</mac></gs_provision>", "<gs_provision/>", "<gs_provision><mac>00005e005302</mac></gs_provision>"
	for name, tc := range map[string]struct {
		password, check, file string
		want, wrong           string
	}{
		"plain":                             {"", "No", nobodys, nobodys, ""},
		"sealed":                            {"Canary", "", sealed, nobodys, ""},
		"sealed, checked":                   {"Canary", "Yes", sealed, nobodys, ""},
		"sealed with another password":      {"canary", "", sealed, "", "does not open"},
		"sealed, and no password":           {"", "", sealed, "", "no password"},
		"plain, and a password":             {"Canary", "", own, "", "not encrypted"},
		"half a block":                      {"Canary", "", sealed[:len(sealed)-1], "", "does not open"},
		"nothing behind the salt":           {"Canary", "", sealed[:16], "", "does not open"},
		"checked: its own":                  {"", "Yes", own, own, ""},
		"checked: nobody's":                 {"", "Yes", nobodys, "", "whose it is"},
		"checked: another's":                {"", "Yes", others, "", "whose it is"},
		"checked: what is no configuration": {"", "Yes", "x", "", "whose it is"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			held := map[string]string{"provisioning.config.filepassword": tc.password, "provisioning.config.authenticatefile": tc.check}
			got, err := persona(t).Admit(d, held, []byte(tc.file))
			if tc.wrong != "" {
				if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.wrong) {
					t.Fatalf("%v, want %q in it", err, tc.wrong)
				}
				return
			}
			if err != nil || string(got) != tc.want {
				t.Fatalf("%q, %v", got, err)
			}
		})
	}
	if _, err := persona(t).Read(d, "cfg.xml", []byte(others)); !fault.Is(err, fault.Invalid) {
		t.Fatalf("another phone's file: %v", err)
	}
}

func FuzzPersona_Admit(f *testing.F) {
	f.Add("Canary", sealed)
	f.Add("", "<gs_provision/>")
	f.Add("x", "Salted__12345678")
	p := persona(f)
	f.Fuzz(func(t *testing.T, password, file string) {
		held := map[string]string{"provisioning.config.filepassword": password, "provisioning.config.authenticatefile": "Yes"}
		if _, err := p.Admit(phone.Device{MAC: "00005e005301", Model: "GHP610"}, held, []byte(file)); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
}
