// Package resource keeps the files that phones fetch besides their
// configuration: firmware images, ringtones, wallpapers, phonebooks, language
// packs. A file belongs to an organization; its bytes lie in platform/blob, named
// by their hash.
//
// A phone asks for a name. Which file it gets is decided in serve.go: one of its
// own organization and for its model; who proves nothing gets only the image that
// the platform's owner marked for anyone under that name, of which there is one.
package resource

import (
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/blob"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Kind is what a file is.
type Kind string

// The kinds.
const (
	Firmware  Kind = "firmware"
	Ringtone  Kind = "ringtone"
	Wallpaper Kind = "wallpaper"
	Phonebook Kind = "phonebook"
	Language  Kind = "language"
)

// Kinds lists all kinds but Firmware.
func Kinds() []Kind { return []Kind{Ringtone, Wallpaper, Phonebook, Language} }

// MaxBytes is how large a file of the kind may be, 0 for an unknown kind.
func (k Kind) MaxBytes() int64 {
	switch k {
	case Firmware:
		return limit.FirmwareBytes
	case Ringtone:
		return limit.RingtoneBytes
	case Wallpaper:
		return limit.WallpaperBytes
	case Phonebook:
		return limit.PhonebookBytes
	case Language:
		return limit.LanguageBytes
	}
	return 0
}

// Resource is one stored file.
type Resource struct {
	ID, TenantID, OrgID string
	Kind                Kind
	Name                string // of the file as it was uploaded
	Description         string
	Vendor              string
	Models              []string // that it is for; none = every model of the vendor
	FileVersion         string   // of an image: "1.0.1.54"; "" unknown
	Names               []string // by which phones ask for it, in lower case
	Hash                blob.Hash
	Size                int64 // bytes
	Served              bool  // phones get it; of several the newest
	Anyone              bool  // an image for who proves nothing, too
	Author              string
	CreatedAt           time.Time
	UpdatedAt           time.Time
	Version             int64
}

// Input makes or changes a file; nil leaves a field as it is.
type Input struct {
	Kind        Kind
	Name        string
	Vendor      string // may be left out where Models names one
	Description *string
	Models      *[]string
	FileVersion *string
	Names       *[]string // nil for a new file: the usual ones
	Served      *bool
	Anyone      *bool
}

// Where says where the file belongs, for access.
func (r Resource) Where() access.Where { return access.Where{TenantID: r.TenantID, OrgID: r.OrgID} }

// For reports whether the file is meant for a model.
func (r Resource) For(model string) bool {
	return len(r.Models) == 0 || slices.ContainsFunc(r.Models, func(m string) bool { return strings.EqualFold(m, model) })
}

func (r *Resource) apply(in Input) (wrong []fault.Field) {
	bad := func(path, msg string) { wrong = append(wrong, fault.Field{Path: path, Message: msg}) }
	if in.Description != nil {
		r.Description = *in.Description
		if utf8.RuneCountInString(r.Description) > limit.Description {
			bad("description", "at most 256 characters")
		}
	}
	if in.FileVersion != nil {
		r.FileVersion = strings.TrimSpace(*in.FileVersion)
		if utf8.RuneCountInString(r.FileVersion) > limit.Name || strings.ContainsFunc(r.FileVersion, control) {
			bad("file_version", "at most 64 characters")
		}
	}
	if in.Names != nil {
		r.Names = nil
		for _, n := range *in.Names {
			r.Names = append(r.Names, strings.ToLower(strings.TrimSpace(n)))
		}
		slices.Sort(r.Names)
		r.Names = slices.Compact(r.Names)
		if len(r.Names) > limit.ResourceNames || slices.ContainsFunc(r.Names, func(n string) bool { return !ValidName(n) }) {
			bad("names", "at most 32 plain file names")
		}
	}
	if in.Served != nil {
		r.Served = *in.Served
	}
	if in.Anyone != nil {
		r.Anyone = *in.Anyone
		if r.Anyone && r.Kind != Firmware {
			bad("anyone", "only a firmware image can be for anyone")
		}
	}
	return wrong
}

// ValidName reports whether s can be asked for as a file: printable ASCII
// without anything that leads to another folder.
func ValidName(s string) bool {
	odd := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`/\%"'<>|*?;`, r) }
	return s != "" && len(s) <= limit.FileName && !strings.Contains(s, "..") && s != "." && !strings.ContainsFunc(s, odd)
}

// baseName is the last part of an uploaded file's name, whatever system wrote it.
func baseName(s string) string { return path.Base(strings.ReplaceAll(strings.TrimSpace(s), `\`, "/")) }

func control(r rune) bool { return r < ' ' || r == 0x7f }

// VersionIn finds what looks like a firmware's version in a file's name: digits
// with at least two dots between them, "" for none.
func VersionIn(name string) string {
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }) {
		if w = strings.Trim(w, "."); strings.Count(w, ".") >= 2 && !strings.Contains(w, "..") && len(w) <= limit.Name {
			return w
		}
	}
	return ""
}

func (r Resource) view() map[string]any {
	return map[string]any{"kind": r.Kind, "name": r.Name, "description": r.Description, "vendor": r.Vendor, "models": r.Models, "file_version": r.FileVersion, "names": r.Names,
		"hash": r.Hash, "size": r.Size, "served": r.Served, "anyone": r.Anyone}
}
