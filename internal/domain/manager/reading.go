package manager

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// Reading is a command to tell values, in the words of the phone's data model.
type Reading struct {
	Names  []string             // to ask for, in the order of the command
	Keys   map[string]param.Key // of the catalog, by name; where the phone has the setting
	States []string             // of Names, those that say whether an account is registered
	Said   []command.Value      // what can be said of the others without asking
}

// Refusal is a name that a phone refused to tell, and how.
type Refusal struct {
	Name, Reason string
	Code         int       // of TR-069
	At           time.Time // when a phone of the kind refused it
}

// kindOf is what phones have to have in common to refuse the same names.
type kindOf struct{ tenant, vendor, model, firmware string }

func (p Phone) kind() kindOf {
	model := p.Told.Model
	if model == "" {
		model = p.Device.Model
	}
	return kindOf{p.Device.TenantID, p.Device.Vendor, strings.ToLower(model), p.Told.Software}
}

// root is that of the phone's data model; phones that tell none are taken for what
// SIP phones have.
func (p Phone) root() string {
	if p.Told.Root != "" {
		return p.Told.Root
	}
	return "Device."
}

func (p Phone) maker() vendors.Maker {
	return vendors.Maker{OUI: p.Told.OUI, Name: p.Told.Maker}
}

// dictionary is what a phone calls its values, with the settings that its model has.
type dictionary struct {
	root  string
	names []vendors.ModelName
	cat   *param.Catalog
	to    param.Target
}

// dictionary is read outside of any transaction.
func (s *Service) dictionary(ctx context.Context, p Phone) (dictionary, error) {
	cat, to, err := s.Revisions.Catalog(ctx, p.Device)
	if err != nil {
		return dictionary{}, err
	}
	lines := 1
	if _, m, ok := s.Vendors.ByModel(p.Device.Model); ok {
		lines = m.Lines
	}
	return dictionary{p.root(), s.Vendors.DataModel(p.Device.Vendor, p.maker()).On(cat, to, lines), cat, to}, nil
}

// Reading says what a phone is asked for by a command to tell values: keys of the
// catalog by their names in its data model, all else as it was typed. A name that
// phones of the same model and firmware refused before is not asked for again, unless
// the command is forced.
func (s *Service) Reading(ctx context.Context, p Phone, c command.Command) (r Reading, err error) {
	ctx = scope.AsSystem(ctx, "manager.reading")
	dict, err := s.dictionary(ctx, p)
	if err != nil {
		return r, err
	}
	r.Keys = map[string]param.Key{}
	byKey, states := map[string]string{}, map[string]bool{}
	for _, n := range dict.names {
		states[p.root()+n.Path] = n.Shows == "account.status"
		if n.Key != "" {
			r.Keys[p.root()+n.Path], byKey[string(n.Key)] = n.Key, p.root()+n.Path
		}
	}
	refused := map[string]Refusal{}
	if !c.Args.Forced {
		if refused, err = s.refused(ctx, p); err != nil {
			return r, err
		}
	}
	for _, k := range append(dict.wanted(c.Args.For), c.Args.Keys...) {
		name, ok := byKey[k]
		_, _, known := dict.cat.Lookup(param.Key(k))
		switch {
		case !ok && known:
			r.Said = append(r.Said, command.Value{Name: k, Key: k, Fault: "no name is known for this setting in the phone's data model"})
			continue
		case !ok:
			name = k
		}
		if f, was := refused[name]; was {
			r.Said = append(r.Said, command.Value{Name: name, Key: string(r.Keys[name]), Fault: fmt.Sprintf("it was not asked: phones of this model and firmware refuse it (%d %s)", f.Code, f.Reason)})
		} else if !slices.Contains(r.Names, name) {
			r.Names = append(r.Names, name)
			if states[name] {
				r.States = append(r.States, name)
			}
		}
	}
	return r, nil
}

// wanted are the names that the house itself asks for.
func (dict dictionary) wanted(what string) (out []string) {
	for _, n := range dict.names {
		switch what {
		case command.ForDetails:
			if n.Shows == "" {
				continue
			}
		case command.ForReadBack, command.ForSync:
			if n.Secret || n.Key == "" && n.Shows != "account.status" {
				continue
			}
		default:
			continue
		}
		out = append(out, dict.root+n.Path)
	}
	return out
}

func (s *Service) refused(ctx context.Context, p Phone) (out map[string]Refusal, err error) {
	err = s.DB.Read(ctx, func(q db.Q) error {
		out, err = findRefused(ctx, q, p.kind())
		return err
	})
	return out, err
}

// Refuse writes down which names a phone refused to tell, for all phones of its
// tenant that are of the same model and firmware.
func (s *Service) Refuse(ctx context.Context, p Phone, list []Refusal) error {
	if len(list) == 0 || p.Told.Software == "" {
		return nil // of a phone that does not tell its firmware nobody would learn that it changed
	}
	ctx = scope.AsSystem(ctx, "manager.refuse")
	now := s.DB.Now()
	for i := range list {
		list[i].At = now
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error { return saveRefused(ctx, tx, p.kind(), list) })
}

// Refusals are the names that phones like the device refuse to tell. The caller has
// checked that the actor may see the device.
func (s *Service) Refusals(ctx context.Context, d device.Device) ([]Refusal, error) {
	p, ok, err := s.known(ctx, d)
	if err != nil || !ok {
		return nil, err
	}
	found, err := s.refused(scope.AsSystem(ctx, "manager.refusals"), p)
	out := make([]Refusal, 0, len(found))
	for _, f := range found {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Refusal) int { return strings.Compare(a.Name, b.Name) })
	return out, err
}
