package audiocodes_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/audiocodes"

	"github.com/google/go-cmp/cmp"
)

func TestVendor_Parse(t *testing.T) {
	t.Parallel()
	type values = []vendors.SpelledValue
	for name, tc := range map[string]struct {
		in   string
		want values
	}{
		"plain":               {"voip/line/0/id=201\nsystem/type=430HD\n", values{{Name: "system/type", Value: "430HD"}, {Name: "voip/line/0/id", Value: "201"}}},
		"comments and blanks": {"; a\n# b=c/d\n\n  ; e\r\nsystem/type=430HD", values{{Name: "system/type", Value: "430HD"}}},
		"DOS line ends":       {"a/b=1\r\nc/d=\r\n", values{{Name: "a/b", Value: "1"}, {Name: "c/d", Value: ""}}},
		"signs in a value":    {"a/b=x=y;z#{}\n", values{{Name: "a/b", Value: "x=y;z#{}"}}},
		"blanks in a value":   {"a/b= Room 201 \n", values{{Name: "a/b", Value: " Room 201 "}}},
		"the last one counts": {"a/b=1\na/b=2\n", values{{Name: "a/b", Value: "2"}}},
		"obfuscated":          {"ems_server/user_password={\"Vv1Z0p5/5pM=\"}\n", values{{Name: "ems_server/user_password", Value: `{"Vv1Z0p5/5pM="}`}}},
		"include":             {"include AudioCodes_420HD_global_GENERIC.cfg\na/b=1", values{{Name: "a/b", Value: "1"}, {Name: audiocodes.Include, Value: "AudioCodes_420HD_global_GENERIC.cfg"}}},
		"include in quotes":   {`include "global_420HD.cfg"`, values{{Name: audiocodes.Include, Value: "global_420HD.cfg"}}},
		"comments alone":      {"; no settings\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := vendor(t).Parse(vendors.Config, []byte(tc.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, d.Values); diff != "" {
				t.Error(diff)
			}
			if d.Target.Dialect != "ac-cfg" || d.Epoch != 1 || d.Kind != vendors.Config {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestVendor_Parse_refuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ in, says string }{
		"nothing":            {"", "empty"},
		"blanks":             {"\n \n", "empty"},
		"a page":             {"<html><a href=x>404</a></html>", "line 1"},
		"XML of another":     {`<?xml version="1.0"?><gs_provision/>`, "line 1"},
		"no equals sign":     {"a/b=1\nvoip/line/0/id\n", "line 2"},
		"no path":            {"P47=pbx\n", "line 1"},
		"control character":  {"a/b=\x01\n", "line 1"},
		"name with a blank":  {"a b/c=1\n", "line 1"},
		"include elsewhere":  {"include http://x/y.cfg\n", "include"},
		"encrypted":          {"Salted__\x00\x01", "line 1"},
		"not UTF-8":          {"a/b=\xff\n", "UTF-8"},
		"a value too long":   {"a/b=" + strings.Repeat("x", 1<<16), "too long"},
		"a file too big":     {strings.Repeat("#\n", 8<<20), "larger"},
		"carriage in middle": {"a/b=1\rc/d=2\n", "line 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := vendor(t).Parse(vendors.Config, []byte(tc.in)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("%v, want %q", err, tc.says)
			}
		})
	}
}

// What is read is written and read again alike.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"voip/line/0/id=201\n", "; c\ninclude x.cfg\na/b={\"x\"}\r\n", "a/b= =\n", "\xef\xbb\xbfa/b=1"} {
		f.Add([]byte(s))
	}
	v := vendor(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := v.Parse(vendors.Config, data)
		if err != nil {
			if !fault.Is(err, fault.Invalid) || d.Values != nil {
				t.Fatalf("%+v, %v", d, err)
			}
			return
		}
		out, err := v.Render(d)
		if err != nil {
			if fault.Is(err, fault.Invalid) && len(data) > 1<<16 {
				return // more than may be served
			}
			t.Fatal(err)
		}
		back, err := v.Parse(vendors.Config, out)
		if err != nil || !slices.Equal(d.Values, back.Values) {
			t.Fatalf("%v\n%q\n%q", err, data, out)
		}
		if again, err := v.Render(back); err != nil || !bytes.Equal(out, again) {
			t.Fatalf("%q is written %q", out, again)
		}
	})
}

func TestVendor_Learn(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	in := "include x.cfg\nvoip/line/0/id=201\nvoip/line/0/auth_password=hush\nsystem/web/admin_password=hush\nsystem/new/thing=7\n" +
		"system/other={\"Vv1Z0p5/5pM=\"}\nmanagement/telnet/enabled=0\n"
	got, err := v.Learn(vendors.Lesson{Name: "export", Data: []byte(in), Model: "420HD", Family: "400hd", Firmware: "2.2.16", Factory: true})
	if err != nil {
		t.Fatal(err)
	}
	one := func(name, alias string, key param.Key, value string, kept bool) param.Learned {
		return param.Learned{Key: key, Dialect: "ac-cfg", Name: name, Value: value, HasValue: kept, Default: kept, Alias: alias,
			Model: "420HD", Family: "400hd", Firmware: "2.2.16", Source: "export"}
	}
	want := []param.Learned{
		one("management/telnet/enabled", "", "management.telnet", "0", true),
		one("system/new/thing", "system.new.thing", "", "7", true),
		one("system/other", "system.other", "", "", false),
		one("system/web/admin_password", "system.web.admin_password", "", "", false),
		one("voip/line/0/auth_password", "", "account.1.sip.subscriber.password", "", false),
		one("voip/line/0/id", "", "account.1.sip.userid", "201", true),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	c, err := v.Catalog().With(got)
	if err != nil {
		t.Fatal(err)
	}
	to := on("420HD")
	to.Firmware = "2.2.16"
	if d, ok := c.Default("management.telnet", to); !ok || d.Value != "no" {
		t.Errorf("%+v, %t", d, ok)
	}
	if _, _, ok := c.Spell("system.web.admin_password", "a\nb", to); ok {
		t.Error("a learned setting takes a line end that the file cannot hold")
	}
	if name, written, ok := c.Spell("system.new.thing", "8", to); !ok || name+"="+written != "system/new/thing=8" {
		t.Errorf("%s=%s, %t", name, written, ok)
	}
}
