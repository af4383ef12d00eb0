// Package secret keeps what nobody may read back: SIP passwords, path tokens,
// private keys.
//
// A secret is written with Vault.Seal and named by a Ref from then on. It is
// sealed with its tenant's data key (AES-256-GCM), and that key is wrapped by
// the root key, which lies in a file beside the database and never inside it.
// Vault.Open is the only way back to clear text and wants a Purpose; archtest
// lists which package may make which purpose. In memory clear text travels as a
// String, which prints as ***.
//
// Start reading at vault.go; root.go is the key file, rotate.go changes keys.
package secret

import (
	"crypto/rand"
	"encoding/base64"
	"strconv"
	"strings"

	"bellwether/internal/platform/fault"
)

// Ref names a secret: "secret:<id>@<version>" is one fixed version of it,
// "secret:<id>" whatever version is newest. The zero value names nothing.
type Ref string

const refPrefix = "secret:"

func makeRef(id string, version int) Ref {
	return Ref(refPrefix + id + "@" + strconv.Itoa(version))
}

// IsZero reports whether r names nothing.
func (r Ref) IsZero() bool { return r == "" }

// ID returns the secret's id, or "" where r is not well formed.
func (r Ref) ID() string {
	id, _, err := r.parse()
	if err != nil {
		return ""
	}
	return id
}

// Version returns the fixed version, or 0 for "the newest".
func (r Ref) Version() int {
	_, v, _ := r.parse()
	return v
}

// Current returns r without its version: it follows the secret.
func (r Ref) Current() Ref {
	id, _, err := r.parse()
	if err != nil {
		return ""
	}
	return Ref(refPrefix + id)
}

// IsRef reports whether s has the form of a Ref.
func IsRef(s string) bool {
	_, _, err := Ref(s).parse()
	return err == nil
}

func (r Ref) parse() (id string, version int, err error) {
	rest, ok := strings.CutPrefix(string(r), refPrefix)
	if !ok {
		return "", 0, fault.New(fault.Invalid, "%q is not a reference to a secret", string(r))
	}
	id, number, fixed := strings.Cut(rest, "@")
	if fixed {
		version, err = strconv.Atoi(number)
	}
	if err != nil || fixed && (version < 1 || strconv.Itoa(version) != number) || !plainID(id) {
		return "", 0, fault.New(fault.Invalid, "%q is not a reference to a secret", string(r))
	}
	return id, version, nil
}

func plainID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, c := range id {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// Owner is whose secret it is. It is bound into the seal, so that a row moved
// to another owner, organization or tenant no longer opens. TenantID is "" for
// secrets of the platform itself, OrgID for those of a whole tenant.
type Owner struct {
	TenantID, OrgID string
	Kind, ID        string // "account", "device", "pki" …
}

// OwnerPKI is the owner kind of our own signing keys. Only ForPKI and ForBackup
// open them, and ForPKI opens nothing else.
const OwnerPKI = "pki"

// Random returns n bytes from the machine's random source.
func Random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return b
}

// RandomText returns n random bytes as text that is safe in a URL.
func RandomText(n int) String {
	return NewString(base64.RawURLEncoding.EncodeToString(Random(n)))
}
