package access

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
)

// Argon is the cost of one argon2id hash. The zero value means the default:
// 2 passes over 19 MiB in one thread, about 25 ms on one core, as OWASP's
// password storage cheat sheet has it.
type Argon struct {
	Time    uint32
	Memory  uint32 // KiB
	Threads uint8
}

const (
	saltSize = 16
	hashSize = 32
)

// hasher computes few hashes side by side, so that a storm of sign-ins takes
// neither the memory nor both cores.
type hasher struct {
	cost    Argon
	slots   chan struct{}
	waiting atomic.Int32
}

func newHasher(cost Argon) *hasher {
	if cost == (Argon{}) {
		cost = Argon{Time: 2, Memory: 19 << 10, Threads: 1}
	}
	return &hasher{cost: cost, slots: make(chan struct{}, limit.HashesAtOnce)}
}

// hash returns the password's hash in the PHC string format.
func (h *hasher) hash(ctx context.Context, password secret.String) (string, error) {
	salt := secret.Random(saltSize)
	sum, err := h.key(ctx, password, salt, h.cost)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.cost.Memory, h.cost.Time, h.cost.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum)), nil
}

// verify reports whether the password has that hash, and whether the hash was
// made at another cost and should be made anew. A hash that is empty or broken
// fits no password and costs the same time.
func (h *hasher) verify(ctx context.Context, encoded string, password secret.String) (ok, stale bool, err error) {
	cost, salt, want, known := parseHash(encoded)
	if !known {
		cost, salt, want = h.cost, secret.Random(saltSize), secret.Random(hashSize)
	}
	sum, err := h.key(ctx, password, salt, cost)
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(sum, want) == 1 && known
	return ok, ok && cost != h.cost, nil
}

// key waits for its turn. Where too many wait it fails with fault.Unavailable.
func (h *hasher) key(ctx context.Context, password secret.String, salt []byte, cost Argon) ([]byte, error) {
	if h.waiting.Add(1) > limit.HashesWaiting {
		h.waiting.Add(-1)
		return nil, fault.New(fault.Unavailable, "too many sign-ins at once; try again in a moment")
	}
	defer h.waiting.Add(-1)
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password.Reveal()), salt, cost.Time, cost.Memory, cost.Threads, hashSize), nil
}

func parseHash(s string) (cost Argon, salt, sum []byte, ok bool) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost, nil, nil, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &cost.Memory, &cost.Time, &cost.Threads); err != nil {
		return cost, nil, nil, false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	sum, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	ok = err1 == nil && err2 == nil && len(sum) == hashSize && cost.Time > 0 && cost.Threads > 0
	return cost, salt, sum, ok
}

// checkPassword returns in words why a new password will not do, "" where it will.
func checkPassword(password secret.String, login string) string {
	p := password.Reveal()
	switch {
	case utf8.RuneCountInString(p) < limit.PasswordMin:
		return fmt.Sprintf("at least %d characters", limit.PasswordMin)
	case len(p) > limit.PasswordMax:
		return fmt.Sprintf("at most %d bytes", limit.PasswordMax)
	case !utf8.ValidString(p):
		return "it is not valid text"
	case login != "" && strings.Contains(strings.ToLower(p), loginKey(login)):
		return "it may not contain the login"
	case strings.Count(p, p[:1]) == len(p):
		return "more than one character is needed"
	}
	return ""
}
