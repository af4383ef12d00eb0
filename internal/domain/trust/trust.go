// Package trust keeps the CAs whose certificates may prove who a device is, and
// judges the certificates that devices show: does one chain to a trusted CA, and
// which MAC does that CA's rule read in it? A CA is the platform's, and then
// counts for every organization, or an organization's own.
//
// What a certificate that is good proves, and for which device, is decided by
// identity; Service.Judge (judge.go) is what it asks. Our own CA, which signs the
// servers' certificates, is platform/pki.
package trust

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"time"

	"bellwether/internal/platform/mac"
)

// CA is one trusted CA: one or several certificates, and the rule by which a MAC
// is read in what they signed. It proves nothing until the rule is confirmed.
type CA struct {
	ID               string
	TenantID, OrgID  string // "" for the platform's, which counts for every organization
	Name             string
	PEM              string // its certificates
	Certificates     []Certificate
	Rule             Rule      // zero for none yet
	ConfirmedAt      time.Time // zero where the rule is not in force
	ConfirmedBy      string
	ConfirmedSubject string      // the real subject that it was confirmed on
	ConfirmedMAC     mac.Address // that came out of it
	Subjects         int         // that were seen
	Devices          int         // that last proved by a certificate of this CA who they are
	CreatedAt        time.Time
	UpdatedAt        time.Time
	Version          int64
}

// Confirmed reports whether the rule is in force.
func (c CA) Confirmed() bool { return !c.ConfirmedAt.IsZero() }

// Platform reports whether the CA counts for every organization.
func (c CA) Platform() bool { return c.OrgID == "" }

// Covers reports whether the CA's certificates may prove a device of the
// organization.
func (c CA) Covers(orgID string) bool { return c.Platform() || c.OrgID == orgID }

// Certificate is one of a CA's certificates, for people.
type Certificate struct {
	Subject, Issuer     string
	Fingerprint         string // SHA-256 of the whole, in hexadecimal
	NotBefore, NotAfter time.Time
}

// Subject is a device's certificate that was shown and chains to a CA.
type Subject struct {
	ID          string
	CAID        string
	Fingerprint string // SHA-256 of the whole, in hexadecimal
	Subject     string // the full one, with the alternative names
	Address     string // it last came from
	FirstAt     time.Time
	LastAt      time.Time
	Requests    int64
	NotAfter    time.Time
	Values      []Value // where a MAC could stand
	leaf        *x509.Certificate
}

// Value is a text in a field of a certificate.
type Value struct {
	Field Field
	Text  string
	MAC   mac.Address // that reads in it, "" none or several
}

// Place is where a CA counts. The zero value is the platform.
type Place struct{ TenantID, OrgID string }

// Patch changes a CA; nil leaves a thing as it is. New certificates or another
// rule end a confirmation.
type Patch struct {
	Name *string
	PEM  *string
	Rule *Rule
}

// fingerprint is the SHA-256 of a certificate, in hexadecimal.
func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// nameHash is what a CA is found by: the hash of the name that it signs under.
func nameHash(rawName []byte) string {
	sum := sha256.Sum256(rawName)
	return hex.EncodeToString(sum[:])
}
