package vendortest

import (
	"strconv"
	"strings"

	"bellwether/internal/domain/param"

	"pgregory.net/rapid"
)

const pemSample = "-----BEGIN CERTIFICATE-----\nAAECAwQFBgcICQ==\n-----END CERTIFICATE-----\n"

// samples returns canonical values of a parameter: all of a closed type, the
// edges of a number, and of a text a few that a format may stumble over.
func samples(p param.Parameter) []string {
	switch p.Type {
	case param.Bool:
		return []string{"yes", "no"}
	case param.Choice:
		var out []string
		for _, o := range p.Options {
			out = append(out, o.Value)
		}
		return out
	case param.Number:
		out := []string{}
		for _, r := range p.Ranges {
			out = append(out, strconv.FormatInt(r.Min, 10), strconv.FormatInt(r.Max, 10))
		}
		if len(out) == 0 {
			return []string{"0", "-1", "4096"}
		}
		return out
	case param.Host:
		return []string{"pbx.example.org:5061", "[2001:db8::1]:5060", ""}
	case param.IP:
		return []string{"192.0.2.1", "2001:db8::1", ""}
	case param.URL:
		return []string{"https://example.org/a?b=c&d=<e>", ""}
	case param.Path:
		return []string{"192.0.2.1:9443/p/token/", ""}
	case param.PEM:
		return []string{pemSample, ""}
	}
	return accepted(p, "plain", "", " blanks at the ends ", `<&>"']]>`, "žlutý 電話 \U0001F4DE", "--", "%s ${x} {{y}}", strings.Repeat("x", 300))
}

func accepted(p param.Parameter, texts ...string) []string {
	out := texts[:0]
	for _, s := range texts {
		if v, err := p.Normalize(s); err == nil && v == s {
			out = append(out, s)
		}
	}
	return out
}

// anyValue draws a canonical value of a parameter.
func anyValue(p param.Parameter) *rapid.Generator[string] {
	fixed := rapid.SampledFrom(samples(p))
	if p.Type != param.Text && p.Type != param.Secret {
		return fixed
	}
	free := rapid.String().Filter(func(s string) bool {
		v, err := p.Normalize(s)
		return err == nil && v == s
	})
	return rapid.OneOf(fixed, free)
}
