// Package org holds the walls and places: tenants, their organizations, and the
// tree of sites in each organization.
//
// A tenant is the wall that nothing crosses. An organization is a working scope
// inside it. A site is a place; sites form a tree of at most limit.SiteDepth
// levels, and every organization has exactly one default site that cannot be
// deleted. Start reading at Service.
package org

import (
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Tenant is a customer.
type Tenant struct {
	ID, Slug, Name string
	Kind           TenantKind
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Version        int64
}

// TenantKind tells businesses from the house itself (ruling 33).
type TenantKind string

// The kinds of tenant.
const (
	Business TenantKind = "business"
	Internal TenantKind = "internal"
)

// Org is an organization of a tenant. Its slug is unique on the platform.
type Org struct {
	ID, TenantID, Slug string
	Name, Description  string
	CreatedAt          time.Time
	UpdatedAt          time.Time
	Version            int64
}

// Site is a place in an organization's tree.
type Site struct {
	ID, TenantID, OrgID string
	ParentID            string // "" at the top
	Name, Description   string
	Depth               int      // 1 at the top
	Path                []string // ids from the top to this site, this one included
	Names               []string // the same in names
	IsDefault           bool
	Subnets             []Subnet
	LegacyUntil         time.Time      // zero: the legacy flag is off
	TrustedUntil        time.Time      // zero: its network was never trusted
	TrustedNets         []netip.Prefix // what of its subnets is or was
	CreatedAt           time.Time
	UpdatedAt           time.Time
	Version             int64
}

// Subnet is a network that a site's phones come from.
type Subnet struct {
	CIDR   netip.Prefix
	Legacy bool // the legacy flag covers it
}

// DefaultSiteName is the name of the site that each organization begins with.
const DefaultSiteName = "Default"

// checkName returns a field error for a name that is empty or longer than
// limit.Name characters.
func checkName(path, name string) []fault.Field {
	n := utf8.RuneCountInString(strings.TrimSpace(name))
	switch {
	case n == 0:
		return []fault.Field{{Path: path, Message: "a name is needed"}}
	case n > limit.Name:
		return []fault.Field{{Path: path, Message: "at most 64 characters"}}
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return []fault.Field{{Path: path, Message: "control characters are not allowed"}}
	}
	return nil
}

func checkDescription(path, s string) []fault.Field {
	if utf8.RuneCountInString(s) > limit.Description {
		return []fault.Field{{Path: path, Message: "at most 256 characters"}}
	}
	return nil
}

// invalid returns nil where there are no wrong fields.
func invalid(what string, fields []fault.Field) error {
	if len(fields) == 0 {
		return nil
	}
	return fault.InvalidFields(what+" is not valid", fields...)
}

// Slug makes an address word from a name: lower-case letters, digits and single
// dashes, at most 48 of them; "org" where nothing is left.
func Slug(name string) string {
	var b strings.Builder
	dash := false
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			dash = false
			b.WriteRune(r)
		} else {
			dash = true
		}
		if b.Len() >= 48 {
			break
		}
	}
	if b.Len() == 0 {
		return "org"
	}
	return b.String()
}

// Covers reports whether address lies in one of the site's subnets, and whether
// that subnet has the legacy flag.
func (site Site) Covers(address netip.Addr) (in, legacy bool) {
	address = address.Unmap()
	for _, n := range site.Subnets {
		if n.CIDR.Contains(address) {
			in, legacy = true, legacy || n.Legacy
		}
	}
	return in, legacy
}
