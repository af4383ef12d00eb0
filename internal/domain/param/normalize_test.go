package param_test

import (
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"

	"pgregory.net/rapid"
)

const pemText = "-----BEGIN CERTIFICATE-----\nAAECAwQFBgcICQ==\n-----END CERTIFICATE-----\n"

func TestParameter_Normalize(t *testing.T) {
	t.Parallel()
	const bad = "\x00refused"
	for name, tc := range map[string]struct {
		p        param.Parameter
		in, want string
	}{
		"text as it is":         {param.Parameter{Type: param.Text}, " a b ", " a b "},
		"text too long":         {param.Parameter{Type: param.Text, MaxLen: 3}, "äöüß", bad},
		"text just fits":        {param.Parameter{Type: param.Text, MaxLen: 4}, "äöüß", "äöüß"},
		"text with a line end":  {param.Parameter{Type: param.Text}, "a\nb", bad},
		"text with a NUL":       {param.Parameter{Type: param.Text}, "a\x00b", bad},
		"broken UTF-8":          {param.Parameter{Type: param.Text}, "a\xff", bad},
		"huge text":             {param.Parameter{Type: param.Text}, strings.Repeat("x", limit.ValueBytes+1), bad},
		"secret with lines":     {param.Parameter{Type: param.Secret}, "a\nb", "a\nb"},
		"bool 1":                {param.Parameter{Type: param.Bool}, "1", "yes"},
		"bool True":             {param.Parameter{Type: param.Bool}, " True ", "yes"},
		"bool NO":               {param.Parameter{Type: param.Bool}, "NO", "no"},
		"bool empty":            {param.Parameter{Type: param.Bool}, "", bad},
		"bool 2":                {param.Parameter{Type: param.Bool}, "2", bad},
		"number with zeros":     {param.Parameter{Type: param.Number}, "007", "7"},
		"number minus zero":     {param.Parameter{Type: param.Number}, "-0", "0"},
		"number text":           {param.Parameter{Type: param.Number}, "7s", bad},
		"number fraction":       {param.Parameter{Type: param.Number}, "1.5", bad},
		"number overflow":       {param.Parameter{Type: param.Number}, "9223372036854775808", bad},
		"number in union":       {param.Parameter{Type: param.Number, Ranges: []param.Range{{Min: -1, Max: -1}, {Min: 6, Max: 9}}}, "-1", "-1"},
		"number out of union":   {param.Parameter{Type: param.Number, Ranges: []param.Range{{Min: -1, Max: -1}, {Min: 6, Max: 9}}}, "0", bad},
		"choice in other case":  {param.Parameter{Type: param.Choice, Options: []param.Option{{Value: "UserIsPhone"}}}, "userisphone", "UserIsPhone"},
		"choice by label":       {param.Parameter{Type: param.Choice, Options: []param.Option{{Value: "A", Label: "B"}, {Value: "b"}}}, "b", "b"},
		"choice unknown":        {param.Parameter{Type: param.Choice, Options: []param.Option{{Value: "A"}}}, "C", bad},
		"host":                  {param.Parameter{Type: param.Host}, " pbx.example.org ", "pbx.example.org"},
		"host with port":        {param.Parameter{Type: param.Host}, "pbx.example.org:5061", "pbx.example.org:5061"},
		"host SRV":              {param.Parameter{Type: param.Host}, "_sips._tcp.example.org", "_sips._tcp.example.org"},
		"host IPv6":             {param.Parameter{Type: param.Host}, "2001:db8::1", "2001:db8::1"},
		"host IPv6 with port":   {param.Parameter{Type: param.Host}, "[2001:db8::1]:5060", "[2001:db8::1]:5060"},
		"host cleared":          {param.Parameter{Type: param.Host}, "", ""},
		"host with scheme":      {param.Parameter{Type: param.Host}, "sip://example.org", bad},
		"host port 0":           {param.Parameter{Type: param.Host}, "example.org:0", bad},
		"host port empty":       {param.Parameter{Type: param.Host}, "example.org:", bad},
		"host blank":            {param.Parameter{Type: param.Host}, "exa mple.org", bad},
		"host half bracket":     {param.Parameter{Type: param.Host}, "[2001:db8::1", bad},
		"ip":                    {param.Parameter{Type: param.IP}, "2001:DB8:0:0::1", "2001:db8::1"},
		"ip with zone":          {param.Parameter{Type: param.IP}, "fe80::1%eth0", bad},
		"ip host":               {param.Parameter{Type: param.IP}, "example.org", bad},
		"url":                   {param.Parameter{Type: param.URL}, "https://acs.example.org:7548/acs", "https://acs.example.org:7548/acs"},
		"url without a host":    {param.Parameter{Type: param.URL}, "https:///acs", bad},
		"url relative":          {param.Parameter{Type: param.URL}, "/acs", bad},
		"path":                  {param.Parameter{Type: param.Path}, "192.0.2.1:9443/p/token/", "192.0.2.1:9443/p/token/"},
		"path with scheme":      {param.Parameter{Type: param.Path}, "https://192.0.2.1/p", bad},
		"path with a blank":     {param.Parameter{Type: param.Path}, "192.0.2.1/a b", bad},
		"pem":                   {param.Parameter{Type: param.PEM}, "\r\n" + strings.ReplaceAll(pemText, "\n", "\r\n"), pemText},
		"pem cleared":           {param.Parameter{Type: param.PEM}, " ", ""},
		"pem text":              {param.Parameter{Type: param.PEM}, "hello", bad},
		"pem followed by words": {param.Parameter{Type: param.PEM}, pemText + "hello", bad},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := tc.p.Normalize(tc.in)
			if tc.want == bad {
				if !fault.Is(err, fault.Invalid) {
					t.Fatalf("Normalize(%q) = %q, %v; want fault.Invalid", tc.in, got, err)
				}
				return
			}
			if got != tc.want || err != nil {
				t.Fatalf("Normalize(%q) = %q, %v; want %q", tc.in, got, err, tc.want)
			}
		})
	}
}

// Whatever is accepted is spelled and read back without a change.
func TestCatalog_Unspell_undoes_Spell(t *testing.T) {
	t.Parallel()
	c := catalog(t)
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(c.Keys()).Draw(t, "key")
		v, err := c.Normalize(k, rapid.OneOf(
			rapid.String(),
			rapid.SampledFrom([]string{"yes", "off", "UDP", "tls", "0", "77", "example.org:5060", "192.0.2.7", pemText,
				"https://example.org/x", "192.0.2.1/p/t/"}),
		).Draw(t, "value"))
		if err != nil {
			return
		}
		for _, target := range []param.Target{dialect, {Dialect: "p"}} {
			name, written, ok := c.Spell(k, v, target)
			if !ok {
				continue
			}
			key, value, ok := c.Unspell(name, written, target)
			if !ok || key != k || value != v {
				t.Fatalf("%s=%q was written %s=%q and read %s=%q, %t", k, v, name, written, key, value, ok)
			}
		}
	})
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"", "yes", "0x1", "-1", "[::1]:5060", "https://[::1]/", pemText, "a\x00", "192.0.2.1:1/p"} {
		for i := range rows() {
			f.Add(uint8(i), s)
		}
	}
	all := rows()
	f.Fuzz(func(t *testing.T, which uint8, s string) {
		p := all[int(which)%len(all)]
		v, err := p.Normalize(s)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%s: Normalize(%q) = %v", p.Pattern, s, err)
			}
			return
		}
		if again, err := p.Normalize(v); again != v || err != nil {
			t.Fatalf("%s: Normalize(%q) = %q, again %q, %v", p.Pattern, s, v, again, err)
		}
	})
}
