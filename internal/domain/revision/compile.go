package revision

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/domain/account"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/placeholder"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
)

// Stack is everything that decides a device's config. Compile reads nothing else.
type Stack struct {
	Catalog      *param.Catalog
	Target       param.Target
	Defaults     []param.Setting   // the catalog's for the target; nil: Compile asks for them
	IsName       func(string) bool // whether a text is a well-formed name in the target's dialect; nil: none is
	Lines        int               // how many lines the model has; 0: as many as there are accounts
	Layers       []BoundSource     // weakest first; model to override
	Accounts     []BoundLine       // by line
	Placeholders map[string]string
	Ever         map[param.Key]string // what was ever delivered, with its last value
	Global       *Global              // nil: one file holds all
}

// BoundSource is one source version in its place.
type BoundSource struct {
	Layer    Layer
	SourceID string
	Name     string
	Version  int
	Items    []template.Item
	Author   string // who bound it
}

// BoundLine is an account on a line as it was pushed; its password is pinned.
type BoundLine struct {
	Line      int        `json:"line"`
	AccountID string     `json:"account"`
	Server    string     `json:"server"`
	UserID    string     `json:"user"`
	AuthID    string     `json:"auth"`
	Name      string     `json:"name,omitempty"`
	Password  secret.Ref `json:"password,omitempty"`
	Author    string     `json:"author,omitempty"`
	At        int64      `json:"at,omitempty"`

	// On a base for handsets; see compile_base.go.
	Profile  int                   `json:"profile,omitempty"`
	Mode     string                `json:"mode,omitempty"`
	Handsets []account.HandsetLine `json:"handsets,omitempty"`
}

// Compile works out the effective config. It is pure: equal stacks give equal
// results. It fails with Invalid where a placeholder does not resolve; that
// concerns this device alone.
func Compile(s Stack) (Effective, error) {
	c := compiler{stack: s, at: make(map[param.Key]*Value, 128)}
	if s.Defaults == nil {
		s.Defaults = s.Catalog.Defaults(s.Target)
	}
	for _, d := range s.Defaults {
		c.at[d.Key] = &Value{Key: d.Key, State: Set, Origin: Origin{Layer: Default, Source: d.Evidence, Value: d.Value}}
	}
	for _, l := range s.Layers {
		if l.Layer == Left {
			c.leave(l)
			continue
		}
		if err := c.takeLayer(l); err != nil {
			return Effective{}, err
		}
	}
	for _, l := range s.Accounts {
		c.takeLine(l)
	}
	c.takeHandsets(s.Accounts)
	c.takeAway()
	return c.result(), nil
}

type compiler struct {
	stack Stack
	at    map[param.Key]*Value
	left  map[param.Key]Origin // what an ended redirection said: the phone keeps it
	over  map[param.Key]bool   // said for lines that the phone does not have
}

func (c *compiler) takeLayer(l BoundSource) error {
	for _, it := range l.Items {
		if p, _, ok := c.stack.Catalog.Lookup(it.Key); ok && p.Role.Identity() && l.Layer != ConfigFile {
			continue // the line owns it; only a complete file may hold it, below the line
		}
		v, err := c.resolve(it, 0)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "%s in %s %q", it.Key, l.Layer, l.Name)
		}
		c.put(it.Key, Origin{Layer: l.Layer, SourceID: l.SourceID, Source: l.Name, SourceVersion: l.Version, Value: v, Secret: secret.Ref(it.Secret), Private: it.Private, Author: it.Author, At: it.At})
	}
	return nil
}

// resolve puts the placeholders in and checks what comes out.
func (c *compiler) resolve(it template.Item, depth int) (string, error) {
	if !strings.Contains(it.Value, placeholder.Open) {
		return it.Value, nil
	}
	v, err := expand(it.Value, c.stack.Placeholders, depth)
	if err != nil {
		return "", err
	}
	return c.stack.Catalog.Normalize(it.Key, v)
}

func (c *compiler) put(k param.Key, o Origin) {
	v := c.at[k]
	if v == nil {
		c.at[k] = &Value{Key: k, State: Set, Origin: o}
		return
	}
	v.Shadowed = append([]Origin{v.Origin}, v.Shadowed...)
	v.Origin = o
}

func (c *compiler) takeLine(l BoundLine) {
	auth := l.AuthID
	if auth == "" {
		auth = l.UserID
	}
	host, port := l.Server, ""
	if _, apart := c.stack.Catalog.ByRole(param.LineServerPort, l.Line); apart {
		host, port = serverPort(l.Server)
	}
	words := []lineWord{
		{param.LineEnabled, l.Line, "yes", ""}, {param.LineUseServer, 0, "yes", ""}, {param.LineRegister, 0, "yes", ""}, {param.LineUserID, l.Line, l.UserID, ""}, {param.LineAuthID, l.Line, auth, ""},
		{param.LinePassword, l.Line, "", l.Password}, {param.LineName, l.Line, l.Name, ""},
	}
	if c.hasProfiles(l.Line) {
		words = append(words, c.baseWords(l)...)
	} else {
		words = append(words, lineWord{param.LineServer, l.Line, host, ""}, lineWord{param.LineServerPort, l.Line, port, ""})
	}
	for _, w := range words {
		k, ok := c.stack.Catalog.ByRole(w.role, w.index)
		if !ok || w.value == "" && w.secret == "" || !w.role.Identity() && c.above(k, Line) {
			continue
		}
		if n, err := c.stack.Catalog.Normalize(k, w.value); err == nil {
			w.value = n
		}
		if v := c.at[k]; v != nil && v.Layer == Line {
			continue // another account of the same profile has said it
		}
		c.put(k, Origin{Layer: Line, SourceID: l.AccountID, Source: l.UserID, Value: w.value, Secret: w.secret, Author: l.Author, At: millis(l.At)})
		if c.stack.Lines > 0 && l.Line > c.stack.Lines {
			c.tooMuch(k)
		}
	}
}

// tooMuch notes a key of a line that the phone does not have.
func (c *compiler) tooMuch(k param.Key) {
	if c.over == nil {
		c.over = map[param.Key]bool{}
	}
	c.over[k] = true
}

// lineWord is what a line says of a role.
type lineWord struct {
	role   param.Role
	index  int
	value  string
	secret secret.Ref
}

// serverPort parts a server from its port, for phones that write them apart. A
// server without one is at SIP's own (RFC 3261 §19.1.2): written out, so that a
// phone does not keep an earlier one.
func serverPort(server string) (host, port string) {
	if host, port, err := net.SplitHostPort(server); err == nil {
		return host, port
	}
	if server == "" {
		return "", ""
	}
	return strings.Trim(server, "[]"), "5060"
}

// above reports whether a stronger word than a plain line's stands on the key:
// a display name that an operator overrode stays.
func (c *compiler) above(k param.Key, _ Layer) bool {
	v := c.at[k]
	return v != nil && v.Layer == Override
}

// takeAway keeps what was once delivered and is absent now: phones keep what a
// newer file no longer mentions.
func (c *compiler) takeAway() {
	for k, kept := range c.stack.Ever {
		v := c.at[k]
		if v != nil && v.Layer != Default {
			continue
		}
		if c.switchedOff(k) {
			continue
		}
		from, stays := c.left[k]
		if v != nil && !stays {
			v.State = Reset
			continue
		}
		c.at[k] = &Value{Key: k, State: Residue, Kept: kept, Origin: from, Why: whyLeft(from)}
	}
}

// leave notes what an ended redirection said. A profile's value is no default's
// rival any more, but a phone is not told to forget it: deleting a profile or an
// association changes no phone.
func (c *compiler) leave(l BoundSource) {
	if c.left == nil {
		c.left = map[param.Key]Origin{}
	}
	for _, it := range l.Items {
		c.left[it.Key] = Origin{Layer: Left, SourceID: l.SourceID, Source: l.Name, SourceVersion: l.Version, Private: true, Author: it.Author, At: it.At}
	}
}

func whyLeft(o Origin) string {
	if o.Layer != Left {
		return ""
	}
	return "the redirection profile " + strconv.Quote(o.Source) + " is no longer assigned; the phone keeps what it was told"
}

func (c *compiler) result() Effective {
	keys := make([]param.Key, 0, len(c.at))
	for k := range c.at {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	out := Effective{Values: make([]Value, len(keys))}
	for i, k := range keys {
		v := c.at[k]
		c.spell(v)
		out.Values[i] = *v
	}
	if c.stack.Global != nil {
		c.part(&out)
	}
	return out
}

func (c *compiler) spell(v *Value) {
	if v.State == Residue {
		return
	}
	if v.Layer == Line && c.over[v.Key] {
		v.Undeliverable, v.Why = true, c.fewLines()
		return
	}
	name, spelled, ok := c.stack.Catalog.Spell(v.Key, v.Value, c.stack.Target)
	if !ok {
		name, spelled, ok = c.asTyped(v)
	}
	if !ok {
		v.Undeliverable = v.Layer != Default
		if v.Undeliverable {
			v.Why = c.untold(v)
		}
		return
	}
	v.Name, v.Spelled = name, spelled
	if v.Secret != "" {
		v.Spelled = ""
	}
}

// asTyped spells a key that no catalog has: a name in the target's own form is
// told to the phone as it was typed (ruling 23). One that the phone knows as
// another key's name is not: two words for one setting would contradict.
func (c *compiler) asTyped(v *Value) (name, spelled string, ok bool) {
	name = string(v.Key)
	if v.Layer == Redirection {
		return "", "", false // a role that the vendor has no key for
	}
	if _, _, known := c.stack.Catalog.Lookup(v.Key); known || c.stack.IsName == nil || !c.stack.IsName(name) {
		return "", "", false
	}
	if _, _, taken := c.stack.Catalog.Unspell(name, v.Value, c.stack.Target); taken {
		return "", "", false
	}
	v.Unlisted, v.Why = true, "no catalog has this key; the phone gets it as it was typed"
	return name, v.Value, true
}

// untold is the reason why a value has no words for the phone.
func (c *compiler) untold(v *Value) string {
	cat, t := c.stack.Catalog, c.stack.Target
	if _, _, known := cat.Lookup(v.Key); !known && v.Layer == Redirection {
		return "this phone has no such setting"
	} else if !known {
		if k, _, taken := cat.Unspell(string(v.Key), v.Value, t); taken {
			return "this phone knows the name as " + string(k) + "; set that one"
		}
		return "no catalog has this key, and it is no name that this phone's files can hold"
	}
	since, until := cat.Firmwares(v.Key, t)
	switch {
	case since != "":
		return "needs firmware " + since + "; the phone has " + t.Firmware
	case until != "":
		return "went away after firmware " + until + "; the phone has " + t.Firmware
	case cat.Spelled(v.Key, t):
		if takes := cat.Accepts(v.Key, t); takes != "" {
			return "this phone has no word for this value; it takes " + takes
		}
		return "this phone has no word for this value"
	}
	return "this phone has no such setting"
}

// fewLines is the reason why a line's words stay behind.
func (c *compiler) fewLines() string {
	if c.stack.Lines == 1 {
		return "this phone has one line alone"
	}
	return "this phone has only " + strconv.Itoa(c.stack.Lines) + " lines"
}

// Entries are what a revision holds of an effective config: all but untouched
// defaults.
func (e Effective) Entries() []Entry {
	var out []Entry
	for _, v := range e.Values {
		if v.Layer == Default && v.State == Set {
			continue
		}
		en := Entry{Key: v.Key, Name: v.Name, Value: v.Spelled, Secret: v.Secret, Global: v.Global}
		if v.State != Set {
			en.State = v.State
		}
		if v.State == Residue {
			en.Value, en.Left = v.Kept, v.Layer == Left
		} else if v.Undeliverable {
			en.Value = v.Value
		}
		out = append(out, en)
	}
	return out
}
