package revision

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bellwether/internal/domain/param"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
)

// testCatalog has one parameter of each kind that Compile treats apart.
func testCatalog(t testing.TB) *param.Catalog {
	t.Helper()
	def := "60"
	no := "no"
	spell := func(name string) []param.Spelling {
		return []param.Spelling{{Dialect: "test", Name: name}}
	}
	c, err := param.NewCatalog([]param.Parameter{
		{Pattern: "ntp.interval", Type: param.Number, Default: &def, Spellings: spell("P1"), Label: "Interval"},
		{Pattern: "greeting", Type: param.Text, Spellings: spell("P2"), Label: "Greeting"},
		{Pattern: "unspelled", Type: param.Text, Label: "Of another dialect"},
		{Pattern: "line.{n}.on", Count: 2, Type: param.Bool, Default: &no, Role: param.LineEnabled, Spellings: spell("P3{n}"), Label: "On {n}"},
		{Pattern: "line.{n}.server", Count: 2, Type: param.Host, Role: param.LineServer, Spellings: spell("P4{n}"), Label: "Server {n}"},
		{Pattern: "line.{n}.user", Count: 2, Type: param.Text, Role: param.LineUserID, Spellings: spell("P5{n}"), Label: "User {n}"},
		{Pattern: "line.{n}.auth", Count: 2, Type: param.Text, Role: param.LineAuthID, Spellings: spell("P6{n}"), Label: "Auth {n}"},
		{Pattern: "line.{n}.password", Count: 2, Type: param.Secret, Role: param.LinePassword, Spellings: spell("P7{n}"), Label: "Password {n}"},
		{Pattern: "line.{n}.name", Count: 2, Type: param.Text, Role: param.LineName, Spellings: spell("P8{n}"), Label: "Name {n}"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func stackOf(t testing.TB, layers ...BoundSource) Stack {
	return Stack{Catalog: testCatalog(t), Target: param.Target{Dialect: "test"}, Layers: layers}
}

func layer(l Layer, id string, kv ...string) BoundSource {
	b := BoundSource{Layer: l, SourceID: id, Name: id, Version: 1}
	for i := 0; i < len(kv); i += 2 {
		b.Items = append(b.Items, template.Item{Key: param.Key(kv[i]), Value: kv[i+1], Author: "ann", At: time.UnixMilli(int64(i + 1))})
	}
	return b
}

func compile(t testing.TB, s Stack) Effective {
	t.Helper()
	e, err := Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func get(t testing.TB, e Effective, k param.Key) Value {
	t.Helper()
	v, ok := e.Lookup(k)
	if !ok {
		t.Fatalf("%s is not in the effective config", k)
	}
	return v
}

func TestCompile(t *testing.T) {
	t.Parallel()
	t.Run("the strongest layer wins and the others are named", func(t *testing.T) {
		t.Parallel()
		v := get(t, compile(t, stackOf(t, layer(Model, "m", "ntp.interval", "10"), layer(Site, "s", "ntp.interval", "20"), layer(Override, "o", "ntp.interval", "30"))), "ntp.interval")
		if v.Value != "30" || v.Layer != Override || v.Name != "P1" || v.Spelled != "30" {
			t.Fatalf("winner %+v", v)
		}
		var below []string
		for _, o := range v.Shadowed {
			below = append(below, string(o.Layer)+"="+o.Value)
		}
		if diff := cmp.Diff([]string{"site=20", "model=10", "default=60"}, below); diff != "" {
			t.Fatal(diff)
		}
	})
	t.Run("a default alone is shown and not delivered", func(t *testing.T) {
		t.Parallel()
		e := compile(t, stackOf(t))
		if v := get(t, e, "ntp.interval"); v.Layer != Default || v.Value != "60" {
			t.Fatalf("got %+v", v)
		}
		if len(e.Entries()) != 0 {
			t.Fatalf("delivered %v", e.Entries())
		}
	})
	t.Run("a key without a spelling is undeliverable and stays visible", func(t *testing.T) {
		t.Parallel()
		v := get(t, compile(t, stackOf(t, layer(Model, "m", "unspelled", "x", "never.heard.of", "y"))), "never.heard.of")
		if !v.Undeliverable || v.Name != "" || v.Value != "y" {
			t.Fatalf("got %+v", v)
		}
	})
	t.Run("a line owns its identity keys and yields its name", func(t *testing.T) {
		t.Parallel()
		s := stackOf(t, layer(Model, "m", "line.1.user", "999"), layer(Override, "o", "line.1.name", "Front desk"))
		s.Accounts = []BoundLine{{Line: 1, AccountID: "a", Server: "sip.example.org", UserID: "201", Name: "Room 201", Password: "secret:x@3"}}
		e := compile(t, s)
		if v := get(t, e, "line.1.user"); v.Value != "201" || v.Layer != Line || len(v.Shadowed) != 0 {
			t.Fatalf("user %+v", v)
		}
		if v := get(t, e, "line.1.auth"); v.Value != "201" {
			t.Fatalf("authentication id %+v", v)
		}
		if v := get(t, e, "line.1.name"); v.Value != "Front desk" {
			t.Fatalf("name %+v", v)
		}
		if v := get(t, e, "line.1.password"); v.Secret != "secret:x@3" || v.Value != "" || v.Spelled != "" {
			t.Fatalf("password %+v", v)
		}
		if v := get(t, e, "line.1.on"); v.Value != "yes" {
			t.Fatalf("switch %+v", v)
		}
	})
	t.Run("what was delivered and is gone is reset, or left as residue", func(t *testing.T) {
		t.Parallel()
		s := stackOf(t)
		s.Ever = map[param.Key]string{"ntp.interval": "10", "greeting": "hi"}
		e := compile(t, s)
		if v := get(t, e, "ntp.interval"); v.State != Reset || v.Value != "60" || v.Name != "P1" {
			t.Fatalf("reset %+v", v)
		}
		if v := get(t, e, "greeting"); v.State != Residue || v.Kept != "hi" || v.Name != "" {
			t.Fatalf("residue %+v", v)
		}
		want := []Entry{{Key: "greeting", Value: "hi", State: Residue}, {Key: "ntp.interval", Name: "P1", Value: "60", State: Reset}}
		if diff := cmp.Diff(want, e.Entries()); diff != "" {
			t.Fatal(diff)
		}
	})
	t.Run("an account taken off its line switches the line off", func(t *testing.T) {
		t.Parallel()
		s := stackOf(t)
		s.Ever = map[param.Key]string{"line.1.on": "yes", "line.1.user": "201"}
		if v := get(t, compile(t, s), "line.1.on"); v.State != Reset || v.Value != "no" {
			t.Fatalf("got %+v", v)
		}
	})
}

func TestCompile_placeholders(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		value, want string
		known       map[string]string
	}{
		"resolves":            {"Room %ITCS_Room%!", "Room 201!", map[string]string{"Room": "201"}},
		"two in one":          {"%ITCS_A%-%ITCS_B%", "1-2", map[string]string{"A": "1", "B": "2"}},
		"through another":     {"%ITCS_A%", "x2", map[string]string{"A": "x%ITCS_B%", "B": "2"}},
		"unknown":             {"%ITCS_Nobody%", "", nil},
		"in a circle":         {"%ITCS_A%", "", map[string]string{"A": "%ITCS_B%", "B": "%ITCS_A%"}},
		"itself":              {"%ITCS_A%", "", map[string]string{"A": "%ITCS_A%"}},
		"not closed":          {"%ITCS_A", "", map[string]string{"A": "1"}},
		"grows beyond bounds": {"%ITCS_A%", "", map[string]string{"A": "%ITCS_B%%ITCS_B%%ITCS_B%%ITCS_B%%ITCS_B%", "B": "%ITCS_C%%ITCS_C%%ITCS_C%%ITCS_C%%ITCS_C%", "C": string(slices.Repeat([]byte("x"), 400))}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stackOf(t, layer(Model, "m", "greeting", tc.value))
			s.Placeholders = tc.known
			e, err := Compile(s)
			if tc.want == "" {
				if !fault.Is(err, fault.Invalid) {
					t.Fatalf("error %v, want Invalid", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if v := get(t, e, "greeting"); v.Value != tc.want {
				t.Fatalf("value %q, want %q", v.Value, tc.want)
			}
		})
	}
}

// TestCompile_explained_winner_is_compiled_value draws random stacks and checks
// against a second, simpler reading of the rules: the last layer that has a key
// wins, and explain lists all the others in order.
func TestCompile_explained_winner_is_compiled_value(t *testing.T) {
	t.Parallel()
	cat := testCatalog(t)
	keys := []string{"ntp.interval", "greeting", "unspelled", "line.1.on", "line.2.name", "never.heard.of"}
	rapid.Check(t, func(rt *rapid.T) {
		s := Stack{Catalog: cat, Target: param.Target{Dialect: "test"}, Ever: map[param.Key]string{}}
		type word struct {
			layer Layer
			value string
		}
		said := map[string][]word{"ntp.interval": {{Default, "60"}}, "line.1.on": {{Default, "no"}}}
		for i, l := range []Layer{Model, Site, Site, Group, ConfigFile, Override} {
			b := BoundSource{Layer: l, SourceID: fmt.Sprint(i), Name: fmt.Sprint(i)}
			for _, k := range rapid.SliceOfDistinct(rapid.SampledFrom(keys), rapid.ID[string]).Draw(rt, "keys") {
				v := fmt.Sprint(rapid.IntRange(0, 3).Draw(rt, "value"))
				if k == "line.1.on" {
					v = "yes"
				}
				b.Items = append(b.Items, template.Item{Key: param.Key(k), Value: v})
				said[k] = append(said[k], word{l, v})
			}
			s.Layers = append(s.Layers, b)
		}
		for _, k := range rapid.SliceOfDistinct(rapid.SampledFrom(keys), rapid.ID[string]).Draw(rt, "ever") {
			s.Ever[param.Key(k)] = "old"
		}
		e, err := Compile(s)
		if err != nil {
			rt.Fatal(err)
		}
		for _, k := range keys {
			v, ok := e.Lookup(param.Key(k))
			words := said[k]
			_, ever := s.Ever[param.Key(k)]
			switch {
			case len(words) == 0 && !ever:
				if ok {
					rt.Fatalf("%s came from nowhere: %+v", k, v)
				}
				continue
			case len(words) == 0:
				if v.State != Residue {
					rt.Fatalf("%s: %+v, want residue", k, v)
				}
				continue
			}
			last := words[len(words)-1]
			if v.Value != last.value || v.Layer != last.layer || len(v.Shadowed) != len(words)-1 {
				rt.Fatalf("%s: %+v, want %+v of %+v", k, v, last, words)
			}
			for i, o := range v.Shadowed {
				if w := words[len(words)-2-i]; o.Layer != w.layer || o.Value != w.value {
					rt.Fatalf("%s: shadowed %d is %+v, want %+v", k, i, o, w)
				}
			}
			if wantReset := ever && last.layer == Default; (v.State == Reset) != wantReset {
				rt.Fatalf("%s: state %s", k, v.State)
			}
		}
		again, err := Compile(s)
		if err != nil || !cmp.Equal(e, again, cmp.Comparer(func(a, b secret.Ref) bool { return a == b })) {
			rt.Fatal("equal stacks compile differently")
		}
	})
}

func FuzzExpand(f *testing.F) {
	f.Add("%ITCS_A%%ITCS_B%", "x", "%ITCS_A%")
	f.Add("%ITCS_", "", "%")
	f.Fuzz(func(t *testing.T, s, a, b string) {
		out, err := expand(s, map[string]string{"A": a, "B": b}, 0)
		if err == nil && len(out) > len(s)+1<<16 {
			t.Fatalf("grew to %d bytes", len(out))
		}
	})
}
