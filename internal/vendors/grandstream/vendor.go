// Package grandstream is Grandstream's phones: their names, files, settings and
// dialects. It knows the GHP61x/62x hotel phones in the alias dialect; what is
// evidenced and what is not stands in README.md.
//
// Start reading at Vendor; identify.go reads requests, files.go names files,
// render.go and parse.go write and read them, catalog.go loads the settings.
package grandstream

import (
	"fmt"
	"slices"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

// Vendor is Grandstream. New makes one; the zero value is not useful.
type Vendor struct {
	catalog *param.Catalog
}

var (
	_ vendors.Vendor       = (*Vendor)(nil)
	_ vendors.Bootstrapper = (*Vendor)(nil)
)

const (
	name   = "grandstream"
	family = "ghp6xx"

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
		return nil, fmt.Errorf("load the %s catalog: %w", family, err)
	}
	return &Vendor{catalog: c}, nil
}

// Name returns "grandstream".
func (v *Vendor) Name() string { return name }

// Models lists the eight hotel phones (GHP6xx guide, "Product Overview").
func (v *Vendor) Models() []vendors.Model { return slices.Clone(models()) }

// Catalog returns the settings of the GHP6xx family.
func (v *Vendor) Catalog() *param.Catalog { return v.catalog }

func models() []vendors.Model {
	names := []string{"GHP610", "GHP610W", "GHP611", "GHP611W", "GHP620", "GHP620W", "GHP621", "GHP621W"}
	out := make([]vendors.Model, len(names))
	for i, n := range names {
		out[i] = vendors.Model{
			Name: n, Family: family, Kind: vendors.Audio, Lines: 2,
			Dialect: dialectAlias, Proof: vendors.Documented,
		}
	}
	return out
}
