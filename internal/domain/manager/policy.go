package manager

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

// Policy says what is done where a phone has another value than it should.
type Policy string

// The policies.
const (
	Monitor Policy = "monitor" // it is shown; what holds where nobody said otherwise
	Enforce Policy = "enforce" // the phone is told its configuration once more
	Ignore  Policy = "ignore"  // the value is the phone's own business
)

// Rule is the policy for some keys. Key is one key, a beginning with ".*" behind it, or
// "*" for all; the longer one counts, and a device's own before its organization's.
type Rule struct {
	Key    string
	Policy Policy
	Author string
	At     time.Time
}

// Extent is what rules are for: an organization, or one device in it.
type Extent struct {
	Where    access.Where
	DeviceID string // "" for all of the organization
	Name     string // of it, for the log
}

// Rules lists the rules of an organization, or of a device alone. The caller has checked
// that the actor may see it.
func (s *Service) Rules(ctx context.Context, orgID, deviceID string) (out []Rule, err error) {
	ctx = scope.AsSystem(ctx, "manager.rules")
	err = s.DB.Read(ctx, func(q db.Q) error {
		out, err = listRules(ctx, q, orgID, deviceID)
		return err
	})
	return out, err
}

// SetRules makes rules those of an organization or a device, as a whole.
func (s *Service) SetRules(ctx context.Context, e Extent, rules []Rule) error {
	if err := s.Access.Authorize(ctx, access.DeviceWrite, e.Where); err != nil {
		return err
	}
	if wrong := checkRules(rules); len(wrong) > 0 {
		return fault.InvalidFields("the policies are not valid", wrong...)
	}
	now, by := s.DB.Now(), scope.From(ctx).Actor.Name
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		before, err := listRules(ctx, tx, e.Where.OrgID, e.DeviceID)
		if err != nil {
			return err
		}
		for i, r := range rules {
			rules[i].Author, rules[i].At = by, now
			if j := slices.IndexFunc(before, func(b Rule) bool { return b.Key == r.Key && b.Policy == r.Policy }); j >= 0 {
				rules[i] = before[j]
			}
		}
		if err := saveRules(ctx, tx, e, rules); err != nil {
			return err
		}
		kind, id := "organization", e.Where.OrgID
		if e.DeviceID != "" {
			kind, id = "device", e.DeviceID
		}
		return s.Audit.Record(ctx, tx, audit.Entry{TenantID: e.Where.TenantID, OrgID: e.Where.OrgID, Action: "drift.policies", SubjectKind: kind, SubjectID: id, SubjectName: e.Name, Before: shown(before), After: shown(rules)})
	})
}

func shown(rules []Rule) map[string]Policy {
	out := map[string]Policy{}
	for _, r := range rules {
		out[r.Key] = r.Policy
	}
	return out
}

func checkRules(rules []Rule) (wrong []fault.Field) {
	if len(rules) > limit.DriftRules {
		return []fault.Field{{Path: "items", Message: "at most " + strconv.Itoa(limit.DriftRules)}}
	}
	seen := map[string]bool{}
	for i, r := range rules {
		at := "items[" + strconv.Itoa(i) + "]."
		bare := strings.TrimSuffix(strings.TrimSuffix(r.Key, "*"), ".")
		if r.Key == "" || len(r.Key) > limit.KeyBytes || strings.ContainsAny(bare, "* \t\r\n") || strings.HasSuffix(r.Key, "*") && r.Key != "*" && !strings.HasSuffix(r.Key, ".*") {
			wrong = append(wrong, fault.Field{Path: at + "key", Message: "a key, a beginning with .* behind it, or * for all"})
		} else if seen[r.Key] {
			wrong = append(wrong, fault.Field{Path: at + "key", Message: "it is there twice"})
		}
		seen[r.Key] = true
		if !slices.Contains([]Policy{Monitor, Enforce, Ignore}, r.Policy) {
			wrong = append(wrong, fault.Field{Path: at + "policy", Message: "monitor, enforce or ignore"})
		}
	}
	return wrong
}

// policyOf is what holds for a key: by the device's own rules, else by the organization's.
func policyOf(key string, own, org []Rule) Policy {
	for _, rules := range [][]Rule{own, org} {
		best := Rule{}
		for _, r := range rules {
			begins, all := strings.CutSuffix(r.Key, "*")
			if (r.Key == key || all && strings.HasPrefix(key, begins)) && len(r.Key) > len(best.Key) {
				best = r
			}
		}
		if best.Key != "" {
			return best.Policy
		}
	}
	return Monitor
}
