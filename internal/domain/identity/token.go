package identity

import (
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// A path token is 128 random bits in lower-case base32: 26 characters that no
// phone's URL field changes. A bootstrap token is longer and begins with a
// digit that base32 does not have.
const (
	pathBytes = 16
	pathLen   = 26

	bootMark = "1"                                // also its format's version
	bootMAC  = 32                                 // hex digits of the HMAC: 128 bits
	bootLen  = len(bootMark) + 1 + 8 + bootMAC    // mark, door, expiry, HMAC
	bootLife = 24 * time.Hour                     // at most; see Bootstrap
	bootStep = time.Hour                          // in which a bootstrap stays the same bytes
	letters  = "abcdefghijklmnopqrstuvwxyz234567" // base32 (RFC 4648), lower case
)

var base32Lower = base32.NewEncoding(letters).WithPadding(base32.NoPadding)

func newPathToken() secret.String {
	return secret.NewString(base32Lower.EncodeToString(secret.Random(pathBytes)))
}

// isPathToken reports whether s has the form of a path token of ours. Only the
// one spelling that was given out counts.
func isPathToken(s string) bool {
	if len(s) != pathLen {
		return false
	}
	raw, err := base32Lower.DecodeString(s)
	return err == nil && len(raw) == pathBytes && base32Lower.EncodeToString(raw) == s
}

// bootstrap is a bootstrap token taken apart.
type bootstrap struct {
	door    vendors.Door
	expires time.Time
	mac     string
}

func parseBootstrap(s string) (b bootstrap, ok bool) {
	rest, ok := strings.CutPrefix(s, bootMark)
	if !ok || len(s) != bootLen {
		return b, false
	}
	b.door, ok = doorOf(rest[0])
	seconds, err := strconv.ParseUint(rest[1:9], 16, 32)
	b.expires, b.mac = time.Unix(int64(seconds), 0).UTC(), rest[9:]
	_, bad := hex.DecodeString(b.mac)
	return b, ok && err == nil && bad == nil && strings.ToLower(rest) == rest
}

func doorOf(c byte) (vendors.Door, bool) {
	switch c {
	case 'h':
		return vendors.HTTP, true
	case 's':
		return vendors.HTTPS, true
	}
	return "", false
}

// Bootstrap returns a token that says nothing but "this party asked this door
// for this MAC's file from this address". It needs no row, is the same for known
// and unknown MACs, good for 23 to 24 hours, and the same text for an hour, so
// that a bootstrap keeps its bytes.
func (s *Service) Bootstrap(m mac.Address, door vendors.Door, from netip.Addr) string {
	code := "s"
	if door.Clear() {
		code = "h"
	}
	expires := s.db.Now().Truncate(bootStep).Add(bootLife)
	head := bootMark + code + hexSeconds(expires)
	return head + s.bootMAC(m, code[0], from, expires)
}

func hexSeconds(t time.Time) string {
	s := strconv.FormatUint(uint64(uint32(t.Unix())), 16)
	return strings.Repeat("0", 8-len(s)) + s
}

func (s *Service) bootMAC(m mac.Address, door byte, from netip.Addr, expires time.Time) string {
	return s.vault.MAC("bootstrap", m.String(), string(door), from.Unmap().WithZone("").String(), hexSeconds(expires))[:bootMAC]
}

// CheckBootstrap reports whether token is one that was given to this address for
// this MAC and is still good; if not, why, for the ledger.
func (s *Service) CheckBootstrap(token string, m mac.Address, from netip.Addr) (ok bool, why Finding) {
	b, ok := parseBootstrap(token)
	if !ok {
		return false, Finding{UnknownToken, "what stands in the path is no token of ours"}
	}
	want := s.bootMAC(m, token[len(bootMark)], from, b.expires)
	switch {
	case subtle.ConstantTimeCompare([]byte(want), []byte(b.mac)) != 1:
		return false, Finding{BootstrapOther, "the bootstrap token was given to another address or for another MAC"}
	case !b.expires.After(s.db.Now()):
		return false, Finding{BootstrapOld, "the bootstrap token has expired"}
	}
	return true, Finding{ClaimWaits, "the bootstrap token is good: this party asked here before, and waits for its claim"}
}
