package adoption_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/domain/adoption"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/fault"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	u := device.Unclaimed{MAC: "020000009401", Vendor: "grandstream", Model: "GHP621W", Address: "192.0.2.7", Subject: "CN=020000009401,SERIALNUMBER=20EZ1/77", Proved: true}
	for name, tc := range map[string]struct {
		m    adoption.Match
		miss string // "" it fits
	}{
		"nothing asked":         {adoption.Match{}, ""},
		"all that it is":        {adoption.Match{Vendor: "Grandstream", Model: "ghp62?*", Subnets: []string{"10.0.0.0/8", "192.0.2.0/24"}, MACs: []string{"02:00:00"}, Subject: "*serialnumber=20ez1/*", Certificate: true}, ""},
		"another make":          {adoption.Match{Vendor: "audiocodes"}, "its make"},
		"another model":         {adoption.Match{Model: "GXP*"}, "calls itself"},
		"part of the model":     {adoption.Match{Model: "GHP"}, "calls itself"},
		"another network":       {adoption.Match{Subnets: []string{"192.0.2.64/26"}}, "asked from"},
		"another MAC":           {adoption.Match{MACs: []string{"020000009402", "00-0B-82"}}, "its MAC"},
		"another serial number": {adoption.Match{Subject: "*SERIALNUMBER=20EZ2*"}, "the subject"},
	} {
		m, err := tc.m.Clean()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if miss := m.Misses(u); (miss == "") != (tc.miss == "") || !strings.Contains(miss, tc.miss) {
			t.Errorf("%s: %q, want %q", name, miss, tc.miss)
		}
	}
	u.Proved = false
	if miss := (adoption.Match{Certificate: true}).Misses(u); miss == "" {
		t.Error("without a good certificate it fits a rule that wants one")
	}
	for name, m := range map[string]adoption.Match{
		"a broken pattern": {Model: "GHP[6"}, "a broken subject": {Subject: `x\`}, "no network": {Subnets: []string{"192.0.2.0"}}, "no MAC": {MACs: []string{"02:xx"}},
		"an empty MAC": {MACs: []string{" "}}, "too long a MAC": {MACs: []string{"0200000094011"}}, "too many": {MACs: strings.Split(strings.Repeat("02 ", 65), " ")}, "too long": {Model: strings.Repeat("x", 300)},
	} {
		if _, err := m.Clean(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzMatch: what is taken over is in its one form, and judges without a fault.
func FuzzMatch(f *testing.F) {
	f.Add("grandstream", "GHP6*", "192.0.2.0/24", "02:00:00", "CN=*", "GHP621W", "192.0.2.7")
	f.Add("", "[a-", "::/0", "", `\`, "", "fe80::1%x")
	f.Fuzz(func(t *testing.T, vendor, model, subnet, mac, subject, told, address string) {
		m, err := adoption.Match{Vendor: vendor, Model: model, Subnets: []string{subnet}, MACs: []string{mac}, Subject: subject}.Clean()
		if err != nil {
			return
		}
		again, err := m.Clean()
		if err != nil || !cmp.Equal(m, again) {
			t.Fatalf("%+v becomes %+v, %v", m, again, err)
		}
		m.Misses(device.Unclaimed{MAC: "020000009401", Vendor: vendor, Model: told, Address: address, Subject: subject})
	})
}
