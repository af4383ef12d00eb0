// Package audiocodes is AudioCodes' 400HD phones: their names, files and
// settings. What is evidenced and what is not stands in README.md.
//
// Start reading at Vendor; identify.go reads requests, files.go names files,
// render.go and parse.go write and read them, catalog.go loads the settings.
package audiocodes

import (
	"fmt"
	"slices"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

// Vendor is AudioCodes. New makes one; the zero value is not useful.
type Vendor struct {
	catalog *param.Catalog
	labels  map[string]string // a model's name in lower case → as on the label
}

var (
	_ vendors.Vendor       = (*Vendor)(nil)
	_ vendors.Bootstrapper = (*Vendor)(nil)
	_ vendors.Commoner     = (*Vendor)(nil)
	_ vendors.Namer        = (*Vendor)(nil)
	_ vendors.Includer     = (*Vendor)(nil)

	_ vendors.Placeholderer = (*Vendor)(nil)
	_ vendors.Learner       = (*Vendor)(nil)
)

const (
	name   = "audiocodes"
	family = "400hd"

	// dialect is the only one: path/name=value, a line each.
	dialect = "ac-cfg"

	// epoch of the renderer: the only one so far.
	epoch = 1
)

// New loads the catalog. It fails where the embedded table is broken, which a
// test rules out.
func New() (*Vendor, error) {
	c, err := loadCatalog()
	if err != nil {
		return nil, fmt.Errorf("load the %s catalog: %w", name, err)
	}
	v := &Vendor{catalog: c, labels: map[string]string{}}
	for _, m := range models() {
		v.labels[strings.ToLower(m.Name)] = m.Name
	}
	return v, nil
}

// Name returns "audiocodes".
func (v *Vendor) Name() string { return name }

// Models lists the 400HD phones.
func (v *Vendor) Models() []vendors.Model { return slices.Clone(models()) }

// Catalog returns the settings.
func (v *Vendor) Catalog() *param.Catalog { return v.catalog }

// models with the lines that they have, as remembered; the catalog has no
// setting that differs between them but for the lines.
func models() []vendors.Model {
	m := func(name string, lines int, proof vendors.Proof) vendors.Model {
		return vendors.Model{Name: name, Family: family, Kind: vendors.Audio, Lines: lines, Dialect: dialect, Proof: proof}
	}
	return []vendors.Model{
		m("405HD", 2, vendors.Unverified), m("420HD", 2, vendors.Documented), m("425HD", 4, vendors.Unverified),
		m("430HD", 4, vendors.Documented), m("440HD", 4, vendors.Documented), m("445HD", 4, vendors.Unverified),
		m("450HD", 4, vendors.Unverified), m("C450HD", 4, vendors.Unverified),
	}
}
