package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// Config are the settings of signing in. The zero value means the defaults.
type Config struct {
	SessionIdle time.Duration // that an unused session lasts: 2 to 60 min, default 60
	Attempts    int           // failed sign-ins before an account is locked: 1 to 10, default 5
	Argon       Argon
	// OnFirst runs in the transaction that makes the platform owner, before
	// it signs in: it makes what a first start needs. May be nil.
	OnFirst func(ctx context.Context, tx *db.Tx) error
}

// Service is the exported face of operators, roles, sessions and tokens. New
// makes one. It is safe for concurrent use.
type Service struct {
	db     *db.DB
	vault  *secret.Vault
	audit  *audit.Service
	log    *slog.Logger
	cfg    Config
	hasher *hasher
}

// New returns a service. Settings out of their range are put to its edge.
func New(d *db.DB, v *secret.Vault, a *audit.Service, cfg Config) *Service {
	if cfg.SessionIdle == 0 {
		cfg.SessionIdle = limit.SessionIdle
	}
	if cfg.Attempts == 0 {
		cfg.Attempts = limit.LoginFailures
	}
	cfg.SessionIdle = min(max(cfg.SessionIdle, 2*time.Minute), 60*time.Minute)
	cfg.Attempts = min(max(cfg.Attempts, 1), 10)
	return &Service{db: d, vault: v, audit: a, log: d.Log(), cfg: cfg, hasher: newHasher(cfg.Argon)}
}

// OnFirst sets what Config.OnFirst says, for a noun that is made after access.
// It is called before the first request.
func (s *Service) OnFirst(fn func(ctx context.Context, tx *db.Tx) error) { s.cfg.OnFirst = fn }

// platform returns ctx with the same actor and no tenant wall: operators,
// sessions and tokens belong to the platform.
func platform(ctx context.Context) context.Context {
	return scope.With(ctx, scope.Scope{Actor: scope.From(ctx).Actor, Platform: true})
}

// stranger returns ctx for a party at the door that proved nothing yet.
func stranger(ctx context.Context, address string) context.Context {
	return scope.With(ctx, scope.Scope{Actor: scope.Actor{Kind: scope.Stranger, Name: "not signed in", Address: address}, Platform: true})
}

// hashToken is how a session, API or set-up token is kept. They are 256 random
// bits, so that a plain hash will do.
func hashToken(token secret.String) string {
	sum := sha256.Sum256([]byte("bellwether token\n" + token.Reveal()))
	return hex.EncodeToString(sum[:])
}

// tokenBytes is the entropy of a session, API or set-up token.
const tokenBytes = 32

// loginKey is what a login is found by: logins differ by more than case.
func loginKey(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// network is what a lock-out counts as one address: an IPv4 address, or the /64
// that one IPv6 site has to itself.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}
