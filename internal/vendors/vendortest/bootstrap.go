package vendortest

import (
	"strings"
	"time"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

// checkBootstrap wants a file that brings the phone back: base address and time
// server are in it, our CA where the model has a place for one, and it is a file
// like any other.
func checkBootstrap(v vendors.Vendor, f *findings) {
	b, ok := v.(vendors.Bootstrapper)
	if !ok {
		return
	}
	for _, m := range append(v.Models(), vendors.Model{Dialect: v.Models()[0].Dialect}) {
		t := target(m)
		values := b.Bootstrap(t, vendors.Bootstrap{
			BaseURL: "https://prov.example.org:9443/p/sampletoken/", CA: pemSample, TimeServer: "time.example.org",
			Issued: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		})
		var all strings.Builder
		for _, s := range values {
			all.WriteString(s.Name + "=" + s.Value + "\n")
			if k, value, ok := v.Catalog().Unspell(s.Name, s.Value, t); !ok {
				f.add("%s: %s is not in the catalog", m.Name, s.Name)
			} else if _, err := v.Catalog().Normalize(k, value); err != nil {
				f.add("%s: %v", m.Name, err)
			} else if p, _, _ := v.Catalog().Lookup(k); p.IsSecret() || p.Role == param.LinePassword {
				f.add("%s: the bootstrap sets the secret %s", m.Name, k)
			}
		}
		wanted := []string{"prov.example.org:9443/p/sampletoken/", "time.example.org"}
		if k, ok := v.Catalog().ByRole(param.TrustedCA, 1); ok && v.Catalog().Spelled(k, t) {
			wanted = append(wanted, "AAECAwQFBgcICQ==")
		}
		for _, want := range wanted {
			if !strings.Contains(all.String(), want) {
				f.add("%s: %s is not in the bootstrap", m.Name, want)
			}
		}
		checkRoundTrip(v, vendors.Document{Kind: vendors.Config, MAC: sampleMAC, Target: t, Epoch: epoch(v), Values: values}, f)
	}
}
