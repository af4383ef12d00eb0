package grandstream_test

import (
	"testing"

	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"

	"github.com/google/go-cmp/cmp"
)

const (
	agent621 = "Grandstream Model HW GHP621W SW 1.0.1.37 DevId 000b82c12345"
	macA     = mac.Address("00005e005301")
	mac621   = mac.Address("000b82c12345")
)

func TestVendor_Identify(t *testing.T) {
	t.Parallel()
	type sighting = vendors.Sighting
	for name, tc := range map[string]struct {
		file, agent string
		want        sighting // the zero value: not Grandstream's
	}{
		"own file":               {"cfg00005e005301.xml", "", sighting{MAC: macA, File: vendors.Config}},
		"own file, upper case":   {"CFG00005E005301.XML", "", sighting{MAC: macA, File: vendors.Config}},
		"own file, binary":       {"cfg00005e005301", "", sighting{MAC: macA, File: vendors.Probe, Form: vendors.Binary}},
		"own file, .bin":         {"cfg00005e005301.bin", "", sighting{MAC: macA, File: vendors.Probe, Postfix: ".bin", Form: vendors.Binary}},
		"prefix and postfix":     {"gs_cfg000b82000001_cfg001.xml", "", sighting{MAC: "000b82000001", File: vendors.Config, Prefix: "gs_", Postfix: "_cfg001"}},
		"postfix after .xml":     {"cfg000b82000001.xml_v2", "", sighting{MAC: "000b82000001", File: vendors.Config, Postfix: "_v2"}},
		"prefix like the mark":   {"cfgcfg00005e005301.xml", "", sighting{MAC: macA, File: vendors.Config, Prefix: "cfg"}},
		"binary with postfix":    {"gs_cfg000b82000001_cfg001", "", sighting{MAC: "000b82000001", File: vendors.Probe, Prefix: "gs_", Postfix: "_cfg001", Form: vendors.Binary}},
		"text file":              {"dev00005e005301.cfg", "", sighting{MAC: macA, File: vendors.Probe}},
		"model file":             {"cfgghp621w.xml", "", sighting{Model: "GHP621W", File: vendors.Probe}},
		"model file without W":   {"CfgGHP610.xml", "", sighting{Model: "GHP610", File: vendors.Probe}},
		"model of another line":  {"cfggxp2130.xml", "", sighting{Model: "GXP2130", File: vendors.Probe}},
		"model that is not ours": {"cfggxw4216.xml", "", sighting{File: vendors.Probe}},
		"model with version":     {"cfg.xml", "Grandstream Model HW HT802V2 V1.0A SW 1.0.5.4 DevId ec74d763e419", sighting{MAC: "ec74d763e419", AgentMAC: "ec74d763e419", Model: "HT802V2", Firmware: "1.0.5.4", File: vendors.Probe}},
		"common file":            {"cfg.xml", "", sighting{File: vendors.Probe}},
		"firmware":               {"ghp610fw.bin", "", sighting{File: vendors.Firmware}},
		"firmware with postfix":  {"GHP610FW.BIN_1.0.1.37", "", sighting{File: vendors.Firmware}},
		"recovery image":         {"ghp610recovery.bin", "", sighting{File: vendors.Firmware}},
		"phonebook":              {"gs_phonebook.xml", "", sighting{File: vendors.Resource}},
		"foreign firmware":       {"grp2600fw.bin", "", sighting{}},
		"foreign phonebook":      {"phonebook.xml", "", sighting{}},
		"one digit too many":     {"cfg00005e0053011.xml", "", sighting{}},
		"another vendor's file":  {"00908f0000a1.cfg", "", sighting{}},
		"AudioCodes agent":       {"00908f0000a1.cfg", "AUDC-IPPhone/2.2.8.61 (440HDG-Rev0; 00908F602AAC)", sighting{}},
		"agent and own file": {"cfg000b82c12345.xml", agent621,
			sighting{MAC: mac621, AgentMAC: mac621, Model: "GHP621W", Firmware: "1.0.1.37", File: vendors.Config}},
		"agent and another's file": {"cfg00005e005301.xml", agent621,
			sighting{MAC: macA, AgentMAC: mac621, Model: "GHP621W", Firmware: "1.0.1.37", File: vendors.Config}},
		"agent knows the W better": {"cfgghp621.xml", agent621,
			sighting{MAC: mac621, AgentMAC: mac621, Model: "GHP621W", Firmware: "1.0.1.37", File: vendors.Probe}},
		"agent, unknown name": {"index.html", agent621,
			sighting{MAC: mac621, AgentMAC: mac621, Model: "GHP621W", Firmware: "1.0.1.37"}},
		"agent with hardware version": {"cfg.xml", "Grandstream Model HW GXV3350  V1.3A SW 1.0.1.8 DevId c074ad150b88",
			sighting{MAC: "c074ad150b88", AgentMAC: "c074ad150b88", Model: "GXV3350", Firmware: "1.0.1.8", File: vendors.Probe}},
		"agent of old": {"cfg000b822726c8", "Grandstream GXP2000 (gxp2000e.bin:1.2.5.3/boot55e.bin:1.1.6.9) DevId 000b822726c8",
			sighting{MAC: "000b822726c8", AgentMAC: "000b822726c8", File: vendors.Probe, Form: vendors.Binary}},
		"agent in other case": {"grp2600fw.bin", "GRANDSTREAM model hw ghp610 sw 1.0 devid 00:0B:82:C1:23:45",
			sighting{MAC: mac621, AgentMAC: mac621, Model: "GHP610", Firmware: "1.0", File: vendors.Firmware}},
		"agent cut short": {"phonebook.xml", "Grandstream Model HW GHP621W SW",
			sighting{Model: "GHP621W", File: vendors.Resource}},
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
	f.Add("cfg00005e005301.xml", agent621)
	f.Add("gs_cfg000b82000001_cfg001", "Grandstream GXP2000 (x) DevId 000b822726c8")
	f.Add("cfgghp621w.xml", "Grandstream Model HW")
	v := vendor(f)
	f.Fuzz(func(t *testing.T, name, agent string) {
		seen, ok := v.Identify(vendors.Request{Door: vendors.HTTP, Name: name, UserAgent: agent})
		if !ok && seen != (vendors.Sighting{}) {
			t.Fatalf("refused, and yet read as %+v", seen)
		}
		for _, a := range []mac.Address{seen.MAC, seen.AgentMAC} {
			if parsed, err := mac.Parse(a.String()); a != "" && (err != nil || parsed != a) {
				t.Fatalf("read the MAC address %q", a)
			}
		}
	})
}
