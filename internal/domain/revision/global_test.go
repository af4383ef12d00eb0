package revision

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bellwether/internal/domain/param"
)

// byContent is a Global whose name is the content itself.
func byContent(layer Origin) *Global {
	return &Global{Origin: layer, Pull: func(content string) (string, string) { return "include", content }}
}

// Whatever the layers say, both files together say what one file would, the
// shared one without anything that is secret, private or the device's own.
func TestCompile_include_says_the_same(t *testing.T) {
	t.Parallel()
	cat := testCatalog(t)
	rapid.Check(t, func(t *rapid.T) {
		d := &draw{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		d.fill(cat)
		private := map[param.Key]bool{}
		for i := range d.stack.Layers {
			for j := range d.stack.Layers[i].Items {
				if d.IntN(4) == 0 {
					d.stack.Layers[i].Items[j].Private = true
				}
			}
		}
		flat, err := Compile(d.stack)
		if err != nil {
			t.Fatal(err)
		}
		d.stack.Global = byContent(Origin{Layer: Model, SourceID: "source 0"})
		both, err := Compile(d.stack)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range both.Values {
			private[v.Key] = v.Private
			if v.Global && (v.Secret != "" || strings.HasSuffix(string(v.Key), ".password") || v.Private || !v.fromTemplate()) {
				t.Fatalf("the shared file holds %+v", v)
			}
		}
		in := both.Entries()
		i := slices.IndexFunc(in, func(e Entry) bool { return e.Key == IncludeKey })
		if i < 0 || in[i].Name != "include" {
			t.Fatal("nothing pulls the shared file in")
		}
		shared, own := both.halves(in)
		for _, e := range shared {
			if !e.Global || private[e.Key] {
				t.Fatalf("the shared half holds %+v", e)
			}
		}
		whole := slices.DeleteFunc(merge(shared, own), func(e Entry) bool { return e.Key == IncludeKey })
		for j := range whole {
			whole[j].Global = false
		}
		if !slices.Equal(whole, flat.Entries()) {
			t.Fatalf("two files say\n%+v\none says\n%+v", whole, flat.Entries())
		}
	})
}

func TestCompile_include_is_named_by_content(t *testing.T) {
	t.Parallel()
	name := func(layers ...BoundSource) string {
		s := stackOf(t, layers...)
		s.Global = byContent(Origin{Layer: Model})
		v, ok := compile(t, s).Lookup(IncludeKey)
		if !ok {
			t.Fatal("nothing pulls the shared file in")
		}
		return v.Value
	}
	one := name(layer(Model, "m", "greeting", "hello", "ntp.interval", "30"))
	if two := name(layer(Model, "other", "greeting", "hello"), layer(Site, "s", "ntp.interval", "30")); two != one {
		t.Errorf("equal content has two names: %s, %s", one, two)
	}
	if own := name(layer(Model, "m", "greeting", "hello", "ntp.interval", "30"), layer(Override, "o", "line.1.on", "yes")); own != one {
		t.Errorf("a value of the device's own is in the name: %s", own)
	}
	if changed := name(layer(Model, "m", "greeting", "goodbye", "ntp.interval", "30")); changed == one {
		t.Error("other content has the same name")
	}
	if empty := name(); empty == one {
		t.Error("no content has the name of some")
	}
}

// The plan shows when the mode changes, both ways.
func TestCompare_include(t *testing.T) {
	t.Parallel()
	flat := stackOf(t, layer(Model, "m", "greeting", "hello"))
	parted := flat
	parted.Global = byContent(Origin{Layer: Model})
	a, b := compile(t, flat), compile(t, parted)
	there, back := pulled(compare(flat.Catalog, a, b), a, b), pulled(compare(flat.Catalog, b, a), b, a)
	if len(there) != 1 || there[0].Key != IncludeKey || there[0].Kind != Added || there[0].Label == "" {
		t.Errorf("into include mode: %+v", there)
	}
	if len(back) != 1 || back[0].Key != IncludeKey || back[0].Label == "" || back[0].New != "" || back[0].Old == "" {
		t.Errorf("out of it: %+v", back)
	}
}
