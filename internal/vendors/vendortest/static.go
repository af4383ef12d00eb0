package vendortest

import (
	"slices"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

func checkName(v vendors.Vendor, f *findings) {
	if n := v.Name(); n == "" || strings.Trim(n, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		f.add("name %q is not made of a-z and 0-9", n)
	}
}

func checkModels(v vendors.Vendor, f *findings) {
	models := v.Models()
	if len(models) == 0 {
		f.add("there are no models")
	}
	if !slices.Equal(models, v.Models()) {
		f.add("two calls list different models")
	}
	seen := map[string]bool{}
	for _, m := range models {
		low := strings.ToLower(m.Name)
		if seen[low] {
			f.add("model %s is there twice", m.Name)
		}
		seen[low] = true
		if m.Name == "" || m.Family == "" || m.Dialect == "" || m.Lines < 1 {
			f.add("model %q lacks a name, family, dialect or lines", m.Name)
		}
		if !slices.Contains([]vendors.Kind{vendors.Audio, vendors.Video, vendors.Other}, m.Kind) {
			f.add("model %s is of kind %q", m.Name, m.Kind)
		}
		if !slices.Contains([]vendors.Proof{vendors.Unverified, vendors.Documented, vendors.Proven}, m.Proof) {
			f.add("model %s has proof %q", m.Name, m.Proof)
		}
	}
}

func checkCatalog(v vendors.Vendor, f *findings) {
	if v.Catalog() == nil {
		f.add("there is no catalog")
		return
	}
	if first, second := v.Catalog(), v.Catalog(); first != second {
		f.add("two calls give different catalogs")
	}
	for _, p := range v.Catalog().All() {
		if p.Label == "" || p.Page == "" || p.Evidence == "" {
			f.add("%s lacks a label, page or evidence", p.Pattern)
		}
		if len(p.Spellings) == 0 {
			f.add("%s is spelled nowhere", p.Pattern)
		}
	}
}

// checkRoles wants each model to have what the other packages look up by role.
func checkRoles(v vendors.Vendor, f *findings) {
	perLine := []param.Role{param.LineEnabled, param.LineUserID, param.LineAuthID, param.LinePassword, param.LineName}
	single := []param.Role{param.TimeServer}
	if _, ok := v.(vendors.Bootstrapper); ok {
		single = append(single, param.ConfigPath)
	}
	for _, m := range v.Models() {
		for _, r := range perLine {
			for n := range m.Lines {
				checkRole(v.Catalog(), m, r, n+1, f)
			}
			if k, ok := v.Catalog().ByRole(r, m.Lines+1); ok && v.Catalog().Spelled(k, target(m)) {
				f.add("%s: it has %d lines, and yet %s can be told to it", m.Name, m.Lines, k)
			}
		}
		for _, r := range single {
			checkRole(v.Catalog(), m, r, 1, f)
		}
		checkServers(v.Catalog(), m, f)
	}
}

// checkServers wants a place for a line's server: the line's own, or on a base
// one of its profiles', with all else that a base is told.
func checkServers(c *param.Catalog, m vendors.Model, f *findings) {
	if m.Base.Profiles == 0 {
		checkRole(c, m, param.LineServer, 1, f)
		return
	}
	for n := range m.Base.Profiles {
		checkRole(c, m, param.ProfileEnabled, n+1, f)
		checkRole(c, m, param.ProfileServer, n+1, f)
	}
	for n := range m.Lines {
		checkRole(c, m, param.LineProfile, n+1, f)
		checkRole(c, m, param.LineMode, n+1, f)
	}
	for h := range m.Base.Handsets {
		for n := range m.Base.HandsetLines {
			checkRole(c, m, param.HandsetLine(h+1), n+1, f)
		}
	}
}

func checkRole(c *param.Catalog, m vendors.Model, r param.Role, n int, f *findings) {
	k, ok := c.ByRole(r, n)
	if !ok {
		f.add("%s: nothing plays %s %d", m.Name, r, n)
		return
	}
	if !c.Spelled(k, target(m)) {
		f.add("%s: %s, which plays %s %d, has no spelling in %s", m.Name, k, r, n, m.Dialect)
	}
}

func checkSecrets(v vendors.Vendor, f *findings) {
	for _, p := range v.Catalog().All() {
		for _, word := range []string{"password", "passwd", "secret", "psk", "privatekey", "private_key"} {
			if strings.Contains(p.Pattern, word) && p.Type == param.Text {
				f.add("%s looks like a secret and is not typed as one", p.Pattern)
			}
		}
		if (p.Role == param.LinePassword || p.Role == param.AdminPassword) && !p.IsSecret() {
			f.add("%s plays %s and is no secret", p.Pattern, p.Role)
		}
	}
}

func checkSpelling(v vendors.Vendor, f *findings) {
	c := v.Catalog()
	for _, m := range unlike(v) {
		for _, k := range c.Keys() {
			if !c.Spelled(k, target(m)) {
				continue
			}
			p, _, _ := c.On(k, target(m))
			for _, sample := range samples(p) {
				name, written, ok := c.Spell(k, sample, target(m))
				if !ok {
					continue // undeliverable on this model
				}
				key, value, ok := c.Unspell(name, written, target(m))
				if !ok || key != k || value != sample {
					f.add("%s: %s=%q is written %s=%q and read back %s=%q", m.Name, k, sample, name, written, key, value)
				}
			}
		}
	}
}

// unlike picks the first and the last model of each family and number of lines:
// models between them differ in nothing that a suite could find.
func unlike(v vendors.Vendor) []vendors.Model {
	type group struct {
		family string
		lines  int
	}
	first, last := map[group]string{}, map[group]string{}
	for _, m := range v.Models() {
		g := group{m.Family, m.Lines}
		if first[g] == "" {
			first[g] = m.Name
		}
		last[g] = m.Name
	}
	return slices.DeleteFunc(v.Models(), func(m vendors.Model) bool {
		g := group{m.Family, m.Lines}
		return m.Name != first[g] && m.Name != last[g]
	})
}

// target is a model with its newest firmware.
func target(m vendors.Model) param.Target {
	return param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name}
}
