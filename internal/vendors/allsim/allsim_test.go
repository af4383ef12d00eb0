package allsim_test

import (
	"testing"

	"bellwether/internal/vendors/all"
	"bellwether/internal/vendors/allsim"
)

// Every model that can be managed can be played.
func TestPersonas_Find(t *testing.T) {
	t.Parallel()
	vendors, err := all.New()
	if err != nil {
		t.Fatal(err)
	}
	personas, err := allsim.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vendors.All() {
		for _, m := range v.Models() {
			if p, label, ok := personas.Find(v.Name(), m.Name); !ok || label != m.Name || p.Vendor() != v.Name() {
				t.Errorf("%s %s cannot be played", v.Name(), m.Name)
			}
		}
	}
	if _, label, ok := personas.Find("", "ghp621w"); !ok || label != "GHP621W" {
		t.Errorf("Find in other case gives %q, %t", label, ok)
	}
	if _, _, ok := personas.Find("audiocodes", "GHP610"); ok {
		t.Error("Find does not look at the vendor")
	}
	if len(personas.All()) == 0 {
		t.Error("there are no personas")
	}
}
