// Package grandstream is Grandstream's phones: their names, files, settings and
// dialects. What is evidenced and what is not stands in README.md.
//
// Start reading at Vendor; families.go lists the models, identify.go reads
// requests, files.go names files, render.go and parse.go write and read them,
// catalog.go and spellings.go load the settings.
package grandstream

import (
	"fmt"
	"slices"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

// Vendor is Grandstream. New makes one; the zero value is not useful.
type Vendor struct {
	catalog *param.Catalog
	models  []vendors.Model
	labels  map[string]string // a model's name in lower case → as on the label
	model   *vendors.DataModel
}

var (
	_ vendors.Vendor       = (*Vendor)(nil)
	_ vendors.Bootstrapper = (*Vendor)(nil)
	_ vendors.Encoder      = (*Vendor)(nil)
	_ vendors.Phonebooker  = (*Vendor)(nil)
	_ vendors.DialPlanner  = (*Vendor)(nil)
	_ vendors.Learner      = (*Vendor)(nil)
	_ vendors.Namer        = (*Vendor)(nil)
)

const (
	name = "grandstream"

	// dialectAlias is the configuration version 2: settings by their alias.
	dialectAlias = "gs-alias"
	// dialectP is the configuration version 1: settings by their P-value.
	dialectP = "gs-p"

	// epoch of the renderer: the only one so far.
	epoch = 1
)

// New loads the catalog. It fails where the embedded file is broken, which a
// test rules out.
func New() (*Vendor, error) {
	c, err := loadCatalog()
	if err != nil {
		return nil, fmt.Errorf("load the %s catalog: %w", name, err)
	}
	v := &Vendor{catalog: c, models: models(), labels: map[string]string{}}
	if v.model, err = loadDataModel(); err != nil {
		return nil, err
	}
	for _, m := range v.models {
		v.labels[strings.ToLower(m.Name)] = m.Name
	}
	return v, nil
}

// Name returns "grandstream".
func (v *Vendor) Name() string { return name }

// Models lists the models of all families.
func (v *Vendor) Models() []vendors.Model { return slices.Clone(v.models) }

// Catalog returns the settings of all families.
func (v *Vendor) Catalog() *param.Catalog { return v.catalog }

func models() []vendors.Model {
	var out []vendors.Model
	for _, f := range families() {
		for _, m := range f.models {
			out = append(out, vendors.Model{Name: m.name, Family: f.name, Kind: f.kind, Lines: m.lines, Base: f.base(), Dialect: f.dialect, Proof: f.proof})
		}
	}
	return out
}
