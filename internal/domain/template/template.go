// Package template holds the sources of configuration values: model, site and
// group templates and the overrides of single devices.
//
// A source has a draft and numbered, immutable versions. Editing changes the
// draft, saving makes a version, and neither changes a phone: that is a push
// (revision). Start at Service.
package template

import (
	"strings"
	"time"

	"bellwether/internal/domain/param"
)

// Kind is what a source is for.
type Kind string

// The kinds.
const (
	Model    Kind = "model"
	Site     Kind = "site"
	Group    Kind = "group"
	Override Kind = "override" // one device's own; made by Service.SetOverrides
)

// Item is one value of a source. The value is canonical by the catalog where
// the key is known there.
type Item struct {
	Key   param.Key `json:"key"`
	Value string    `json:"value"`
	// Secret refers to the value of a secret parameter; Value is empty then.
	Secret string `json:"secret,omitempty"`
	// Author and At tell who set this very value, and when.
	Author string    `json:"author,omitempty"`
	At     time.Time `json:"at,omitzero"`
}

// Source is a template or a device's overrides.
type Source struct {
	ID, TenantID, OrgID string
	Kind                Kind
	Name, Description   string
	Vendor, Model       string // of a model template; Model "" covers every model of the vendor
	SiteID              string // of a site template
	DeviceID            string // of overrides
	Follow              bool   // saving a version pushes it to the bound devices
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
}

// Covers reports whether the source's automatic scope takes a device in, which
// matters at first contact only. A site template covers the sites below its own.
func (s Source) Covers(vendor, model string, sitePath []string) bool {
	switch s.Kind {
	case Model:
		return s.Vendor == vendor && (s.Model == "" || strings.EqualFold(s.Model, model))
	case Site:
		for _, id := range sitePath {
			if id == s.SiteID {
				return true
			}
		}
	}
	return false
}
