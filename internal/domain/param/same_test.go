package param

import "testing"

func TestParameter_Same(t *testing.T) {
	t.Parallel()
	choice := Parameter{Pattern: "k", Type: Choice, Options: []Option{{Value: "UDP"}, {Value: "TCP"}}}
	for name, tc := range map[string]struct {
		p    Parameter
		a, b string
		want bool
	}{
		"a switch in other words":     {Parameter{Type: Bool}, "yes", "true", true},
		"a switch that is off":        {Parameter{Type: Bool}, "yes", "0", false},
		"a number with zeros":         {Parameter{Type: Number}, "60", "060", true},
		"another number":              {Parameter{Type: Number}, "60", "61", false},
		"no number at all":            {Parameter{Type: Number}, "60", "soon", false},
		"a host in capitals":          {Parameter{Type: Host}, "sip.example.org", "SIP.example.org", true},
		"a host with space around it": {Parameter{Type: Host}, "sip.example.org", " sip.example.org\n", true},
		"another host":                {Parameter{Type: Host}, "sip.example.org", "sip.example.net", false},
		"a word in small letters":     {choice, "UDP", "udp", true},
		"another word":                {choice, "UDP", "TCP", false},
		"a folder with a slash":       {Parameter{Type: Path}, "prov.example.org/p", "prov.example.org/p/", true},
		"text in capitals":            {Parameter{Type: Text}, "Reception", "RECEPTION", false},
		"text with space around it":   {Parameter{Type: Text}, "Reception", "Reception ", true},
		"nothing and nothing":         {Parameter{Type: Host}, "", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tc.p.Same(tc.a, tc.b); got != tc.want || tc.p.Same(tc.b, tc.a) != got {
				t.Errorf("Same(%q, %q) = %v, and the other way round %v", tc.a, tc.b, got, tc.p.Same(tc.b, tc.a))
			}
		})
	}
}
