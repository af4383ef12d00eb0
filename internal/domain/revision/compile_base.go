package revision

import (
	"strconv"

	"bellwether/internal/domain/param"
)

// hasProfiles reports whether the phone is a base whose accounts take their
// server from a profile.
func (c *compiler) hasProfiles(line int) bool {
	k, ok := c.stack.Catalog.ByRole(param.LineProfile, line)
	return ok && c.stack.Catalog.Spelled(k, c.stack.Target)
}

// baseWords are what a base is told of an account: its profile with the server,
// and which handsets ring. No mode means the base's own default, written out, so
// that a base does not keep an earlier one.
func (c *compiler) baseWords(l BoundLine) []lineWord {
	profile := max(1, l.Profile)
	mode := l.Mode
	if k, ok := c.stack.Catalog.ByRole(param.LineMode, l.Line); ok && mode == "" {
		d, _ := c.stack.Catalog.Default(k, c.stack.Target)
		mode = d.Value
	}
	return []lineWord{
		{param.ProfileEnabled, profile, "yes", ""}, {param.ProfileServer, profile, l.Server, ""},
		{param.LineProfile, l.Line, strconv.Itoa(profile), ""}, {param.LineMode, l.Line, mode, ""},
	}
}

// takeHandsets tells every line of every handset its account, or none, as soon as
// one handset was given a line: otherwise the base's own table stands.
func (c *compiler) takeHandsets(lines []BoundLine) {
	given := map[[2]int]BoundLine{}
	for _, l := range lines {
		for _, h := range l.Handsets {
			given[[2]int{h.Handset, h.Line}] = l
		}
	}
	if len(given) == 0 {
		return
	}
	for handset := 1; ; handset++ {
		role := param.HandsetLine(handset)
		if _, ok := c.stack.Catalog.ByRole(role, 1); !ok {
			return
		}
		for n := 1; ; n++ {
			k, ok := c.stack.Catalog.ByRole(role, n)
			if !ok {
				break
			}
			l := given[[2]int{handset, n}]
			c.put(k, Origin{Layer: Line, SourceID: l.AccountID, Source: l.UserID, Value: strconv.Itoa(l.Line), Author: l.Author, At: millis(l.At)})
		}
	}
}

// switchedOff delivers "no" for the switch of a line or a profile that nothing
// stands on any more, whatever the phone holds out of the box: it would go on
// registering with what it keeps of the account.
func (c *compiler) switchedOff(k param.Key) bool {
	p, _, ok := c.stack.Catalog.Lookup(k)
	if !ok || p.Role != param.LineEnabled && p.Role != param.ProfileEnabled {
		return false
	}
	v := c.at[k]
	if v == nil {
		v = &Value{Key: k, Origin: Origin{Layer: Default}}
		c.at[k] = v
	}
	v.Value, v.Source, v.State = "no", "nothing stands on it any more", Reset
	return true
}
