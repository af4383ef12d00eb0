// Package placeholder holds the values that %ITCS_Name% stands for in templates.
//
// There are four levels: the system (an organization as a whole), a model, a
// site with all below it, and a single device. The more specific one wins:
// device over site over model over system (ruling 7; seed 002 §B.2.8 names the
// levels and leaves the middle two open). A changed value reaches a phone by a
// push, never by itself.
package placeholder

import (
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Level is where a value holds.
type Level string

// The levels, weakest first.
const (
	System Level = "system"
	Model  Level = "model"
	Site   Level = "site"
	Device Level = "device"
)

// Placeholder is one value on one level.
type Placeholder struct {
	ID, TenantID, OrgID string
	Level               Level
	ScopeKey            string // model name, site id or device id; "" for System
	Name                string // without %ITCS_ and %
	Value               string
	Description         string
	CreatedAt           time.Time
	UpdatedAt           time.Time
	Version             int64
}

// Syntax of a placeholder in a value.
const (
	Open  = "%ITCS_"
	Close = "%"
)

// Input makes or changes a placeholder; nil leaves a field as it is.
type Input struct {
	Level       Level
	ScopeKey    string
	Name        *string
	Value       *string
	Description *string
}

func (p *Placeholder) apply(in Input) error {
	var wrong []fault.Field
	if in.Name != nil {
		p.Name = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(*in.Name), Open), Close)
		if !ValidName(p.Name) {
			wrong = append(wrong, fault.Field{Path: "name", Message: "1 to 64 letters, digits, _ and ."})
		}
	}
	if in.Value != nil {
		p.Value = *in.Value
		if len(p.Value) > limit.ValueBytes || strings.ContainsAny(p.Value, "\x00\r\n") {
			wrong = append(wrong, fault.Field{Path: "value", Message: "one line of at most 4096 bytes"})
		}
	}
	if in.Description != nil {
		p.Description = *in.Description
		if utf8.RuneCountInString(p.Description) > limit.Description {
			wrong = append(wrong, fault.Field{Path: "description", Message: "at most 256 characters"})
		}
	}
	if len(wrong) > 0 {
		return fault.InvalidFields("placeholder is not valid", wrong...)
	}
	return nil
}

// ValidName reports whether s may be a placeholder's name.
func ValidName(s string) bool {
	if s == "" || len(s) > limit.Name {
		return false
	}
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '.') {
			return false
		}
	}
	return true
}

// Names lists the placeholders that stand in a text, in the order they stand.
func Names(s string) (out []string) {
	for {
		_, rest, ok := strings.Cut(s, Open)
		if !ok {
			return out
		}
		name, after, ok := strings.Cut(rest, Close)
		if !ok {
			return out
		}
		if ValidName(name) {
			out = append(out, name)
		}
		s = after
	}
}

// Where says where the placeholder belongs, for access.
func (p Placeholder) Where() access.Where {
	return access.Where{TenantID: p.TenantID, OrgID: p.OrgID}
}

func (p Placeholder) view() map[string]any {
	return map[string]any{"level": p.Level, "scope": p.ScopeKey, "name": p.Name, "value": p.Value, "description": p.Description}
}
