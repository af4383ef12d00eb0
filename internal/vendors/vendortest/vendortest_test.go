package vendortest_test

import (
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/grandstream"
	"bellwether/internal/vendors/vendortest"
)

// good is a whole vendor that the broken ones spoil in one place.
func good(t *testing.T) *grandstream.Vendor {
	t.Helper()
	v, err := grandstream.New()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// broken overrides what its functions are set for.
type broken struct {
	*grandstream.Vendor
	name      string
	catalog   *param.Catalog
	models    func([]vendors.Model) []vendors.Model
	identify  func(vendors.Request) (vendors.Sighting, bool)
	files     func([]vendors.File) []vendors.File
	render    func(vendors.Document) ([]byte, error)
	parse     func(vendors.FileKind, []byte) (vendors.Document, error)
	bootstrap func([]vendors.SpelledValue) []vendors.SpelledValue
	model     string // a line for its data model
}

func (b broken) Name() string {
	if b.name != "" {
		return b.name
	}
	return b.Vendor.Name()
}

func (b broken) Catalog() *param.Catalog {
	if b.catalog != nil {
		return b.catalog
	}
	return b.Vendor.Catalog()
}

func (b broken) Models() []vendors.Model {
	few := b.Vendor.Models()[:2] // enough to be spoiled
	if b.models != nil {
		return b.models(few)
	}
	return few
}

func (b broken) Identify(r vendors.Request) (vendors.Sighting, bool) {
	if b.identify != nil {
		return b.identify(r)
	}
	return b.Vendor.Identify(r)
}

func (b broken) Files(d vendors.Device) []vendors.File {
	if b.files != nil {
		return b.files(b.Vendor.Files(d))
	}
	return b.Vendor.Files(d)
}

func (b broken) Render(d vendors.Document) ([]byte, error) {
	if b.render != nil {
		return b.render(d)
	}
	return b.Vendor.Render(d)
}

func (b broken) Parse(k vendors.FileKind, data []byte) (vendors.Document, error) {
	if b.parse != nil {
		return b.parse(k, data)
	}
	return b.Vendor.Parse(k, data)
}

func (b broken) Bootstrap(t param.Target, x vendors.Bootstrap) []vendors.SpelledValue {
	out := b.Vendor.Bootstrap(t, x)
	if b.bootstrap != nil {
		return b.bootstrap(out)
	}
	return out
}

func (b broken) DataModel() *vendors.DataModel {
	if b.model == "" {
		return b.Vendor.DataModel()
	}
	m, err := vendors.ReadDataModel("path,type,access,key,values,shows,source\n"+b.model, b.Vendor.DataModel())
	if err != nil {
		panic(err)
	}
	return m
}

func TestRules_find_a_broken_vendor(t *testing.T) {
	t.Parallel()
	v := good(t)
	var calls atomic.Int64
	for name, tc := range map[string]struct {
		rule  string
		spoil broken
	}{
		"odd name":        {"name", broken{name: "Grand Stream"}},
		"rooted name":     {"data model", broken{model: "Device.X,string,r,,,ipv6.type,seen"}},
		"unknown setting": {"data model", broken{model: "X.Y,string,r,no.such.key,,,seen"}},
		"secret in clear": {"data model", broken{model: "X.Y,string,rw,users.admin.password,,,seen"}},
		"foreign words":   {"data model", broken{model: "X.Y,string,rw,account.{n}.enable,maybe=Perhaps,,seen"}},
		"model twice":     {"models", broken{models: func(m []vendors.Model) []vendors.Model { return append(m, m[0]) }}},
		"no line":         {"models", broken{models: func(m []vendors.Model) []vendors.Model { m[0].Lines = 0; return m }}},
		"row untold":      {"catalog", broken{catalog: changed(t, v, param.AdminPassword, func(p *param.Parameter) { p.Label = "" })}},
		"role missing":    {"roles", broken{catalog: changed(t, v, param.TimeServer, func(p *param.Parameter) { p.Role = "" })}},
		"role unspelled":  {"roles", broken{catalog: changed(t, v, param.TimeServer, func(p *param.Parameter) { p.Spellings = p.Spellings[1:] })}},
		"plain password":  {"secrets", broken{catalog: changed(t, v, param.AdminPassword, func(p *param.Parameter) { p.Type = param.Text })}},
		"a line too many": {"roles", broken{models: func(m []vendors.Model) []vendors.Model { m[0].Lines = 3; return m }}},
		"unknown file": {"files", broken{files: func(f []vendors.File) []vendors.File {
			return append(f, vendors.File{Name: "elsewhere.txt", Kind: vendors.Probe})
		}}},
		"no own file": {"files", broken{files: func(f []vendors.File) []vendors.File { return f[1:] }}},
		"panics": {"identify", broken{identify: func(r vendors.Request) (vendors.Sighting, bool) {
			return vendors.Sighting{MAC: "x"}, r.Name[0] == 'c'
		}}},
		"takes everything": {"identify", broken{identify: func(vendors.Request) (vendors.Sighting, bool) {
			return vendors.Sighting{File: vendors.Config}, true
		}}},
		"bytes differ": {"render", broken{render: func(d vendors.Document) ([]byte, error) {
			out, err := v.Render(d)
			return append(out, "<!-- "+strconv.FormatInt(calls.Add(1), 10)+" -->"...), err
		}}},
		"value lost": {"render", broken{parse: func(k vendors.FileKind, data []byte) (vendors.Document, error) {
			d, err := v.Parse(k, data)
			d.Values = d.Values[:min(1, len(d.Values))]
			return d, err
		}}},
		"blanks lost": {"render", broken{parse: func(k vendors.FileKind, data []byte) (vendors.Document, error) {
			d, err := v.Parse(k, data)
			for i := range d.Values {
				d.Values[i].Value = strings.TrimSpace(d.Values[i].Value)
			}
			return d, err
		}}},
		"writes anything": {"refuse", broken{render: func(d vendors.Document) ([]byte, error) {
			d.Target.Dialect, d.Epoch, d.Kind = "gs-alias", 1, vendors.Config
			return v.Render(d)
		}}},
		"reads anything": {"parse", broken{parse: func(vendors.FileKind, []byte) (vendors.Document, error) {
			return vendors.Document{}, nil
		}}},
		"wrong kind of error": {"parse", broken{parse: func(vendors.FileKind, []byte) (vendors.Document, error) {
			return vendors.Document{}, fault.New(fault.Internal, "boom")
		}}},
		"forgets the CA": {"bootstrap", broken{bootstrap: func(s []vendors.SpelledValue) []vendors.SpelledValue {
			return slices.DeleteFunc(s, func(s vendors.SpelledValue) bool { return strings.Contains(s.Value, "CERTIFICATE") })
		}}},
		"hands out a password": {"bootstrap", broken{bootstrap: func(s []vendors.SpelledValue) []vendors.SpelledValue {
			return append(s, vendors.SpelledValue{Name: "users.admin.password", Value: "x"})
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.spoil.Vendor = v
			for _, r := range vendortest.Rules() {
				if r.Name == tc.rule {
					if err := r.Broken(tc.spoil); err == nil {
						t.Fatalf("rule %s finds nothing", r.Name)
					}
					return
				}
			}
			t.Fatalf("there is no rule %q", tc.rule)
		})
	}
}

// changed returns the catalog with what plays a role spoiled.
func changed(t *testing.T, v vendors.Vendor, role param.Role, spoil func(*param.Parameter)) *param.Catalog {
	t.Helper()
	rows := v.Catalog().All()
	for i := range rows {
		if rows[i].Role == role {
			spoil(&rows[i])
		}
	}
	c, err := param.NewCatalog(rows)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
