package vendors_test

import (
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/all"
)

func TestSet(t *testing.T) {
	t.Parallel()
	s, err := all.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range s.All() {
		if got, ok := s.Get(v.Name()); !ok || got != v {
			t.Errorf("Get(%q) = %v, %t", v.Name(), got, ok)
		}
		if s.Epoch(v) < 1 {
			t.Errorf("%s has epoch %d", v.Name(), s.Epoch(v))
		}
	}
	if _, ok := s.Get("nobody"); ok {
		t.Error("Get finds nobody")
	}
	v, m, ok := s.ByModel("ghp621w")
	if !ok || v.Name() != "grandstream" || m.Name != "GHP621W" {
		t.Errorf("ByModel = %v, %+v, %t", v, m, ok)
	}
	if _, ok := s.AsBootstrapper(v); !ok {
		t.Error("grandstream cannot bootstrap")
	}
	if _, _, ok := s.ByModel("GXW4216"); ok {
		t.Error("ByModel finds a model that nobody has")
	}
}

// stub is a vendor that recognises one name or one agent.
type stub struct {
	name, model, file, agent string
}

func (s stub) Name() string                                                   { return s.name }
func (s stub) Models() []vendors.Model                                        { return []vendors.Model{{Name: s.model}} }
func (s stub) Catalog() *param.Catalog                                        { return nil }
func (s stub) Files(vendors.Device) []vendors.File                            { return nil }
func (s stub) Render(vendors.Document) ([]byte, error)                        { return nil, nil }
func (s stub) Parse(vendors.FileKind, []byte) (d vendors.Document, err error) { return d, nil }

func (s stub) Identify(r vendors.Request) (vendors.Sighting, bool) {
	if r.UserAgent == s.agent {
		return vendors.Sighting{AgentMAC: "00005e005301"}, true
	}
	return vendors.Sighting{MAC: "00005e005302"}, r.Name == s.file
}

func TestSet_Identify(t *testing.T) {
	t.Parallel()
	s, err := vendors.NewSet(stub{"a", "A1", "cfg.xml", "agent a"}, stub{"b", "B1", "cfg.xml", "agent b"})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		r    vendors.Request
		want string
	}{
		"name of both":                    {vendors.Request{Name: "cfg.xml"}, "a"},
		"the agent goes before the order": {vendors.Request{Name: "cfg.xml", UserAgent: "agent b"}, "b"},
		"agent alone":                     {vendors.Request{Name: "x", UserAgent: "agent b"}, "b"},
		"nobody's":                        {vendors.Request{Name: "x"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, _, ok := s.Identify(tc.r)
			if ok != (tc.want != "") || ok && v.Name() != tc.want {
				t.Fatalf("Identify = %v, %t", v, ok)
			}
		})
	}
}

func TestNewSet_refuses_a_clash(t *testing.T) {
	t.Parallel()
	if _, err := vendors.NewSet(stub{name: "a", model: "A1"}, stub{name: "a", model: "A2"}); err == nil {
		t.Error("two vendors of one name")
	}
	if _, err := vendors.NewSet(stub{name: "a", model: "X1"}, stub{name: "b", model: "x1"}); err == nil {
		t.Error("two vendors of one model")
	}
}
