package audiocodes_test

import (
	"strings"
	"testing"

	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"

	"github.com/google/go-cmp/cmp"
)

const (
	agent440 = "AUDC-IPPhone/2.2.8.61 (440HDG-Rev0; 00908F602AAC)"
	agent430 = "AUDC-IPPhone-430HD_UC_2.0.13.121/1.0.0000.0"
	macA     = mac.Address("00908f0000a1")
	mac440   = mac.Address("00908f602aac")
)

func TestVendor_Identify(t *testing.T) {
	t.Parallel()
	type sighting = vendors.Sighting
	for name, tc := range map[string]struct {
		file, agent string
		want        sighting // the zero value: not AudioCodes'
	}{
		"own file":               {"00908f0000a1.cfg", "", sighting{MAC: macA, File: vendors.Config}},
		"own file, upper case":   {"00908F0000A1.CFG", "", sighting{MAC: macA, File: vendors.Config}},
		"what option 160 names":  {"dhcption160.cfg", "", sighting{File: vendors.Common}},
		"the same, later":        {"dhcpoption160.cfg", "", sighting{File: vendors.Common}},
		"firmware":               {"420HD.img", "", sighting{Model: "420HD", File: vendors.Firmware}},
		"firmware, lower case":   {"c450hd.img", "", sighting{Model: "C450HD", File: vendors.Firmware}},
		"firmware of a stranger": {"router.img", "", sighting{}},
		"firmware, other name":   {"430HD_2.2.img", agent440, sighting{MAC: mac440, AgentMAC: mac440, Model: "440HD", Firmware: "2.2.8.61", File: vendors.Firmware}},
		"shared by a model":      {"AudioCodes_420HD_global_GENERIC.cfg", "", sighting{Model: "420HD", File: vendors.Global}},
		"shared by a stranger's": {"AudioCodes_999HD_global_GENERIC.cfg", "", sighting{}},
		"text of another vendor": {"dev00908f0000a1.cfg", "", sighting{}},
		"XML of another vendor":  {"cfg00908f0000a1.xml", "", sighting{}},
		"agent and own file":     {"00908f602aac.cfg", agent440, sighting{MAC: mac440, AgentMAC: mac440, Model: "440HD", Firmware: "2.2.8.61", File: vendors.Config}},
		"agent and another's":    {"00908f0000a1.cfg", agent440, sighting{MAC: macA, AgentMAC: mac440, Model: "440HD", Firmware: "2.2.8.61", File: vendors.Config}},
		"agent alone":            {"index.html", agent440, sighting{MAC: mac440, AgentMAC: mac440, Model: "440HD", Firmware: "2.2.8.61"}},
		"agent, name by <MODEL>_<MAC>_conf.cfg": {"440HD_00908F602AAC_conf.cfg", agent440,
			sighting{MAC: mac440, AgentMAC: mac440, Model: "440HD", Firmware: "2.2.8.61", File: vendors.Config}},
		"such a name alone": {"440HD_00908F602AAC_conf.cfg", "", sighting{}},
		"agent of a brand": {"00908f9a9623.cfg", "Genesys /2.2.16.142.46 (420HDG-Rev2-AC494; 00908F9A9623)",
			sighting{MAC: "00908f9a9623", AgentMAC: "00908f9a9623", Model: "420HD", Firmware: "2.2.16.142.46", File: vendors.Config}},
		"agent of UC":     {"00908f0000a1.cfg", agent430, sighting{MAC: macA, Model: "430HD", Firmware: "UC_2.0.13.121", File: vendors.Config}},
		"agent of 3.x":    {"00908f0000a1.cfg", "AUDC/3.4.6.604 AUDC-IPPhone-C450HD_UC_3.4.6.604/1", sighting{MAC: macA, Model: "C450HD", Firmware: "UC_3.4.6.604", File: vendors.Config}},
		"agent of PnP":    {"", "AUDC-IPPhone/2.2.2", sighting{Firmware: "2.2.2"}},
		"unknown model":   {"", "AUDC-IPPhone/2.2.2 (999HD-Rev0; 00908F602AAC)", sighting{MAC: mac440, AgentMAC: mac440, Firmware: "2.2.2"}},
		"a browser":       {"420hd.html", "Mozilla/5.0 (420HD; 00908F602AA)", sighting{}},
		"a Grandstream":   {"", "Grandstream Model HW GHP621W SW 1.0.1.37 DevId 000b82c12345", sighting{}},
		"folder in it":    {"configfiles/00908f0000a1.cfg", "", sighting{}},
		"probe, no agent": {"00000000.cfg", "", sighting{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := vendor(t).Identify(vendors.Request{Door: vendors.HTTPS, Name: tc.file, UserAgent: tc.agent})
			if ok != (tc.want != sighting{}) {
				t.Errorf("Identify reports %t", ok)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add("00908f0000a1.cfg", agent440)
	f.Add("440HD_00908F602AAC_conf.cfg", agent430)
	f.Add("AudioCodes_420HD_global_GENERIC.cfg", "Genesys /2.2.16.142.46 (420HDG-Rev2-AC494; 00908F9A9623)")
	v := vendor(f)
	labels := map[string]bool{"": true}
	for _, m := range v.Models() {
		labels[m.Name] = true
	}
	f.Fuzz(func(t *testing.T, file, agent string) {
		seen, ok := v.Identify(vendors.Request{Name: file, UserAgent: agent})
		if !ok && seen != (vendors.Sighting{}) {
			t.Fatalf("refused, and yet %+v", seen)
		}
		if !labels[seen.Model] {
			t.Fatalf("model %q", seen.Model)
		}
		for _, a := range []mac.Address{seen.MAC, seen.AgentMAC} {
			if back, err := mac.Parse(a.String()); a != "" && (err != nil || back != a) {
				t.Fatalf("address %q", a)
			}
		}
		if seen.File == vendors.Config && !strings.Contains(strings.ToLower(file), seen.MAC.String()) {
			t.Fatalf("%q is a configuration of %q", file, seen.MAC)
		}
	})
}
