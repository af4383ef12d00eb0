package manager

import (
	"strings"
	"testing"

	"bellwether/internal/platform/limit"
)

func TestPolicyOf(t *testing.T) {
	t.Parallel()
	org := []Rule{{Key: "*", Policy: Enforce}, {Key: "account.*", Policy: Monitor}, {Key: "account.1.name", Policy: Ignore}}
	own := []Rule{{Key: "audio.*", Policy: Ignore}}
	for _, tc := range []struct {
		key  string
		own  []Rule
		org  []Rule
		want Policy
	}{
		{"account.1.name", nil, nil, Monitor},
		{"account.1.name", own, org, Ignore},
		{"account.1.name.more", own, org, Monitor},
		{"account.2.name", own, org, Monitor},
		{"audio.volume.ring", own, org, Ignore},
		{"audio.volume.ring", nil, org, Enforce},
		{"audiox", own, org, Enforce},
		{"anything", []Rule{{Key: "*", Policy: Monitor}}, org, Monitor},
	} {
		if got := policyOf(tc.key, tc.own, tc.org); got != tc.want {
			t.Errorf("%s is %s, not %s", tc.key, got, tc.want)
		}
	}
}

func TestCheckRules(t *testing.T) {
	t.Parallel()
	for name, rules := range map[string][]Rule{
		"no key":                {{Policy: Monitor}},
		"a star in the middle":  {{Key: "a.*.b", Policy: Monitor}},
		"a star without a dot":  {{Key: "account*", Policy: Monitor}},
		"a key with a space":    {{Key: "a b", Policy: Monitor}},
		"twice":                 {{Key: "a", Policy: Monitor}, {Key: "a", Policy: Ignore}},
		"a policy that is none": {{Key: "a", Policy: "sometimes"}},
		"a key that is long":    {{Key: strings.Repeat("a", limit.KeyBytes+1), Policy: Monitor}},
		"too many":              make([]Rule, limit.DriftRules+1),
	} {
		if len(checkRules(rules)) == 0 {
			t.Errorf("%s is taken", name)
		}
	}
	if wrong := checkRules([]Rule{{Key: "*", Policy: Enforce}, {Key: "account.*", Policy: Monitor}, {Key: "account.1.name", Policy: Ignore}}); len(wrong) > 0 {
		t.Errorf("good rules: %v", wrong)
	}
}
