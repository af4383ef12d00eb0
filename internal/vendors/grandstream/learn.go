package grandstream

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors"
)

// Learn reads what a phone or its maker gives away: the list of names that newer
// firmware offers, a template of the maker, or a phone's own configuration in any
// form that Parse reads. Values of settings that are known to be secrets, or that
// nothing is known of but a number, are not kept. What a comment calls the
// default is one; what a phone holds is one only where the lesson says that the
// phone was fresh from the box.
//
// It fails with fault.Invalid for anything else and beyond the limits.
func (v *Vendor) Learn(l vendors.Lesson) ([]param.Learned, error) {
	if len(l.Data) > limit.ImportBytes {
		return nil, fault.New(fault.Invalid, "the file is larger than %d bytes", limit.ImportBytes)
	}
	n := notes{vendor: v, lesson: l}
	var err error
	switch text := bytes.TrimSpace(l.Data); {
	case len(text) > 0 && text[0] == '[':
		err = n.names(text)
	case isTemplate(text):
		err = n.template(string(text))
	default:
		err = n.export()
	}
	if err != nil {
		return nil, err
	}
	return n.out, nil
}

// notes collects what a lesson teaches.
type notes struct {
	vendor *Vendor
	lesson vendors.Lesson
	out    []param.Learned
}

func (n *notes) add(l param.Learned) error {
	if len(n.out) == limit.Learned {
		return fault.New(fault.Invalid, "more than %d settings", limit.Learned)
	}
	l.Model, l.Family, l.Firmware = n.lesson.Model, n.lesson.Family, n.lesson.Firmware
	l.Source = n.lesson.Name
	to := param.Target{Dialect: l.Dialect, Family: l.Family, Model: l.Model, Firmware: l.Firmware}
	c := n.vendor.catalog
	if k, _, ok := c.Unspell(l.Name, "", to); ok {
		l.Key = k
	} else if _, _, ok := c.Lookup(param.Key(strings.ToLower(l.Alias))); ok && l.Alias != "" {
		l.Key = param.Key(strings.ToLower(l.Alias))
	} else if _, _, ok := c.Lookup(param.Key(strings.ToLower(l.Name))); ok {
		l.Key = param.Key(strings.ToLower(l.Name))
	}
	if !n.mayKeep(l) {
		l.Value, l.HasValue, l.Default = "", false, false
	}
	n.out = append(n.out, l)
	return nil
}

// mayKeep reports whether a value is safe to keep: of a setting that is known
// and no secret, or of an alias that does not sound like one.
func (n *notes) mayKeep(l param.Learned) bool {
	if p, _, ok := n.vendor.catalog.Lookup(l.Key); ok {
		return !p.IsSecret()
	}
	name := l.Name
	if isPValue(name) {
		name = l.Alias
	}
	return name != "" && !param.LooksSecret(name)
}

// names reads the list that phones offer: [{"pvalue":"35","alias":"account.1.sip.userid"}, …].
func (n *notes) names(text []byte) error {
	var list []struct {
		PValue json.RawMessage `json:"pvalue"`
		Alias  string          `json:"alias"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return fault.New(fault.Invalid, "the list of names cannot be read: %v", err)
	}
	for i, e := range list {
		number := strings.TrimPrefix(strings.Trim(string(e.PValue), `"`), "P")
		if number == "null" {
			number = ""
		}
		if number != "" && !isPValue("P"+number) || e.Alias != "" && !isAlias(e.Alias) || number+e.Alias == "" {
			return fault.New(fault.Invalid, "entry %d of the list of names is neither a P-value nor an alias", i+1)
		}
		if number != "" {
			if err := n.add(param.Learned{Dialect: dialectP, Name: "P" + number, Alias: e.Alias}); err != nil {
				return err
			}
		}
		if e.Alias != "" {
			if err := n.add(param.Learned{Dialect: dialectAlias, Name: e.Alias, Alias: e.Alias}); err != nil {
				return err
			}
		}
	}
	return nil
}

// export reads a phone's own configuration.
func (n *notes) export() error {
	d, err := n.vendor.Parse(vendors.Config, n.lesson.Data)
	if err != nil {
		return err
	}
	for _, s := range d.Values {
		if err := n.add(param.Learned{Dialect: d.Target.Dialect, Name: s.Name, Value: s.Value, HasValue: true, Default: n.lesson.Factory}); err != nil {
			return err
		}
	}
	return nil
}

// isTemplate knows a maker's template by its comments: lines that begin with #
// above P-values, or XML comments that name a P-value or a default.
func isTemplate(text []byte) bool {
	head := text[:min(len(text), 64<<10)]
	if !utf8.Valid(text) {
		return false
	}
	if looksText(head) {
		return bytes.Contains(head, []byte("\n#")) || bytes.HasPrefix(head, []byte("#"))
	}
	low := bytes.ToLower(head)
	return bytes.Contains(low, []byte("<!--")) && (bytes.Contains(low, []byte("pvalue")) || bytes.Contains(low, []byte("default is")))
}

// template reads a maker's template line by line: it need not be whole XML, and
// seldom is. A comment tells of the setting that follows it.
//
//	# Account Active. 0 - No, 1 - Yes. Default is 0        <!-- Pvalue P271 -->
//	P271 = 0                                               <item name="account.1.enable">No</item>
func (n *notes) template(text string) error {
	var c comment
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "<!--"); ok {
			said, after, _ := strings.Cut(rest, "-->")
			c.hear(said)
			line = strings.TrimSpace(after)
		}
		switch {
		case line == "":
		case line[0] == '#':
			c.hear(line)
		default:
			name, value, ok := templateSetting(line)
			if ok {
				if err := n.teach(name, value, c); err != nil {
					return err
				}
			}
			c = comment{}
		}
	}
	return nil
}

// teach takes a setting of a template. Its value there is the maker's example,
// not what a phone holds.
func (n *notes) teach(name, value string, c comment) error {
	l := param.Learned{Name: name, Dialect: dialectAlias, Alias: name}
	if isPValue(name) {
		l.Dialect, l.Alias, l.Name = dialectP, "", strings.ToUpper(name)
	}
	if c.hasDefault {
		l.Value, l.HasValue, l.Default = c.value, true, true
	} else {
		l.Value, l.HasValue, l.Default = value, true, n.lesson.Factory
	}
	if err := n.add(l); err != nil {
		return err
	}
	if c.pvalue == "" || l.Dialect == dialectP {
		return nil
	}
	return n.add(param.Learned{Dialect: dialectP, Name: c.pvalue, Alias: name})
}

// templateSetting reads "P271 = 0", "<P271>0</P271>" and "<item name="a.b">x</item>".
func templateSetting(line string) (name, value string, ok bool) {
	if name, value, ok = strings.Cut(line, "="); ok && isPValue(strings.TrimSpace(name)) {
		return strings.TrimSpace(name), strings.TrimSpace(value), true
	}
	tag, rest, ok := strings.Cut(strings.TrimPrefix(line, "<"), ">")
	if !ok || !strings.HasPrefix(line, "<") {
		return "", "", false
	}
	value, _, _ = strings.Cut(rest, "<")
	tag = strings.TrimSuffix(tag, "/")
	if isPValue(tag) {
		return tag, plainText(value), true
	}
	if _, quoted, named := strings.Cut(tag, `name="`); named && strings.HasPrefix(tag, "item") {
		name, _, _ = strings.Cut(quoted, `"`)
		return name, plainText(value), isAlias(name) && !isPValue(name)
	}
	return "", "", false
}

// plainText undoes the escapes of XML.
func plainText(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&").Replace(s)
}

// comment is what the comments above a setting say.
type comment struct {
	pvalue     string
	value      string
	hasDefault bool
}

// hear takes "Pvalue P271", "Pvalue: 271" and "Default is 5060." out of a comment.
func (c *comment) hear(said string) {
	words := strings.FieldsFunc(said, func(r rune) bool { return r == ' ' || r == '\t' || r == ':' || r == '=' })
	for i := 0; i+1 < len(words); i++ {
		next := words[i+1]
		switch strings.ToLower(words[i]) {
		case "pvalue", "p-value":
			if number := strings.TrimPrefix(strings.ToUpper(strings.Trim(next, ".,;")), "P"); isPValue("P" + number) {
				c.pvalue = "P" + number
			}
		case "default":
			if strings.EqualFold(next, "is") && i+2 < len(words) {
				c.holds(words[i+2])
			}
		}
	}
}

// holds takes a default only where it is one plain word or number: sentences
// that go on are for people.
func (c *comment) holds(word string) {
	word = strings.TrimRight(word, ".,;")
	if word == "" || len(word) > 40 {
		return
	}
	_, err := strconv.Atoi(word)
	if err != nil && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return
	}
	if err != nil && len(word) < 2 {
		return
	}
	c.value, c.hasDefault = word, true
}
