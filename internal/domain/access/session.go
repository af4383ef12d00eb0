package access

import (
	"context"
	"fmt"
	"strings"
	"time"

	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// Session is one place where an operator is signed in.
type Session struct {
	ID         string
	OperatorID string
	Address    string // of the sign-in
	UserAgent  string
	CreatedAt  time.Time
	SeenAt     time.Time
	ExpiresAt  time.Time // unless it is used again
}

// seenEvery is the fraction of the idle time after which a use is written down.
const seenEvery = 10

// Authenticate returns who a session's or an API token's token belongs to. It
// fails with fault.Denied and CodeNotSignedIn for one that is unknown, ended or
// of a disabled operator, and says no more. The use of a session prolongs it.
func (s *Service) Authenticate(ctx context.Context, token secret.String, address string) (Principal, error) {
	ctx = stranger(ctx, address)
	judge := s.bySession
	if strings.HasPrefix(token.Reveal(), TokenPrefix) {
		judge = s.byToken
	}
	var p Principal
	var note func(*db.Tx) error
	if token.IsZero() || len(token.Reveal()) > 200 {
		return p, notSignedIn()
	}
	err := s.db.Read(ctx, func(q db.Q) (err error) {
		p, note, err = judge(ctx, q, hashToken(token))
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return Principal{}, notSignedIn()
	}
	if err != nil {
		return Principal{}, fmt.Errorf("authenticate: %w", err)
	}
	if note != nil {
		if err := s.db.Write(ctx, note); err != nil { // a full disk is no reason to sign anybody out
			s.log.WarnContext(ctx, "use of a session or token not written down", "operator", p.OperatorID, "error", err)
		}
	}
	p.Address = address
	return p, nil
}

func (s *Service) bySession(ctx context.Context, q db.Q, hash string) (Principal, func(*db.Tx) error, error) {
	row, err := findSession(ctx, q, hash)
	if err != nil {
		return Principal{}, nil, err
	}
	now := s.db.Now()
	if !s.sessionEnd(row).After(now) {
		return Principal{}, nil, hidden("session")
	}
	p, err := s.enabled(ctx, q, row.OperatorID)
	if err != nil {
		return Principal{}, nil, err
	}
	var note func(*db.Tx) error
	if now.Sub(clock.FromMillis(row.SeenAt)) >= min(s.cfg.SessionIdle/seenEvery, time.Minute) {
		row.SeenAt = now.UnixMilli()
		note = func(tx *db.Tx) error { return touchSession(ctx, tx, row.ID, row.SeenAt) }
	}
	p.SessionID, p.ExpiresAt = row.ID, s.sessionEnd(row)
	return p, note, nil
}

// enabled returns what an operator holds; a disabled one is not found.
func (s *Service) enabled(ctx context.Context, q db.Q, id string) (Principal, error) {
	op, err := findOperator(ctx, q, id)
	if err == nil && op.Disabled != 0 {
		err = hidden("operator")
	}
	if err != nil {
		return Principal{}, err
	}
	return s.principal(ctx, q, op)
}

// Logout ends the session that the context's principal came with.
func (s *Service) Logout(ctx context.Context) error {
	p, ok := From(ctx)
	if !ok {
		return notSignedIn()
	}
	if p.SessionID == "" {
		return fault.New(fault.Invalid, "an API token is no session; delete it to end it")
	}
	return s.RevokeSession(ctx, p.SessionID)
}

// Sessions lists where an operator is signed in, newest first; "" is oneself.
// Others' need operator.write on everything that they hold, and so do one's own
// for an API token.
func (s *Service) Sessions(ctx context.Context, operatorID string) (out []Session, err error) {
	ctx = platform(ctx)
	p, _ := From(ctx)
	if operatorID == "" {
		operatorID = p.OperatorID
	}
	err = s.db.Read(ctx, func(q db.Q) error {
		if operatorID != p.OperatorID || p.Limit != nil {
			if _, err := s.over(ctx, q, operatorID); err != nil {
				return err
			}
		}
		rows, err := sessionsOf(ctx, q, operatorID, s.db.Now().UnixMilli())
		for _, row := range rows {
			if end := s.sessionEnd(row); end.After(s.db.Now()) {
				out = append(out, row.session(end))
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return out, nil
}

// RevokeSession ends a session at once: one's own, or that of an operator whom
// the context's principal may change.
func (s *Service) RevokeSession(ctx context.Context, id string) error {
	ctx = platform(ctx)
	p, _ := From(ctx)
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		row, err := findSessionByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if row.OperatorID != p.OperatorID || p.Limit != nil {
			if _, err := s.over(ctx, tx, row.OperatorID); err != nil {
				return hideDenied(err, "session")
			}
		}
		if err := remove(ctx, tx, &sessionRow{}, id); err != nil {
			return err
		}
		op, err := findOperator(ctx, tx, row.OperatorID)
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{
			Action: "session.delete", SubjectKind: "operator", SubjectID: op.ID, SubjectName: op.Login,
			Before: map[string]string{"session": id, "address": row.Address},
		})
	})
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// Sweep deletes what has ended: sessions, tokens, links and old counts of
// failures. It is a job's handler, hourly.
func (s *Service) Sweep(ctx context.Context) error {
	ctx = scope.AsSystem(ctx, "access.sweep")
	err := s.db.Write(ctx, func(tx *db.Tx) error { return sweep(ctx, tx, s.db.Now(), s.cfg.SessionIdle) })
	if err != nil {
		return fmt.Errorf("sweep sessions and links: %w", err)
	}
	return nil
}

func (r sessionRow) session(end time.Time) Session {
	return Session{
		ID: r.ID, OperatorID: r.OperatorID, Address: r.Address, UserAgent: r.UserAgent,
		CreatedAt: clock.FromMillis(r.CreatedAt), SeenAt: clock.FromMillis(r.SeenAt), ExpiresAt: end,
	}
}
