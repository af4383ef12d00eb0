package provision

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// neighbours is how far back a request of an address tells whose it is.
const neighbours = 24 * time.Hour

// Broken notes a TLS handshake that came to nothing. problem is what the TLS
// library says of it. The row goes to the one device that asked from the address
// lately; of several none is meant.
func (s *Service) Broken(door vendors.Door, address netip.Addr, problem string) {
	f := handshakeFinding(problem)
	s.Ledger.Note(Entry{At: s.DB.Now(), Door: door, Address: address.Unmap().String(), Verdict: Handshake, Reason: f.Text + ": " + printable(problem, limit.FileName), Findings: []identity.Finding{f}, more: s.neighbour})
}

// handshakeFinding classes what crypto/tls and net/http say (RFC 8446 §6.2 names
// the alerts).
func handshakeFinding(problem string) identity.Finding {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(problem, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("expired certificate"):
		return identity.Finding{Reason: identity.TLSTime, Text: "the phone holds our certificate for expired: its clock is ahead, or our certificate is over"}
	case has("unknown certificate authority"):
		return identity.Finding{Reason: identity.TLSUntrusted, Text: "the phone does not know the authority of our certificate"}
	case has("bad certificate", "unknown certificate"):
		return identity.Finding{Reason: identity.TLSTime, Text: "the phone holds our certificate for bad: most likely its clock is far behind, else our certificate has not the host name that the phone calls, or another authority"}
	case has("unsupported certificate", "revoked certificate", "access denied"):
		return identity.Finding{Reason: identity.TLSUntrusted, Text: "the phone does not trust our certificate, of another authority or kind than it takes"}
	case has("unsupported versions", "protocol version not supported", "SSLv2", "unsupported SSL", "oversized record"):
		return identity.Finding{Reason: identity.TLSVersion, Text: "the phone speaks no version of TLS that this door does"}
	case has("no cipher suite", "handshake failure", "insufficient security", "no mutually supported", "no supported", "inappropriate fallback"):
		return identity.Finding{Reason: identity.TLSCipher, Text: "the phone and this door have no cipher suite or key in common"}
	case has("HTTP request to an HTTPS server", "does not look like a TLS handshake"):
		return identity.Finding{Reason: identity.TLSClear, Text: "the phone speaks clear text at the encrypted door"}
	}
	return identity.Finding{Reason: identity.TLSBroken, Text: "the connection ended before TLS was agreed"}
}

// neighbour finds whose handshake it was.
func (s *Service) neighbour(ctx context.Context, e Entry) (Entry, error) {
	err := s.DB.Read(scope.AsSystem(ctx, "provision.neighbour"), func(q db.Q) error {
		rows, err := ownersAt(ctx, q, e.Address, clock.Millis(e.At.Add(-neighbours)))
		if err != nil {
			return err
		}
		if len(rows) == 1 {
			e.DeviceID, e.TenantID, e.OrgID, e.MAC = rows[0].DeviceID, rows[0].TenantID, rows[0].OrgID, rows[0].MAC
		}
		return nil
	})
	return e, err
}
