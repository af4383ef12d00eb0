package grandstream_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/vendors/grandstream/dialplan"
)

// plans are the guide's "Dial plan" page: what is dialled ("" for nothing) by
// each of its rules and examples, for the phone and for our own matcher.
func plans() map[string][][3]string {
	const (
		one    = "{[369]11 | 1617xxxxxxx}"
		two    = "{^1900x+ | <=1617>xxxxxxx}"
		three  = "{1xxx[2-9]xxxxxx | <2=011>x+}"
		office = "{ ^1900x. | <=1617>[2-9]xxxxxx | 1[2-9]xx[2-9]xxxxxx | 011[2-9]x. | [3469]11 }"
	)
	return map[string][][3]string{
		"GH-CAL-010": {{"{0123456789*#AaBbCcDd}", "0123456789*#AaBbCcDd", "0123456789*#AaBbCcDd"}, {"{ x+ | *x+ | #x }", "*72", "*72"}, {"{ x+ | *x+ | #x }", "#7", "#7"}, {"{ x+ | *x+ | #x }", "A7", ""}, {"{[A-Da-d]x}", "b7", "b7"}, {"{[A-Da-d]x}", "e7", ""}},
		"GH-CAL-011": {{"{x}", "7", "7"}, {"{x}", "a", ""}, {"{x}", "*", ""}, {"{X}", "7", "7"}, {"{X}", "a", "a"}, {"{X}", "Z", "Z"}, {"{X}", "*", ""}, {"{XX}", "Ab", "Ab"}, {"{XX}", "1C", "1C"}, {"{XX}", "f5", "f5"}, {"{XX}", "68", "68"}},
		"GH-CAL-012": {{"{xx+}", "1", ""}, {"{xx+}", "12", "12"}, {"{xx+}", "123456", "123456"}, {"{xx}", "12", "12"}, {"{xx}", "1", ""}, {"{xx}", "123", ""}, {"{9x.}", "9", "9"}, {"{9x.}", "91234", "91234"}},
		"GH-CAL-013": {{"{test}", "test", "test"}, {"{test}", "tesx", ""}, {"{test}", "tests", ""}, {"{^9x+ | x+}", "91", ""}, {"{^9x+ | x+}", "81", "81"}, {"{x+ | ^9x+}", "91", ""}},
		"GH-CAL-014": {{"{[3-5]x}", "31", "31"}, {"{[3-5]x}", "41", "41"}, {"{[3-5]x}", "51", "51"}, {"{[3-5]x}", "61", ""}, {"{[147]x}", "11", "11"}, {"{[147]x}", "41", "41"}, {"{[147]x}", "71", "71"}, {"{[147]x}", "21", ""}},
		"GH-CAL-015": {{"{<2=011>x+}", "244", "01144"}, {"{<2=011>x+}", "344", ""}, {"{<=1617>xxxxxxx}", "5550100", "16175550100"}, {"{<=1617>xxxxxxx}", "555010", ""}},
		"GH-CAL-016": {{"{11|22}", "11", "11"}, {"{11|22}", "22", "22"}, {"{11|22}", "1122", ""}, {"{ 11 | 22 }", "22", "22"}, {"{11}", "22", ""}},
		"GH-CAL-017": {{one, "311", "311"}, {one, "611", "611"}, {one, "911", "911"}, {one, "411", ""}, {one, "16175550100", "16175550100"}, {one, "161755501001", ""}, {one, "1617555010", ""}},
		"GH-CAL-018": {{two, "19005550100", ""}, {two, "1900", ""}, {two, "5550100", "16175550100"}, {two, "55501001", ""}},
		"GH-CAL-019": {{three, "16175550100", "16175550100"}, {three, "16171550100", ""}, {three, "2441234", "011441234"}, {three, "3441234", ""}},
		"GH-CAL-020": {{office, "19005550100", ""}, {office, "5550100", "16175550100"}, {office, "1550100", ""}, {office, "16175550100", "16175550100"}, {office, "011442071838750", "011442071838750"}, {office, "011142", ""}, {office, "911", "911"}, {office, "112", ""}},
	}
}

func planRows() map[string]func(*testing.T) {
	out := map[string]func(*testing.T){}
	for id, list := range plans() {
		out[id] = func(t *testing.T) {
			for _, row := range list {
				plan, number, want := row[0], row[1], row[2]
				r := with(t, "account.1.call.dialplan", plan).ready()
				_, err := r.phone.Call(phone.Order{Number: number})
				synctest.Wait()
				m := r.pbx.within("INVITE", time.Second)
				switch {
				case want == "" && (m != nil || err == nil):
					t.Errorf("%s lets %s through", plan, number)
				case want != "" && m == nil:
					t.Errorf("%s does not let %s through: %v", plan, number, err)
				case want != "":
					has(t, plan+" for "+number, m.start, "INVITE sip:"+escaped(want)+"@pbx.example.org ")
				}
			}
		}
	}
	return out
}

func escaped(number string) string {
	out := ""
	for _, c := range number {
		if c == '#' {
			out += "%23"
			continue
		}
		out += string(c)
	}
	return out
}

// The phone's reading of the dial plan page and the server's are two; on the
// page's own examples they agree.
func TestDialplan_against_the_virtual_phone(t *testing.T) {
	t.Parallel()
	lines := 0
	for id, list := range plans() {
		for _, row := range list {
			lines++
			p, err := dialplan.Parse(row[0])
			if err != nil {
				t.Errorf("%s: %v", id, err)
				continue
			}
			if got, _ := p.Match(row[1]); got != row[2] {
				t.Errorf("%s: %s dials %s as %q, the phone as %q", id, row[0], row[1], got, row[2])
			}
		}
	}
	if lines < 60 {
		t.Errorf("only %d lines", lines)
	}
}

// Beyond the examples plans are thrown together by chance. The phone is asked
// through its persona, which is what it dials by.
func TestDialplan_by_chance(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	pieces := []string{"x", "X", "x+", "x.", "[2-4]", "[147]+", "<2=011>", "<=16>", "<xx=9>", "1", "9", "*", "#", "+", "a", "\\x", "\\+"}
	per := persona(t, "GHP621W")
	through := 0
	for range 20000 {
		plan := ""
		for i := range 1 + r.IntN(3) {
			if i > 0 {
				plan += "|"
			}
			if r.IntN(5) == 0 {
				plan += "^"
			}
			for range 1 + r.IntN(4) {
				plan += pieces[r.IntN(len(pieces))]
			}
		}
		number := ""
		for range 1 + r.IntN(5) {
			number += string("0123479*#+ax"[r.IntN(12)])
		}
		want, allowed := "", false
		if p, err := dialplan.Parse("{" + plan + "}"); err == nil {
			want, allowed = p.Match(number)
		}
		v := per.Voice(phone.Device{}, map[string]string{"account.1.enable": "Yes", "account.1.call.dialplan": "{" + plan + "}"})
		if got, ok := v.Lines[0].Calls.Dial(number, phone.FromPage); got != want || ok != allowed {
			t.Fatalf("{%s}: we dial %s as %q, %t, the phone as %q, %t", plan, number, want, allowed, got, ok)
		}
		if allowed {
			through++
		}
	}
	if through < 500 {
		t.Errorf("only %d numbers went through", through)
	}
}
