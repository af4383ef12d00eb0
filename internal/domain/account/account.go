// Package account holds SIP servers, the accounts registered there, and which
// account sits on which line of a device.
//
// A password is a reference into the vault and is never read here. Changing a
// line changes no phone: it is moved by a push (revision). Start at Service.
package account

import (
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
)

// Server is a place where lines register.
type Server struct {
	ID, TenantID, OrgID string
	Name, Address       string // Address is host or host:port
	CreatedAt           time.Time
	UpdatedAt           time.Time
	Version             int64
}

// Account is one registrable identity.
type Account struct {
	ID, TenantID, OrgID string
	ServerID            string
	ServerName          string
	ServerAddress       string
	UserID, AuthID      string // AuthID "" means UserID
	Name                string // shown as caller
	Password            secret.Ref
	Devices             []string // ids of the devices that carry it, as far as the scope sees them
	Allocated           bool     // some device carries it, seen or not
	CreatedAt           time.Time
	UpdatedAt           time.Time
	Version             int64
}

// Line is an account on line N of a device, N from 1.
type Line struct {
	DeviceID string
	N        int
	Account  Account
	Author   string
	At       time.Time

	// On a base for handsets alone.
	Profile  int    // from 1
	Mode     string // which handsets ring; "" is the base's own default
	Handsets []HandsetLine
}

// HandsetLine is a line of a base's handset, both counted from 1.
type HandsetLine struct {
	Handset int `json:"handset"`
	Line    int `json:"line"`
}

func checkText(path, v string, required bool) []fault.Field {
	switch {
	case required && strings.TrimSpace(v) == "":
		return []fault.Field{{Path: path, Message: "must not be empty"}}
	case utf8.RuneCountInString(v) > limit.Name:
		return []fault.Field{{Path: path, Message: "at most 64 characters"}}
	case strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return []fault.Field{{Path: path, Message: "control characters are not allowed"}}
	}
	return nil
}

// checkUserID refuses what cannot stand in the user part of a SIP URI unescaped
// (RFC 3261 §25.1, "user").
func checkUserID(v string) []fault.Field {
	if wrong := checkText("user_id", v, true); wrong != nil {
		return wrong
	}
	const marks = "-_.!~*'()&=+$,;?/"
	for _, r := range v {
		if r > 0x7e || !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune(marks, r)) {
			return []fault.Field{{Path: "user_id", Message: "letters, digits and " + marks + " only"}}
		}
	}
	return nil
}

func checkAddress(v string) []fault.Field {
	if strings.TrimSpace(v) == "" || len(v) > limit.Host || strings.ContainsAny(v, " /\\@\t\r\n<>\"") {
		return []fault.Field{{Path: "address", Message: "a host name or an IP address is wanted, with :port where it is not 5060"}}
	}
	return nil
}

func orInvalid(what string, wrong []fault.Field) error {
	if len(wrong) == 0 {
		return nil
	}
	return fault.InvalidFields(what+" is not valid", wrong...)
}
