package revision

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/secret"
)

// word is what one layer says of a key.
type word struct {
	layer  Layer
	source string
	value  string
	secret secret.Ref
}

// draw makes stacks out of chance, and reads each by the rules as they stand in
// words: a second reading, simpler than Compile and independent of it.
type draw struct {
	*rand.Rand
	stack Stack
	said  map[param.Key][]word // weakest first
}

// drawn are the keys that stacks are made of.
func drawn() []string {
	return []string{"ntp.interval", "greeting", "unspelled", "never.heard.of", "line.1.on", "line.2.on", "line.1.user", "line.1.name", "line.2.name", "line.1.password"}
}

func (d *draw) say(k param.Key, w word) { d.said[k] = append(d.said[k], w) }

// fill draws a whole stack.
func (d *draw) fill(cat *param.Catalog) {
	d.stack = Stack{Catalog: cat, Target: param.Target{Dialect: "test"}, Placeholders: map[string]string{"A": fmt.Sprint(d.IntN(4)), "B": "b%ITCS_A%"}, Ever: map[param.Key]string{}}
	d.said = map[param.Key][]word{"ntp.interval": {{Default, "", "60", ""}}, "line.1.on": {{Default, "", "no", ""}}, "line.2.on": {{Default, "", "no", ""}}}
	for _, l := range []struct {
		layer Layer
		most  int
	}{{Model, 2}, {Site, 4}, {Group, 3}, {ConfigFile, 1}, {Override, 1}} {
		for range d.IntN(l.most + 1) {
			d.source(l.layer)
		}
	}
	for line := 1; line <= 2; line++ {
		if d.IntN(2) == 0 {
			d.line(line)
		}
	}
	for _, k := range drawn() {
		if d.IntN(3) == 0 {
			d.stack.Ever[param.Key(k)] = "old"
		}
	}
}

func (d *draw) source(l Layer) {
	id := fmt.Sprintf("source %d", len(d.stack.Layers))
	b := BoundSource{Layer: l, SourceID: id, Name: id, Version: 1 + d.IntN(5)}
	for _, k := range drawn() {
		if d.IntN(3) > 0 {
			continue
		}
		it := template.Item{Key: param.Key(k), Value: fmt.Sprint(d.IntN(4))}
		means := it.Value
		switch {
		case strings.HasSuffix(k, ".on"):
			it.Value, means = "yes", "yes"
		case strings.HasSuffix(k, ".password"):
			it.Secret, it.Value, means = fmt.Sprintf("secret:%s@%d", id, d.IntN(9)+1), "", ""
		case k == "greeting" && d.IntN(4) == 0:
			it.Value, means = "x%ITCS_B%", "xb"+d.stack.Placeholders["A"]
		}
		b.Items = append(b.Items, it)
		own := k == "line.1.user" || k == "line.1.password" // of the account on the line
		if !own || l == ConfigFile {
			d.say(it.Key, word{l, id, means, secret.Ref(it.Secret)})
		}
	}
	d.stack.Layers = append(d.stack.Layers, b)
}

func (d *draw) line(n int) {
	l := BoundLine{Line: n, AccountID: fmt.Sprintf("account %d", n), Server: "sip.example.org", UserID: fmt.Sprint(200 + d.IntN(9))}
	k := func(name string) param.Key { return param.Key(fmt.Sprintf("line.%d.%s", n, name)) }
	if !d.overridden(k("on")) {
		d.say(k("on"), word{Line, l.AccountID, "yes", ""})
	}
	d.say(k("server"), word{Line, l.AccountID, l.Server, ""})
	d.say(k("user"), word{Line, l.AccountID, l.UserID, ""})
	auth := l.UserID
	if d.IntN(2) == 0 {
		l.AuthID, auth = "auth", "auth"
	}
	d.say(k("auth"), word{Line, l.AccountID, auth, ""})
	if d.IntN(2) == 0 {
		l.Password = secret.Ref(fmt.Sprintf("secret:%s@%d", l.AccountID, d.IntN(9)+1))
		d.say(k("password"), word{Line, l.AccountID, "", l.Password})
	}
	if d.IntN(2) == 0 {
		l.Name = "Room"
		if !d.overridden(k("name")) {
			d.say(k("name"), word{Line, l.AccountID, "Room", ""})
		}
	}
	d.stack.Accounts = append(d.stack.Accounts, l)
}

// overridden reports whether the device's own word stands on a key: it is
// stronger than a line's where the line does not own the key.
func (d *draw) overridden(k param.Key) bool {
	w := d.said[k]
	return len(w) > 0 && w[len(w)-1].layer == Override
}

// check holds what Compile made of the stack against what was said.
func (d *draw) check(e Effective) error {
	seen := map[param.Key]bool{}
	for i, v := range e.Values {
		if i > 0 && e.Values[i-1].Key >= v.Key {
			return fmt.Errorf("%s does not follow %s", v.Key, e.Values[i-1].Key)
		}
		seen[v.Key] = true
		if err := d.explained(v); err != nil {
			return fmt.Errorf("%s: %w: %+v; said %+v", v.Key, err, v, d.said[v.Key])
		}
	}
	for k := range d.said {
		if !seen[k] {
			return fmt.Errorf("%s is lost", k)
		}
	}
	for k := range d.stack.Ever {
		if !seen[k] {
			return fmt.Errorf("%s was delivered once and is forgotten", k)
		}
	}
	return nil
}

func (d *draw) explained(v Value) error {
	words := d.said[v.Key]
	_, ever := d.stack.Ever[v.Key]
	if len(words) == 0 {
		if !ever || v.State != Residue || v.Kept != "old" || len(v.Shadowed) > 0 || v.Name != "" {
			return fmt.Errorf("it came from nowhere and is no plain residue")
		}
		return nil
	}
	origins := append([]Origin{v.Origin}, v.Shadowed...)
	if len(origins) != len(words) {
		return fmt.Errorf("%d origins of %d", len(origins), len(words))
	}
	slices.Reverse(origins)
	for i, o := range origins {
		w := words[i]
		if o.Layer != w.layer || o.SourceID != w.source || o.Value != w.value || o.Secret != w.secret {
			return fmt.Errorf("origin %d is %+v, want %+v", i, o, w)
		}
	}
	state := Set
	if ever && words[len(words)-1].layer == Default {
		state = Reset
	}
	_, _, spelled := d.stack.Catalog.Spell(v.Key, v.Value, d.stack.Target)
	if v.State != state || v.Undeliverable == spelled || spelled != (v.Name != "") {
		return fmt.Errorf("state %s, undeliverable %v, named %q; want %s and spelled %v", v.State, v.Undeliverable, v.Name, state, spelled)
	}
	return nil
}

// TestCompile_explains_100000_random_stacks: the explained winner is the value
// that is delivered, and every value that it shadows is listed, strongest first.
func TestCompile_explains_100000_random_stacks(t *testing.T) {
	t.Parallel()
	cat := testCatalog(t)
	const seed, stacks = 20260301, 100_000
	d := draw{Rand: rand.New(rand.NewPCG(seed, seed))}
	shadowed := 0
	for n := range stacks {
		d.fill(cat)
		e, err := Compile(d.stack)
		if err == nil {
			err = d.check(e)
		}
		if err == nil {
			err = delivered(e)
		}
		if err != nil {
			t.Fatalf("stack %d of seed %d: %v", n, seed, err)
		}
		for _, v := range e.Values {
			shadowed += len(v.Shadowed)
		}
	}
	if shadowed < stacks {
		t.Fatalf("only %d shadowed values in %d stacks", shadowed, stacks)
	}
}

// delivered checks that the revision says what the explanation says.
func delivered(e Effective) error {
	entries := map[param.Key]Entry{}
	for _, en := range e.Entries() {
		entries[en.Key] = en
	}
	for _, v := range e.Values {
		en, ok := entries[v.Key]
		untouched := v.Layer == Default && v.State == Set
		if ok == untouched {
			return fmt.Errorf("%s: in the revision %v, an untouched default %v", v.Key, ok, untouched)
		}
		if ok && v.State == Set && (en.Name != v.Name || en.Secret != v.Secret || !v.Undeliverable && en.Value != v.Spelled) {
			return fmt.Errorf("%s: the revision has %+v, explained is %+v", v.Key, en, v)
		}
	}
	return nil
}
