// Package template holds the sources of configuration values: model, site and
// group templates and the overrides of single devices.
//
// A source has a draft and numbered, immutable versions. Editing changes the
// draft, saving makes a version, and neither changes a phone: that is a push
// (revision). Start at Service.
package template

import (
	"slices"
	"strings"
	"time"

	"bellwether/internal/domain/param"
)

// Kind is what a source is for.
type Kind string

// The kinds.
const (
	Model      Kind = "model"
	Site       Kind = "site"
	Group      Kind = "group"
	ConfigFile Kind = "config_file" // a complete file for one device; made by Service.UploadConfigFile
	Override   Kind = "override"    // one device's own; made by Service.SetOverrides
)

// IsTemplate reports whether the kind is one that serves many devices.
func (k Kind) IsTemplate() bool { return k == Model || k == Site || k == Group }

// Auto says where a model template binds itself at first contact.
type Auto string

// The choices of a model template: everywhere, in some sites and what lies
// below them, or nowhere by itself.
const (
	AutoAll   Auto = "all"
	AutoSites Auto = "sites"
	AutoNone  Auto = "none"
)

// Item is one value of a source. The value is canonical by the catalog where
// the key is known there.
type Item struct {
	Key   param.Key `json:"key"`
	Value string    `json:"value"`
	// Secret refers to the value of a secret parameter; Value is empty then.
	Secret string `json:"secret,omitempty"`
	// Private keeps the value out of the file that phones share in include mode.
	Private bool `json:"private,omitempty"`
	// Unsaid, of an item that comes in: Private is as it was before.
	Unsaid bool `json:"-"`
	// Author and At tell who set this very value, and when.
	Author string    `json:"author,omitempty"`
	At     time.Time `json:"at,omitzero"`
	// Imported, of an item that comes in: the phone told it then, and nobody here set it.
	Imported time.Time `json:"-"`
}

// ImportedBy is the author of values that were taken over from a phone.
const ImportedBy = "imported"

// Source is a template or a device's overrides.
type Source struct {
	ID, TenantID, OrgID string
	Kind                Kind
	Name, Description   string
	Vendor, Model       string // of a model template; Model "" covers every model of the vendor
	Auto                Auto   // of a model template
	AutoSites           []string
	Server              string // of a model template: the type of SIP server that it is for; "" any
	Include             bool   // of a model template: see Version.Include; of the draft
	SiteID              string // of a site template
	GroupID             string // of a group template
	DeviceID            string // of overrides and config files
	Follow              bool   // saving a version pushes it to the bound devices
	Changed             bool   // of a template for one model: the draft is not the maker's; see Service.Restore
	Draft               []Item
	Latest              int // number of the newest version, 0 for none
	Devices             int // devices bound to it
	CreatedAt           time.Time
	UpdatedAt           time.Time
	Version             int64 // of this record, for concurrent edits
}

// Version is a saved, immutable state of a source.
type Version struct {
	SourceID string
	Number   int
	Items    []Item
	Note     string
	Author   string
	At       time.Time
	// Include parts the phones' configuration: what the templates say goes into a
	// file that phones share and that their own pulls in.
	Include  bool
	Original string // of a config file: reference to the bytes that were uploaded
	Size     int64  // of them
}

// Place is where a device stands, for automatic scopes.
type Place struct {
	Vendor, Model string
	SitePath      []string // ids from the top to the device's site
	Groups        []string // ids
}

// Covers reports whether the source's automatic scope takes a device in, which
// matters at first contact only. A site template covers the sites below its own.
func (s Source) Covers(p Place) bool {
	switch s.Kind {
	case Model:
		if s.Vendor != p.Vendor || s.Model != "" && !strings.EqualFold(s.Model, p.Model) {
			return false
		}
		in := func(site string) bool { return slices.Contains(p.SitePath, site) }
		return s.Auto == AutoAll || s.Auto == AutoSites && slices.ContainsFunc(s.AutoSites, in)
	case Site:
		return slices.Contains(p.SitePath, s.SiteID)
	case Group:
		return slices.Contains(p.Groups, s.GroupID)
	}
	return false
}
