package vendors_test

import (
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

const modelHead = "path,type,access,key,values,shows,source\n"

func TestReadDataModel_refuses(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"an access that there is not": "A.B,string,x,,,system.model,seen",
		"a type that there is not":    "A.B,text,r,,,system.model,seen",
		"what nobody shows":           "A.B,string,r,,,system.colour,seen",
		"a name without a source":     "A.B,string,r,,,system.model,",
		"neither name nor use":        ",string,r,,,,seen",
		"a word without a value":      "A.B,string,r,,Enabled,system.model,seen",
		"a line that is too short":    "A.B,string,r",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := vendors.ReadDataModel(modelHead+line, nil); err == nil {
				t.Errorf("%q is taken", line)
			}
		})
	}
	if _, err := vendors.ReadDataModel("", nil); err == nil {
		t.Error("an empty table is taken")
	}
}

// TestSet_DataModel: phones of no vendor here have the names that others have seen of
// their maker, by its prefix or its name, and else those that any phone may have.
func TestSet_DataModel(t *testing.T) {
	t.Parallel()
	s, err := vendors.NewSet()
	if err != nil {
		t.Fatal(err)
	}
	cat, err := param.NewCatalog([]param.Parameter{
		{Pattern: "line.{n}.name", Count: 2, Type: param.Text, Role: param.LineName, Spellings: []param.Spelling{{Dialect: "d", Name: "name{n}"}}},
		{Pattern: "line.{n}.on", Count: 2, Type: param.Bool, Role: param.LineEnabled, Spellings: []param.Spelling{{Dialect: "d", Name: "on{n}"}}},
		{Pattern: "line.{n}.user", Count: 2, Type: param.Text, Role: param.LineUserID, Spellings: []param.Spelling{{Dialect: "other", Name: "user{n}"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	keys := func(m vendors.Maker) (out []string) {
		for _, n := range s.DataModel("", m).On(cat, param.Target{Dialect: "d"}, 2) {
			if n.Key != "" {
				out = append(out, n.Path+" "+string(n.Key))
			}
		}
		return out
	}
	const line = "Services.VoiceService.1.VoiceProfile."
	plain := []string{line + "1.Line.1.Enable line.1.on", line + "2.Line.1.Enable line.2.on"}
	yealink := append(slices.Clone(plain), line+"1.Line.1.SIP.X_001565_DisplayName line.1.name", line+"2.Line.1.SIP.X_001565_DisplayName line.2.name")
	for name, tc := range map[string]struct {
		maker vendors.Maker
		want  []string
	}{
		"nobody knows it":   {vendors.Maker{OUI: "001122", Name: "Acme"}, plain},
		"it told nothing":   {vendors.Maker{}, plain},
		"by its prefix":     {vendors.Maker{OUI: "001565"}, yealink},
		"by its own name":   {vendors.Maker{Name: "YEALINK"}, yealink},
		"in small letters":  {vendors.Maker{OUI: strings.ToLower("001565")}, yealink},
		"the prefix counts": {vendors.Maker{OUI: "001565", Name: "Acme"}, yealink},
	} {
		if got := keys(tc.maker); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, not %q", name, got, tc.want)
		}
	}
	on := s.DataModel("", vendors.Maker{}).Entries()
	i := slices.IndexFunc(on, func(e vendors.ModelEntry) bool { return e.Role == param.LineEnabled })
	p := param.Parameter{Pattern: "x", Type: param.Bool}
	if e := on[i]; e.Word("yes") != "Enabled" || e.Canonical(p, " disabled ") != "no" || e.Canonical(p, "Quiescent") != "Quiescent" || e.Canonical(p, "1") != "yes" {
		t.Errorf("its words: %q, %q, %q, %q", e.Word("yes"), e.Canonical(p, " disabled "), e.Canonical(p, "Quiescent"), e.Canonical(p, "1"))
	}
}

func FuzzReadDataModel(f *testing.F) {
	f.Add(modelHead + "A.{n}.B,boolean,rw,a.{n},yes=On;no=Off,account.enabled,seen\n")
	f.Add(modelHead + ",string,r,,,system.part_number,none\n")
	f.Add("a,\"b\nc")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := vendors.ReadDataModel(text, nil)
		if err != nil {
			return
		}
		for _, e := range m.Entries() {
			if e.Source == "" || e.Path == "" && e.Shows == "" {
				t.Errorf("taken: %+v", e)
			}
		}
	})
}
