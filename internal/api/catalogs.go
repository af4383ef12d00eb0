package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/lesson"
	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
)

// Parameter is what the catalog says of a setting.
type Parameter struct {
	Type    string   `json:"type" enum:",text,secret,bool,choice,number,host,ip,url,path,pem"`
	Help    string   `json:"help"`
	Page    string   `json:"page"`
	Section string   `json:"section"`
	Default *string  `json:"default" doc:"null: no default is evidenced"`
	Unit    string   `json:"unit"`
	Ranges  []Range  `json:"ranges"`
	Options []Option `json:"options"`
	Reboot  bool     `json:"reboot" doc:"a change restarts the phone"`
}

// Range is an inclusive span of numbers.
type Range struct {
	Min int64 `json:"min"`
	Max int64 `json:"max"`
}

// Option is one value of a choice.
type Option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// CatalogRow is a row of the parameter catalog.
type CatalogRow struct {
	Vendor   string   `json:"vendor"`
	Pattern  string   `json:"key_pattern"`
	Count    int      `json:"count" doc:"how many indexes {n} runs over; 0: none"`
	Label    string   `json:"label"`
	Secret   bool     `json:"secret"`
	Line     bool     `json:"line_owned" doc:"only an account on a line sets it"`
	Spelled  []string `json:"spelled" doc:"names in the vendor's dialects"`
	Evidence string   `json:"evidence"`
	Parameter
}

// Model is a model of phone.
type Model struct {
	Vendor string `json:"vendor"`
	Name   string `json:"name"`
	Family string `json:"family"`
	Kind   string `json:"kind" enum:"audio,video,other"`
	Lines  int    `json:"lines"`
	Proof  string `json:"proof" enum:"unverified,documented,proven"`
}

// Unclaimed is a machine that asked at a door and belongs to nobody.
type Unclaimed struct {
	MAC      string    `json:"mac"`
	Vendor   string    `json:"vendor"`
	Model    string    `json:"model"`
	Firmware string    `json:"firmware"`
	Address  string    `json:"address"`
	Door     string    `json:"door"`
	FirstAt  time.Time `json:"first_at"`
	LastAt   time.Time `json:"last_at"`
	Requests int64     `json:"requests"`
	Subject  string    `json:"subject" doc:"of the certificate that it showed last; empty for none"`
}

func parameterOf(p param.Parameter) Parameter {
	out := Parameter{Type: string(p.Type), Help: p.Help, Page: p.Page, Section: p.Section, Default: p.Default, Unit: p.Unit, Ranges: []Range{}, Options: []Option{}, Reboot: p.Reboot}
	for _, r := range p.Ranges {
		out.Ranges = append(out.Ranges, Range{r.Min, r.Max})
	}
	for _, o := range p.Options {
		out.Options = append(out.Options, Option{o.Value, o.Label})
	}
	return out
}

func (a *API) catalogs() {
	register(a, op(http.MethodGet, "/models", "list-models", "The models of phone that this version knows"), func(_ context.Context, _ *struct{}) (*List[Model], error) {
		var out []Model
		for _, v := range a.Vendors.All() {
			for _, m := range v.Models() {
				out = append(out, Model{v.Name(), m.Name, m.Family, string(m.Kind), m.Lines, string(m.Proof)})
			}
		}
		return whole(out, func(m Model) Model { return m }), nil
	})
	register(a, op(http.MethodGet, "/parameters", "list-parameters", "The parameter catalog"), func(ctx context.Context, in *struct {
		Tenant string `query:"tenant" maxLength:"64" doc:"with what this tenant has learned"`
		Vendor string `query:"vendor" maxLength:"64"`
		Model  string `query:"model" maxLength:"64"`
		Q      string `query:"q" maxLength:"256" doc:"part of a key, of its name in a dialect, of its label or of its help"`
	}) (*List[CatalogRow], error) {
		cats := a.Lessons.Base()
		if in.Tenant != "" {
			ctx, t, err := a.inTenant(ctx, in.Tenant, access.TemplateRead)
			if err != nil {
				return nil, err
			}
			if cats, err = a.Lessons.Of(ctx, t.ID); err != nil {
				return nil, err
			}
		}
		rows, err := a.parameters(cats, in.Vendor, in.Model, in.Q)
		return whole(rows, func(r CatalogRow) CatalogRow { return r }), err
	})
	register(a, op(http.MethodGet, "/unclaimed", "list-unclaimed", "Machines that asked and belong to nobody; the platform owner's"), func(ctx context.Context, in *Paging) (*List[Unclaimed], error) {
		s, err := a.Devices.Unclaimed(ctx, in.page())
		return listOf(s, unclaimedOf), err
	})
}

// parameters lists the catalog of every vendor, of one, or as it is on one model.
func (a *API) parameters(cats lesson.Catalogs, vendor, model, q string) (out []CatalogRow, err error) {
	var on *param.Target
	if model != "" {
		v, m, ok := a.Vendors.ByModel(model)
		if !ok {
			return nil, fault.New(fault.NotFound, "model not found")
		}
		vendor, on = v.Name(), &param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name}
	}
	q = strings.ToLower(strings.TrimSpace(q))
	for _, v := range a.Vendors.All() {
		if vendor != "" && v.Name() != vendor {
			continue
		}
		cat := cats.Of(v.Name())
		for _, p := range cat.All() {
			if on != nil && !narrow(cat, &p, *on) {
				continue
			}
			if row := catalogRow(v.Name(), p); row.speaksOf(q) {
				out = append(out, row)
			}
		}
	}
	return out, nil
}

// speaksOf reports whether a search finds a row: a part of its key, of a name in
// a dialect (a P-value, an alias), or of what people read.
func (r CatalogRow) speaksOf(q string) bool {
	text := append([]string{r.Pattern, r.Label, r.Help, r.Page, r.Section}, r.Spelled...)
	return q == "" || strings.Contains(strings.ToLower(strings.Join(text, "\n")), q)
}

// narrow makes a row what it is on a target; it reports false where the target
// has no word for any of its keys.
func narrow(cat *param.Catalog, p *param.Parameter, on param.Target) bool {
	last := 0
	for n := min(1, p.Count); n <= p.Count; n++ {
		if !cat.Spelled(p.Key(n), on) {
			continue
		}
		there, _, _ := cat.On(p.Key(n), on)
		p.Options = there.Options
		if last == 0 {
			p.Default = there.Default
		}
		last = max(n, 1)
	}
	p.Count = min(p.Count, last)
	p.Spellings = slices.DeleteFunc(slices.Clone(p.Spellings), func(s param.Spelling) bool {
		return len(s.Families) > 0 && !slices.Contains(s.Families, on.Family) || len(s.Models) > 0 && !slices.Contains(s.Models, on.Model)
	})
	return last > 0
}

func catalogRow(vendor string, p param.Parameter) CatalogRow {
	row := CatalogRow{Vendor: vendor, Pattern: p.Pattern, Count: p.Count, Label: p.Label, Secret: p.IsSecret(), Line: p.Role.Identity(), Spelled: []string{}, Evidence: p.Evidence, Parameter: parameterOf(p)}
	for _, s := range p.Spellings {
		for _, name := range append([]string{s.Name}, s.PerIndex...) {
			if name != "" && !slices.Contains(row.Spelled, name) {
				row.Spelled = append(row.Spelled, name)
			}
		}
	}
	return row
}
