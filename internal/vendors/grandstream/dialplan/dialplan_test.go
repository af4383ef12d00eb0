package dialplan_test

import (
	"strings"
	"testing"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors/grandstream/dialplan"
)

// The guide's three readable examples, with the pipes and the anchor that they
// lost in print, and its home-office plan as far as it can be told; then the
// grammar one by one.
func TestPlan_Match(t *testing.T) {
	t.Parallel()
	const (
		one    = "{[369]11 | 1617xxxxxxx}"
		two    = "{^1900x+ | <=1617>xxxxxxx}"
		three  = "{1xxx[2-9]xxxxxx | <2=011>x+}"
		office = "{ ^1900x. | <=1617>[2-9]xxxxxx | 1[2-9]xx[2-9]xxxxxx | 011[2-9]x. | [3469]11 }"
	)
	for _, tc := range []struct{ plan, number, want string }{ // "" is not dialled
		{one, "311", "311"}, {one, "611", "611"}, {one, "911", "911"}, {one, "16175550100", "16175550100"},
		{one, "411", ""}, {one, "1617555010", ""}, {one, "161755501001", ""}, {one, "", ""},
		{two, "19005550100", ""}, {two, "1900", ""}, {two, "5550100", "16175550100"}, {two, "55501001", ""},
		{three, "16175550100", "16175550100"}, {three, "16171550100", ""}, {three, "2441234", "011441234"}, {three, "2", ""},
		{office, "19005550100", ""}, {office, "1900", ""}, {office, "5550100", "16175550100"}, {office, "16175550100", "16175550100"},
		{office, "011442071838750", "011442071838750"}, {office, "911", "911"}, {office, "112", ""},
		{"{ x+ | +x+ | *x+ | *xx*x+ }", "112", "112"}, {"{ x+ | +x+ | *x+ | *xx*x+ }", "+4912", "+4912"}, {"{ x+ | \\+x+ | *x+ | *xx*x+ }", "112", "112"}, {"{ x+ | \\+x+ | *x+ | *xx*x+ }", "+44123", "+44123"},
		{"{ x+ | \\+x+ | *x+ | *xx*x+ }", "*67*123", "*67*123"}, {"{ x+ | \\+x+ | *x+ | *xx*x+ }", "#1", ""},
		{"{xx+}", "1", ""}, {"{xx+}", "12", "12"}, {"{xx+}", "123", "123"}, {"{xx}", "123", ""}, {"{x.}", "", ""},
		{"{XX}", "AA", "AA"}, {"{XX}", "1C", "1C"}, {"{XX}", "f5", "f5"}, {"{XX}", "68", "68"}, {"{XX}", "6#", ""},
		{"{test}", "test", "test"}, {"{test}", "tests", ""}, {"{[147]x}", "45", "45"}, {"{[147]x}", "55", ""}, {"{[1-37]}", "7", "7"}, {"{[1-37]}", "2", "2"}, {"{[1-37]}", "5", ""},
		{"{x+ | ^0x+}", "0123", ""}, {"{<0=>x+}", "0123", "123"}, {"{0<x=9>1}", "051", "091"}, {"{\\x+}", "x", "x"}, {"{\\x+}", "5", ""},
		{"x+", "5", "5"}, {"", "anything", "anything"}, {"{}", "112", "112"}, {"{*++}", "**", "**"}, {"{ 1 1 2 }", "112", "112"}, {"{+x+}", "+44", "+44"}, {"{+x+}", "44", ""},
	} {
		p, err := dialplan.Parse(tc.plan)
		if err != nil {
			t.Errorf("%s: %v", tc.plan, err)
			continue
		}
		if got, ok := p.Match(tc.number); got != tc.want || ok != (tc.want != "" || tc.plan == "{x.}") {
			t.Errorf("%s dials %q as %q, %t; want %q", tc.plan, tc.number, got, ok, tc.want)
		}
	}
}

func TestParse_refuses(t *testing.T) {
	t.Parallel()
	for _, plan := range []string{
		"{x+", "{|}", "{x|}", "{x||y}", "{[]}", "{[x}", "{[5-3]}", "{[3-]}", "{.x}", "{^}", "{<2>x}", "{<2=011x}", "{<2=0|1>x}",
		"{x]}", "{x>}", "{2=3}", "{\\", "{\\}", "{x^}", "{{x}}", "{x}}", "\xff", strings.Repeat("x", limit.DialPlanBytes+1),
	} {
		if _, err := dialplan.Parse(plan); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.40q: error = %v", plan, err)
		}
	}
}

// What a plan says is the same each time, whatever it is asked.
func FuzzParse(f *testing.F) {
	f.Add("{ ^1900x. | <=1617>[2-9]xxxxxx | 011[2-9]x. | [3469]11 }", "911")
	f.Add("{\\+x+|X.<x+=1>}", "+44")
	f.Fuzz(func(t *testing.T, plan, number string) {
		p, err := dialplan.Parse(plan)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		a, ok := p.Match(number)
		if b, again := p.Match(number); a != b || ok != again || !ok && a != "" {
			t.Fatalf("%q, %t and then %q, %t", a, ok, b, again)
		}
	})
}
