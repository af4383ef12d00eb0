// Package lesson keeps what a tenant has learned from files that its phones or
// their makers gave away: names of settings that the catalog does not have, and
// what phones hold out of the box. They add to the vendors' catalogs for that
// tenant alone; Service.In gives them together.
//
// A lesson changes no phone: what it makes deliverable reaches one by a plan.
package lesson

import (
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Lesson is one file that was learned from.
type Lesson struct {
	ID, TenantID    string
	Name            string // of the file
	Vendor, Model   string
	Firmware        string // "" where it is not known
	Factory         bool   // of a phone fresh from the box: its values are defaults
	Author          string
	At              time.Time
	Names, Defaults int // settings that the file names; those whose default it tells
	rows            []param.Learned
}

// Version is that of every lesson: they are made and deleted, and never change.
const Version = 1

// Learned is what a lesson added to what was known before.
type Learned struct {
	Lesson
	NewKeys     int // settings that no catalog had
	NewNames    int // further settings that the model can now be told
	NewDefaults int // further settings of the model that can now be reset
	LeftOut     int // names that contradict the catalog or an earlier lesson, or say nothing new
}

// Input is a file to learn from.
type Input struct {
	Name     string
	Data     []byte
	Model    string
	Firmware string
	Factory  bool
}

func (in *Input) check() []fault.Field {
	var wrong []fault.Field
	in.Name, in.Firmware = strings.TrimSpace(in.Name), strings.TrimSpace(in.Firmware)
	if in.Name == "" || utf8.RuneCountInString(in.Name) > limit.Name || strings.ContainsFunc(in.Name, control) {
		wrong = append(wrong, fault.Field{Path: "name", Message: "1 to 64 characters"})
	}
	if utf8.RuneCountInString(in.Firmware) > limit.Name || strings.ContainsFunc(in.Firmware, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		wrong = append(wrong, fault.Field{Path: "firmware", Message: "a version such as 1.0.1.54, or nothing"})
	}
	if len(in.Data) == 0 {
		wrong = append(wrong, fault.Field{Path: "file", Message: "the file is empty"})
	}
	return wrong
}

func control(r rune) bool { return r < ' ' || r == 0x7f }
