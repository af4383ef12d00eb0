package rps

import (
	"bytes"
	"context"
	"encoding/csv"
	"strings"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// Shown says whether an export holds the password.
type Shown bool

// The choices.
const (
	Masked   Shown = false
	Revealed Shown = true // needs secret.reveal on the tenant, and is audited
)

// File is a list to be kept.
type File struct {
	Name string
	Body []byte // CSV (RFC 4180)
	Rows int
}

// Export lists a profile's associated devices of one vendor in the form that the
// maker's redirection service takes: for Grandstream MAC, serial number, protocol,
// path, user and password (the device import of its management platform), for
// AudioCodes MAC and address. A cell that a spreadsheet would take for a formula
// is written as text. It fails with Invalid for any other vendor.
func (s *Service) Export(ctx context.Context, t org.Tenant, id, vendor string, show Shown) (File, error) {
	var rows [][]string
	devices, err := s.Associated(ctx, t, id)
	if err != nil {
		return File{}, err
	}
	p, err := s.Get(ctx, t, id)
	if err != nil {
		return File{}, err
	}
	password := ""
	if show == Revealed {
		if password, err = s.reveal(ctx, t, p); err != nil {
			return File{}, err
		}
	} else if p.Password != "" {
		password = secret.Redacted
	}
	switch vendor {
	case "grandstream":
		rows = append(rows, []string{"MAC Address", "Serial Number", "Device Name", "Upgrade Via", "Config Server Path", "Username", "Password"})
	case "audiocodes":
		rows = append(rows, []string{"MAC Address", "URL"})
	default:
		return File{}, fault.InvalidFields("the list is not made", fault.Field{Path: "vendor", Message: "one of grandstream, audiocodes"})
	}
	for _, d := range devices {
		if d.Vendor == vendor {
			rows = append(rows, row(d, p, password))
		}
	}
	body, err := write(rows)
	return File{Name: "redirection-" + vendor + ".csv", Body: body, Rows: len(rows) - 1}, err
}

func row(d device.Device, p Profile, password string) []string {
	mac := strings.ToUpper(d.MAC.String())
	if d.Vendor == "audiocodes" {
		return []string{mac, p.URL()}
	}
	return []string{mac, d.Serial, d.Name, string(p.Via), p.Path, p.User, password}
}

func (s *Service) reveal(ctx context.Context, t org.Tenant, p Profile) (clear string, err error) {
	if err := s.access.Authorize(ctx, access.SecretReveal, access.Where{TenantID: t.ID}); err != nil {
		return "", err
	}
	if p.Password == "" {
		return "", nil
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		who := scope.From(ctx).Actor.ID
		v, err := s.vault.Open(ctx, tx, p.Password, secret.Reveal(who, "export of a redirection profile"))
		if err != nil {
			return err
		}
		clear = v.Reveal()
		return s.audit.Record(ctx, tx, entry("rps.reveal", p, nil, map[string]any{"password_version": p.Password.Version()}))
	})
	return clear, err
}

func write(rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	for _, r := range rows {
		for i := range r {
			r[i] = cell(r[i])
		}
		if err := w.Write(r); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// cell writes a text so that no spreadsheet takes it for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
