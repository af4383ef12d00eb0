// Package allsim lists the virtual phones' personas. A new vendor adds one line
// here, and one in all.
package allsim

import (
	"fmt"
	"slices"
	"strings"

	"bellwether/internal/phone"
	audiocodes "bellwether/internal/vendors/audiocodes/sim"
	grandstream "bellwether/internal/vendors/grandstream/sim"
)

// Personas is what virtual phones can be. New makes it.
type Personas struct{ all []phone.Persona }

// New loads every persona. It fails where an embedded table is broken.
func New() (*Personas, error) {
	gs, err := grandstream.All()
	if err != nil {
		return nil, fmt.Errorf("load personas: %w", err)
	}
	var p Personas
	for _, one := range gs {
		p.all = append(p.all, one)
	}
	ac, err := audiocodes.New()
	if err != nil {
		return nil, fmt.Errorf("load personas: %w", err)
	}
	p.all = append(p.all, ac)
	return &p, nil
}

// All returns the personas in a fixed order.
func (p *Personas) All() []phone.Persona { return slices.Clone(p.all) }

// Find returns who plays a model, and the model as on its label. The case of
// both names does not matter; an empty vendor is any.
func (p *Personas) Find(vendor, model string) (persona phone.Persona, label string, ok bool) {
	for _, persona := range p.all {
		if vendor != "" && !strings.EqualFold(vendor, persona.Vendor()) {
			continue
		}
		for _, m := range persona.Models() {
			if strings.EqualFold(m, model) {
				return persona, m, true
			}
		}
	}
	return nil, "", false
}
