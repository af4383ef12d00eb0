package vendors

import (
	"fmt"
	"slices"
	"strings"
)

// Set is the vendors that a program knows. NewSet makes one; the zero value
// knows none. It is safe for concurrent use.
type Set struct {
	all     []Vendor
	byName  map[string]Vendor
	byModel map[string]modelOf // by lower-case model name
	models  fallback
}

type modelOf struct {
	vendor Vendor
	model  Model
}

// NewSet makes a set in the given order. It fails where two vendors share a
// name or a model.
func NewSet(all ...Vendor) (*Set, error) {
	f, err := readFallback()
	if err != nil {
		return nil, err
	}
	s := &Set{all: slices.Clone(all), byName: map[string]Vendor{}, byModel: map[string]modelOf{}, models: f}
	for _, v := range all {
		if _, taken := s.byName[v.Name()]; taken {
			return nil, fmt.Errorf("vendor %s is there twice", v.Name())
		}
		s.byName[v.Name()] = v
		for _, m := range v.Models() {
			low := strings.ToLower(m.Name)
			if other, taken := s.byModel[low]; taken {
				return nil, fmt.Errorf("model %s belongs to %s and %s", m.Name, other.vendor.Name(), v.Name())
			}
			s.byModel[low] = modelOf{v, m}
		}
	}
	return s, nil
}

// Get returns the vendor of that name, and whether there is one.
func (s *Set) Get(name string) (Vendor, bool) {
	v, ok := s.byName[name]
	return v, ok
}

// All returns the vendors in the set's order.
func (s *Set) All() []Vendor { return slices.Clone(s.all) }

// ByModel finds a model by its name in any case, and whose it is.
func (s *Set) ByModel(model string) (Vendor, Model, bool) {
	m, ok := s.byModel[strings.ToLower(model)]
	return m.vendor, m.model, ok
}

// Identify asks the vendors in order whose phone a request comes from. One that
// knows the user agent goes before one that knows the file name alone.
func (s *Set) Identify(r Request) (Vendor, Sighting, bool) {
	var first Vendor
	var hint Sighting
	for _, v := range s.all {
		seen, ok := v.Identify(r)
		if !ok {
			continue
		}
		if seen.AgentMAC != "" || seen.Firmware != "" {
			return v, seen, true
		}
		if first == nil {
			first, hint = v, seen
		}
	}
	return first, hint, first != nil
}

// AsBootstrapper returns v's ability to send a phone back with a configuration
// file, where it has one.
func (s *Set) AsBootstrapper(v Vendor) (Bootstrapper, bool) {
	b, ok := v.(Bootstrapper)
	return b, ok
}

// AsLeader returns v's ability to have phones led here through their own web
// page, where it has one.
func (s *Set) AsLeader(v Vendor) (Leader, bool) {
	l, ok := v.(Leader)
	return l, ok
}

// AsCommoner returns v's ability to write the file that is the same for all of
// its phones, where it has one.
func (s *Set) AsCommoner(v Vendor) (Commoner, bool) {
	c, ok := v.(Commoner)
	return c, ok
}

// AsIncluder returns v's ability to part a configuration into a shared file and
// the phone's own, where it has it.
func (s *Set) AsIncluder(v Vendor) (Includer, bool) {
	i, ok := v.(Includer)
	return i, ok
}

// Placeholders returns the names that a vendor's own phone manager has for open
// values; none for one that has no such thing.
func (s *Set) Placeholders(v Vendor) []Placeholder {
	if p, ok := v.(Placeholderer); ok {
		return p.Placeholders()
	}
	return nil
}

// AsEncoder returns v's ability to pack files for the wire, where it has one.
func (s *Set) AsEncoder(v Vendor) (Encoder, bool) {
	e, ok := v.(Encoder)
	return e, ok
}

// AsPhonebooker returns v's ability to write phonebooks, where it has one.
func (s *Set) AsPhonebooker(v Vendor) (Phonebooker, bool) {
	p, ok := v.(Phonebooker)
	return p, ok
}

// AsDialPlanner returns v's ability to read dial plans, where it has one.
func (s *Set) AsDialPlanner(v Vendor) (DialPlanner, bool) {
	d, ok := v.(DialPlanner)
	return d, ok
}

// AsLearner returns v's ability to learn settings, where it has one.
func (s *Set) AsLearner(v Vendor) (Learner, bool) {
	l, ok := v.(Learner)
	return l, ok
}

// Epoch returns the renderer epoch of new revisions for a vendor: 1 for one that
// never changed its bytes.
func (s *Set) Epoch(v Vendor) int {
	if e, ok := v.(Epocher); ok {
		return e.Epoch()
	}
	return 1
}

// AsAdvisor returns v's ability to warn of a change, where it has one.
func (s *Set) AsAdvisor(v Vendor) (Advisor, bool) {
	a, ok := v.(Advisor)
	return a, ok
}

// AsNamer returns v's ability to judge names that the catalog does not have,
// where it has one.
func (s *Set) AsNamer(v Vendor) (Namer, bool) {
	n, ok := v.(Namer)
	return n, ok
}

// AsTeller returns v's ability to have its phones tell of events, where it has it.
func (s *Set) AsTeller(v Vendor) (Teller, bool) {
	t, ok := v.(Teller)
	return t, ok
}

// DataModel returns what a vendor's phones call their values by TR-069; of a vendor
// that has no names of its own, and of phones of no vendor here, what others have
// seen of the maker, and else what any phone may have.
func (s *Set) DataModel(vendor string, m Maker) *DataModel {
	if d, ok := s.byName[vendor].(DataModeler); ok {
		return d.DataModel()
	}
	return s.models.of(m)
}
