package grandstream_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"bellwether/internal/domain/param"
	"bellwether/internal/phone"
)

// TestPhone_keeps hands a virtual phone every setting of a feature, takes the
// file away and restarts it: the phone took each of them as it was meant and
// holds it still. Of many, such as VLAN, MTU or brightness, nobody beside the
// phone can see more.
func TestPhone_keeps(t *testing.T) {
	t.Parallel()
	features := map[string][]param.Key{}
	for _, row := range featureRows(t) {
		features[row[0]] = append(features[row[0]], param.Key(row[1]))
	}
	t.Logf("%d features", len(features))
	for id, keys := range features {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { keptByStation(t, newStation(t), keys) })
		})
	}
}

func keptByStation(t *testing.T, s *station, keys []param.Key) {
	c, to := vendor(t).Catalog(), toAlias("GHP621W")
	var told []string
	want := map[string]string{}
	for _, k := range keys {
		row, _, _ := c.On(k, to)
		all := edges(row)
		value := all[len(all)-1]
		if row.Type == param.IP {
			value = "2001:db8::1"
		}
		if row.Type == param.PEM {
			value = s.roots
		}
		told = append(told, string(k), value)
		v, _ := c.Normalize(k, value)
		name, spelled, _ := c.Spell(k, v, to)
		want[name] = spelled
	}
	s.tell(told...)
	p := s.phone(func(c *phone.Config) { c.Web, c.Beside = nil, false })
	synctest.Wait()
	if st := p.Status(); st.Applied != 1 || len(st.Ignored) > 0 {
		t.Fatalf("the phone passes over %v: %s", st.Ignored, st.LastError)
	}
	s.tell("hotel.name", "A")
	p.Reboot()
	synctest.Wait()
	held := p.Settings()
	for name, value := range want {
		if strings.TrimSpace(held[name]) != strings.TrimSpace(value) && name != "hotel.name" {
			t.Errorf("after a restart %s is %q, want %q", name, held[name], value)
		}
	}
}
