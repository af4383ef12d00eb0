// Package group holds named sets of devices. Membership binds nothing by
// itself: a group is whom a push is for, and whom a group template was made for.
package group

import (
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Group is a set of devices of one organization.
type Group struct {
	ID, TenantID, OrgID string
	Name, Description   string
	Members             int
	CreatedAt           time.Time
	UpdatedAt           time.Time
	Version             int64
}

// Input makes or changes a group; nil leaves a field as it is. Members are devices
// by id or by MAC in any form, and replace those that are.
type Input struct {
	Name, Description *string
	Members           *[]string
}

func (g *Group) apply(in Input) error {
	var wrong []fault.Field
	if in.Name != nil {
		g.Name = strings.TrimSpace(*in.Name)
		if n := utf8.RuneCountInString(g.Name); n == 0 || n > limit.Name {
			wrong = append(wrong, fault.Field{Path: "name", Message: "1 to 64 characters"})
		}
		if strings.ContainsFunc(g.Name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			wrong = append(wrong, fault.Field{Path: "name", Message: "control characters are not allowed"})
		}
	}
	if in.Description != nil {
		g.Description = *in.Description
		if utf8.RuneCountInString(g.Description) > limit.Description {
			wrong = append(wrong, fault.Field{Path: "description", Message: "at most 256 characters"})
		}
	}
	if in.Members != nil && len(*in.Members) > limit.PlanDevices {
		wrong = append(wrong, fault.Field{Path: "members", Message: "too many devices"})
	}
	if len(wrong) > 0 {
		return fault.InvalidFields("group is not valid", wrong...)
	}
	return nil
}

// Where says where the group belongs, for access.
func (g Group) Where() access.Where { return access.Where{TenantID: g.TenantID, OrgID: g.OrgID} }

func (g Group) view() map[string]any {
	return map[string]any{"name": g.Name, "description": g.Description, "members": g.Members}
}
