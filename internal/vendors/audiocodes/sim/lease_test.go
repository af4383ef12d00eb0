package sim_test

import (
	"testing"

	"bellwether/internal/phone"
)

// TestPersona_Lease: where the phone looks first, by what its lease says.
func TestPersona_Lease(t *testing.T) {
	t.Parallel()
	p, d := persona(t), phone.Device{MAC: "00908f0000a1", Model: "420HD"}
	for name, tc := range map[string]struct {
		options     map[uint8]string
		file, image string // where the configuration is; where firmware is
	}{
		"the phone manager's": {map[uint8]string{160: "http://192.0.2.1/firmwarefiles;ipp/dhcption160.cfg", 66: "other"}, "http://192.0.2.1/firmwarefiles;ipp/dhcption160.cfg", "http://192.0.2.1/"},
		"a host":              {map[uint8]string{160: "https://example.org"}, "https://example.org/00908F0000A1.cfg", "https://example.org/"},
		"a folder":            {map[uint8]string{160: "ftp://example.org/phones"}, "ftp://example.org/phones/00908F0000A1.cfg", "ftp://example.org/phones/"},
		"a firmware file":     {map[uint8]string{160: "http://example.org/a/x.img"}, "http://example.org/a/00908F0000A1.cfg", "http://example.org/a/x.img"},
		"both":                {map[uint8]string{160: "http://example.org/x.img;y.cfg"}, "http://example.org/y.cfg", "http://example.org/x.img"},
		"placeholders":        {map[uint8]string{160: "https://example.org/;<MODEL>_<MAC>_conf.cfg"}, "https://example.org/420HD_00908F0000A1_conf.cfg", "https://example.org/"},
		"66 alone":            {map[uint8]string{66: "192.0.2.1"}, "tftp://192.0.2.1/00908F0000A1.cfg", "tftp://192.0.2.1/"},
		"66 and 67":           {map[uint8]string{66: "https://192.0.2.1/", 67: ";<MAC>.cfg"}, "https://192.0.2.1/00908F0000A1.cfg", "https://192.0.2.1/"},
		"names in 66 win":     {map[uint8]string{66: "http://192.0.2.1/a.img;b.cfg", 67: "c.img;d.cfg"}, "http://192.0.2.1/b.cfg", "http://192.0.2.1/a.img"},
		"67 without 66":       {map[uint8]string{67: "c.img;d.cfg"}, "", ""},
	} {
		held := map[string]string{"provisioning/method": "DYNAMIC"}
		told := p.Lease(d, held, phone.Lease{Options: tc.options})
		if len(told.Settings) == 0 {
			if tc.file != "" {
				t.Errorf("%s: it takes nothing", name)
			}
			continue
		}
		plan, err := p.Plan(d, told.Settings)
		if err != nil || !plan.Follow || plan.Folder.String()+plan.Names[0] != tc.file || told.Settings["provisioning/firmware/url"] != tc.image {
			t.Errorf("%s: %v%v, firmware %s, %v; want %s, %s", name, plan.Folder, plan.Names, told.Settings["provisioning/firmware/url"], err, tc.file, tc.image)
		}
		held["provisioning/method"] = "STATIC"
		if told := p.Lease(d, held, phone.Lease{Options: tc.options}); len(told.Settings) > 0 {
			t.Errorf("%s: with addresses of its own it takes %v", name, told.Settings)
		}
	}
}
