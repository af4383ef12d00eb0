package phone_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"bellwether/internal/phone"

	"github.com/google/go-cmp/cmp"
)

func TestReadLease(t *testing.T) {
	t.Parallel()
	const dhclient = `lease {
  interface "phone";
  fixed-address 192.0.2.9;
  option tftp-server-name "http://old.example.org/";
  expire 4 2026/01/01 00:00:00;
}
lease {
  interface "phone";
  fixed-address 192.0.2.100;
  option subnet-mask 255.255.255.0;
  option tftp-server-name "https://192.0.2.1/a\"b\040c";
  option p160 "https://192.0.2.1/";
  option unknown-132 0:0:0:c8;
  option vendor-encapsulated-options 1:3:61:62:63:42:1:78;
  option ntp-servers 192.0.2.10,192.0.2.11;
}
`
	for name, tc := range map[string]struct {
		in      string
		address string
		options map[uint8]string
	}{
		"lines":    {"ip=192.0.2.5\n# 66=no\n66=https://192.0.2.1/\n160=http://a/b;c.cfg\nnew_bootfile_name=x.img;y.cfg\n43=0x0103616263\nserverid=192.0.2.1\n", "192.0.2.5", map[uint8]string{66: "https://192.0.2.1/", 160: "http://a/b;c.cfg", 67: "x.img;y.cfg", 43: "\x01\x03abc"}},
		"dhclient": {dhclient, "192.0.2.100", map[uint8]string{66: `https://192.0.2.1/a"b c`, 160: "https://192.0.2.1/", 132: "\x00\x00\x00\xc8", 43: "\x01\x03abc\x42\x01x", 42: "192.0.2.10,192.0.2.11"}},
		"dnsmasq":  {"1764000000 02:00:00:00:00:01 192.0.2.101 phone *\n", "192.0.2.101", map[uint8]string{}},
	} {
		got, err := phone.ReadLease([]byte(tc.in))
		if err != nil || got.Address != netip.MustParseAddr(tc.address) {
			t.Errorf("%s: %v, %v", name, got.Address, err)
		}
		if diff := cmp.Diff(tc.options, got.Options); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for _, in := range []string{"", "hello\n", "300=x\n", "66=\n", "66=\"\"\n", "lease {\n}\n"} {
		if l, err := phone.ReadLease([]byte(in)); err == nil {
			t.Errorf("%q is the lease %+v", in, l)
		}
	}
}

func TestLease_Hosts(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string][]string{
		"192.0.2.1, sip.example.org": {"192.0.2.1", "sip.example.org"}, "\xc0\x00\x02\x01\xc0\x00\x02\x02": {"192.0.2.1", "192.0.2.2"},
		"\x01\xc0\x00\x02\x01": {"192.0.2.1"}, "\x00\x03sip\x07example\x03org\x00": {"sip.example.org"}, "\x00\x40x": nil, "\x00": nil, "": nil,
	} {
		if got := (phone.Lease{Options: map[uint8]string{120: raw}}).Hosts(120); !slices.Equal(got, want) {
			t.Errorf("%q holds %q, want %q", raw, got, want)
		}
	}
}

func FuzzReadLease(f *testing.F) {
	f.Add([]byte("66=a\n43=0x0101ff\n120=0x00034142\n"))
	f.Add([]byte("lease {\n option p160 \"\\\"\";\n fixed-address 192.0.2.1;\n}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := phone.ReadLease(b)
		if err != nil {
			return
		}
		for code, raw := range l.Options {
			inside := 0
			for _, v := range l.Inside(code) {
				inside += len(v) + 2
			}
			if code == 0 || raw == "" || inside > len(raw) {
				t.Errorf("option %d holds %q, and %d bytes inside", code, raw, inside)
			}
			l.Hosts(code)
		}
	})
}

// lease has a phone of the world take one.
func lease(options map[uint8]string) func(*phone.Config) {
	return func(c *phone.Config) {
		c.ServerURL = ""
		c.Lease = func() (phone.Lease, error) { return phone.Lease{Options: options}, nil }
	}
}

// TestPhone_lease: what the lease tells counts while the override is on, and is
// forgotten when it is off.
func TestPhone_lease(t *testing.T) {
	t.Parallel()
	own := "/cfg" + macA + ".xml"
	for name, tc := range map[string]struct {
		options  map[uint8]string
		settings map[string]string
		want     []string
	}{
		"66 with its method":        {map[uint8]string{66: "http://prov.example.org/x/"}, nil, []string{"http /x" + own}},
		"66, the phone's method":    {map[uint8]string{66: "prov.example.org/x"}, map[string]string{"provisioning.config.protocol": "HTTPS"}, []string{"https /x" + own}},
		"66 over its own path":      {map[uint8]string{66: "http://prov.example.org/"}, map[string]string{"provisioning.config.protocol": "HTTPS", "provisioning.config.serverpath": "prov.example.org/own"}, []string{"http " + own}},
		"override off":              {map[uint8]string{66: "http://prov.example.org/"}, map[string]string{"provisioning.config.protocol": "HTTPS", "provisioning.config.serverpath": "prov.example.org/own", "provisioning.override.dhcp.allowcommonoptions": "No"}, []string{"https /own" + own}},
		"160 over 66":               {map[uint8]string{66: "http://prov.example.org/", 160: "https://prov.example.org/add/"}, map[string]string{"provisioning.override.dhcp.allowcustomoption": "Option 160"}, []string{"https /add" + own}},
		"160, nobody set it":        {map[uint8]string{66: "http://prov.example.org/", 160: "https://prov.example.org/add/"}, nil, []string{"http " + own}},
		"160 while override is off": {map[uint8]string{160: "https://prov.example.org/add/"}, map[string]string{"provisioning.config.protocol": "HTTP", "provisioning.config.serverpath": "prov.example.org/own", "provisioning.override.dhcp.allowcommonoptions": "No", "provisioning.override.dhcp.allowcustomoption": "Option 160"}, []string{"http /own" + own}},
		"43":                        {map[uint8]string{43: "\x42\x18http://prov.example.org/"}, nil, []string{"http " + own}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				for _, folder := range []string{"", "/x", "/own", "/add"} {
					w.put(folder+own, "hotel.name=A")
				}
				p := w.phone(t, func(c *phone.Config) { lease(tc.options)(c); c.Settings = tc.settings })
				synctest.Wait()
				got := w.requests()
				if n := len(got) - 1; n == 1 && strings.HasSuffix(got[n], "/ghp610fw.bin") && strings.TrimSuffix(got[n], "ghp610fw.bin") == strings.TrimSuffix(got[0], own[1:]) {
					got = got[:n] // where the lease sends it, it looks for firmware too
				} else if tc.settings["provisioning.override.dhcp.allowcommonoptions"] != "No" {
					t.Errorf("firmware was asked for elsewhere: %q", got)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("%s %+v", diff, p.Status())
				}
				wants(t, p, "hotel.name=A")
			})
		})
	}
}

// TestPhone_lease_falls_back: "prefer, fallback when failed" asks the lease's
// server first, and its own where that has nothing.
func TestPhone_lease_falls_back(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put("/own/cfg"+macA+".xml", "hotel.name=Own")
		p := w.phone(t, func(c *phone.Config) {
			lease(map[uint8]string{66: "http://nobody.example.org/"})(c)
			c.Settings = map[string]string{"provisioning.config.protocol": "HTTPS", "provisioning.config.serverpath": "prov.example.org/own", "provisioning.override.dhcp.allowcommonoptions": "Fallback"}
		})
		synctest.Wait()
		wants(t, p, "hotel.name=Own")
		if s := p.Status(); s.LastError != "" || s.Fetches != 2 {
			t.Errorf("%+v", s)
		}
	})
}

// TestPersona_Lease: option 120 counts for calls where the phone is set
// so; ACS, VLAN and priority come from 43. None of it is kept.
func TestPersona_Lease(t *testing.T) {
	t.Parallel()
	l := phone.Lease{Options: map[uint8]string{120: "\x00\x03sip\x07example\x03org\x00", 42: "192.0.2.10", 43: "\x01\x14https://acs.example/\x84\x02\x00\x64\x85\x015"}}
	p := persona(t).(phone.Lessee)
	d := phone.Device{MAC: macA, Model: "GHP621W"}
	told := p.Lease(d, map[string]string{"sip.override.dhcp.allowoption120": "Yes", "datetime.override.dhcp.allowoption42": "Yes"}, l)
	want := map[string]string{"account.1.sip.server.1.address": "sip.example.org", "account.2.sip.server.1.address": "sip.example.org", "datetime.ntp.server.1": "192.0.2.10",
		"tr069.url": "https://acs.example/", "network.port.eth.1.vlan.tag": "100", "network.port.eth.1.vlan.priority": "5"}
	if diff := cmp.Diff(want, told.Settings); diff != "" {
		t.Error(diff)
	}
	if told := p.Lease(d, map[string]string{"provisioning.override.dhcp.allowcommonoptions": "No"}, l); len(told.Settings) > 0 {
		t.Errorf("with everything off it takes %v", told.Settings)
	}
}
