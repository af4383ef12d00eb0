package vendortest

import (
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

// checkDataModel wants each line of a vendor's data model to have a name below the
// root or to say that there is none, a setting that some model has, words that come
// back as they went, and its state shown by one line alone.
func checkDataModel(v vendors.Vendor, f *findings) {
	d, ok := v.(vendors.DataModeler)
	if !ok {
		return
	}
	m := d.DataModel()
	if m != d.DataModel() {
		f.add("two calls give different data models")
	}
	paths, shown := map[string]bool{}, map[string]bool{}
	for _, e := range m.Entries() {
		if e.Path != "" && paths[e.Path] || e.Shows != "" && shown[e.Shows] {
			f.add("%s, which shows %q, is there twice", e.Path, e.Shows)
		}
		paths[e.Path], shown[e.Shows] = true, true
		checkModelPath(e, f)
	}
	for _, s := range vendors.Shown() {
		if !shown[s] {
			f.add("nothing is said of %s, not even that it has no name", s)
		}
	}
	keyed := map[string]bool{}
	for _, model := range unlike(v) {
		to := target(model)
		for _, n := range m.On(v.Catalog(), to, model.Lines) {
			if n.Key != "" {
				keyed[n.ModelEntry.Path] = true
				checkModelValue(v.Catalog(), to, n, f)
			}
		}
	}
	for _, e := range m.Entries() {
		if e.Key != "" && !keyed[e.Path] {
			f.add("%s stands for %s, which no model has", e.Path, e.Key)
		}
	}
}

func checkModelPath(e vendors.ModelEntry, f *findings) {
	if strings.HasPrefix(e.Path, "Device.") || strings.HasPrefix(e.Path, "InternetGatewayDevice.") || strings.HasSuffix(e.Path, ".") {
		f.add("%s is no name of a value below the root", e.Path)
	}
	if strings.HasPrefix(e.Shows, "account.") != strings.Contains(e.Path, "{n}") && e.Shows != "" && e.Path != "" {
		f.add("%s shows %s: what is of an account has its number", e.Path, e.Shows)
	}
	if e.Key != "" && strings.Contains(e.Key, "{n}") != strings.Contains(e.Path, "{n}") {
		f.add("%s and %s do not count alike", e.Path, e.Key)
	}
	if e.Path == "" && (e.Key != "" || e.Role != "") {
		f.add("%s has a setting and no name", e.Shows)
	}
}

// checkModelValue writes values in the model's words and reads them back.
func checkModelValue(c *param.Catalog, to param.Target, n vendors.ModelName, f *findings) {
	p, _, _ := c.On(n.Key, to)
	if p.IsSecret() != n.Secret {
		f.add("%s: %s and %s do not agree on what is secret", to.Model, n.Path, n.Key)
	}
	if p.Type == param.Bool && n.Type != "boolean" && n.Type != "string" {
		f.add("%s is a switch and %s is of type %s", n.Key, n.Path, n.Type)
	}
	for canonical := range n.Words {
		if got, err := p.Normalize(canonical); err != nil || got != canonical {
			f.add("%s: %s has no value %q: %v", n.Path, n.Key, canonical, err)
		}
	}
	for _, sample := range samples(p) {
		if got := n.Canonical(p, n.Word(sample)); got != sample {
			f.add("%s: %s=%q is said as %q and read as %q", to.Model, n.Key, sample, n.Word(sample), got)
		}
	}
}
