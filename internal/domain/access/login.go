package access

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// Login signs an operator in with a password and returns a new session's token.
// It fails with fault.Denied and CodeBadCredentials, alike and after the same
// work for a login that does not exist, or with CodeLocked (see RetryAfter).
func (s *Service) Login(ctx context.Context, login string, password secret.String, address, userAgent string) (secret.String, Principal, error) {
	token, p, err := s.login(stranger(ctx, address), loginKey(login), password, address, userAgent)
	if err != nil {
		return secret.String{}, Principal{}, fmt.Errorf("sign in: %w", err)
	}
	return token, p, nil
}

func (s *Service) login(ctx context.Context, key string, password secret.String, address, userAgent string) (none secret.String, _ Principal, _ error) {
	if utf8.RuneCountInString(key) > limit.Login || len(password.Reveal()) > limit.PasswordMax {
		return none, Principal{}, badCredentials()
	}
	counters := s.counters(key, address)
	if err := s.reserve(ctx, counters); err != nil {
		return none, Principal{}, err
	}
	op, err := s.operatorByLogin(ctx, key)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return none, Principal{}, err
	}
	ok, stale, err := s.hasher.verify(ctx, op.PasswordHash, password)
	if err != nil {
		return none, Principal{}, err
	}
	if !ok || op.Disabled != 0 {
		s.log.InfoContext(ctx, "sign-in refused", "address", address)
		return none, Principal{}, badCredentials()
	}
	fresh := ""
	if stale {
		if fresh, err = s.hasher.hash(ctx, password); err != nil {
			return none, Principal{}, err
		}
	}
	var token secret.String
	var p Principal
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if err := forgive(ctx, tx, counters); err != nil {
			return err
		}
		if fresh != "" {
			if err := rehash(ctx, tx, op.ID, op.PasswordHash, fresh); err != nil {
				return err
			}
		}
		token, p, err = s.begin(ctx, tx, op, address, userAgent, "session.create")
		return err
	})
	return token, p, err
}

func (s *Service) operatorByLogin(ctx context.Context, key string) (row operatorRow, err error) {
	err = s.db.Read(ctx, func(q db.Q) (err error) {
		row, err = findOperatorByLogin(ctx, q, key)
		return err
	})
	return row, err
}

// begin writes a new session for an operator who proved who it is.
func (s *Service) begin(ctx context.Context, tx *db.Tx, op operatorRow, address, userAgent, action string) (secret.String, Principal, error) {
	now := s.db.Now()
	token := secret.RandomText(tokenBytes)
	row := sessionRow{
		ID: s.db.NewID(), OperatorID: op.ID, TokenHash: hashToken(token), Address: printable(address, 64), UserAgent: printable(userAgent, limit.UserAgent),
		CreatedAt: now.UnixMilli(), SeenAt: now.UnixMilli(), ExpiresAt: now.Add(limit.SessionLife).UnixMilli(),
	}
	if err := db.Insert(ctx, tx, &row); err != nil {
		return secret.String{}, Principal{}, err
	}
	p, err := s.principal(ctx, tx, op)
	if err != nil {
		return secret.String{}, Principal{}, err
	}
	p.SessionID, p.Address, p.ExpiresAt = row.ID, address, s.sessionEnd(row)
	sc := scope.From(ctx)
	sc.Actor = p.actor()
	err = s.audit.Record(scope.With(ctx, sc), tx, audit.Entry{
		Action: action, SubjectKind: "operator", SubjectID: op.ID, SubjectName: op.Login,
		After: map[string]string{"session": row.ID, "user_agent": row.UserAgent},
	})
	return token, p, err
}

// sessionEnd is when a session ends unless it is used again, and at the latest.
func (s *Service) sessionEnd(row sessionRow) time.Time {
	idle := time.UnixMilli(row.SeenAt).Add(s.cfg.SessionIdle)
	if end := time.UnixMilli(row.ExpiresAt); end.Before(idle) {
		return end.UTC()
	}
	return idle.UTC()
}

// principal loads what an operator holds. It is read anew for each request, so
// that a grant taken away is gone at the next click.
func (s *Service) principal(ctx context.Context, q db.Q, op operatorRow) (Principal, error) {
	grants, err := grantsOf(ctx, q, op.ID)
	if err != nil {
		return Principal{}, err
	}
	p := Principal{OperatorID: op.ID, Login: op.Login, Name: op.Name, Email: op.Email}
	for _, g := range grants {
		p.Grants = append(p.Grants, Held{TenantID: g.TenantID, OrgID: g.OrgID, SiteID: g.SiteID, Permissions: g.set()})
	}
	return p, nil
}

// printable makes a peer's text fit for one line of a row: valid, without
// control characters, at most n bytes.
func printable(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	for len(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}
