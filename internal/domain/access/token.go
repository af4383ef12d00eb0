package access

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
)

// TokenPrefix begins every API token, so that a leaked one is found by a search.
const TokenPrefix = "bw_"

// Token is an API token: an operator's rights, narrowed to a place and a role.
// Whatever the operator loses, its tokens lose at the same moment.
type Token struct {
	ID         string
	OperatorID string
	Login      string // the operator's
	TenantID   string // "" = wherever the operator holds something
	OrgID      string // "" = the whole tenant
	RoleID     string // "" = all that the operator holds there
	Name       string
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero = never
	UsedAt     time.Time // zero = never; up to a minute late
}

// CreateToken makes a token of an operator ("" is oneself) and returns its text,
// which is kept nowhere. It needs token.write on that place, and for another's
// token what changing that operator needs. The role may not exceed what the
// operator holds there (fault.Denied).
func (s *Service) CreateToken(ctx context.Context, t Token, ttl time.Duration) (text secret.String, _ Token, err error) {
	ctx = platform(ctx)
	who, _ := From(ctx)
	if t.OperatorID == "" {
		t.OperatorID = who.OperatorID
	}
	t.Name = strings.TrimSpace(t.Name)
	if utf8.RuneCountInString(t.Name) > limit.Name || t.Name != printable(t.Name, 4*limit.Name) || ttl < 0 {
		return text, Token{}, fault.InvalidFields("token is not valid", fault.Field{Path: "name", Message: "at most 64 characters, none of them a control character"})
	}
	t.ID, t.CreatedAt = s.db.NewID(), s.db.Now()
	if ttl > 0 {
		t.ExpiresAt = t.CreatedAt.Add(ttl)
	}
	text = secret.NewString(TokenPrefix + secret.RandomText(tokenBytes).Reveal())
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		op, err := s.mayTokenise(ctx, tx, t)
		if err != nil {
			return err
		}
		t.Login = op.Login
		if err := db.Insert(ctx, tx, tokenOf(t, hashToken(text))); err != nil {
			return err
		}
		return s.auditToken(ctx, tx, "token.create", t)
	})
	if err != nil {
		return secret.String{}, Token{}, fmt.Errorf("make a token: %w", err)
	}
	return text, t, nil
}

// mayTokenise judges a new token and returns its operator.
func (s *Service) mayTokenise(ctx context.Context, tx *db.Tx, t Token) (op operatorRow, err error) {
	who, _ := From(ctx)
	w, err := placeOf(ctx, tx, Grant{TenantID: t.TenantID, OrgID: t.OrgID})
	if err != nil {
		return op, err
	}
	w.Any = true // an operator of one site may have a token for its organization: it holds that site alone
	if t.OperatorID == who.OperatorID && !system(ctx) {
		op, err = findOperator(ctx, tx, t.OperatorID)
	} else {
		op, err = s.over(ctx, tx, t.OperatorID)
	}
	if err != nil {
		return op, err
	}
	if err := s.Authorize(ctx, TokenWrite, w); err != nil {
		return op, err
	}
	holds, err := s.principal(ctx, tx, op)
	if err != nil {
		return op, err
	}
	set, err := s.tokenSet(ctx, tx, t)
	if err != nil {
		return op, err
	}
	have := holds.At(w)
	if t.RoleID == "" {
		set = have
	}
	if have == 0 || !set.Within(have) {
		return op, fault.New(fault.Denied, "the token would hold more than its operator does there")
	}
	if who.Limit != nil && !who.Limit.covers(Where{TenantID: t.TenantID, OrgID: t.OrgID}) || !system(ctx) && !set.Within(who.At(w)) {
		return op, fault.New(fault.Denied, "the token would hold more than you do there")
	}
	return op, nil
}

// tokenSet is what a token's role holds; everything where it names none.
func (s *Service) tokenSet(ctx context.Context, q db.Q, t Token) (Set, error) {
	if t.RoleID == "" {
		return everything, nil
	}
	r, err := s.usableRole(ctx, q, t.RoleID, t.TenantID)
	return r.Permissions, err
}

// byToken judges an API token for Authenticate.
func (s *Service) byToken(ctx context.Context, q db.Q, hash string) (Principal, func(*db.Tx) error, error) {
	row, err := findToken(ctx, q, hash)
	if err != nil {
		return Principal{}, nil, err
	}
	t := row.token()
	now := s.db.Now()
	if !t.ExpiresAt.IsZero() && !t.ExpiresAt.After(now) {
		return Principal{}, nil, hidden("token")
	}
	p, err := s.enabled(ctx, q, t.OperatorID)
	if err != nil {
		return Principal{}, nil, err
	}
	set, err := s.tokenSet(ctx, q, t)
	if err != nil {
		return Principal{}, nil, err
	}
	p.Limit = &Held{TenantID: t.TenantID, OrgID: t.OrgID, Permissions: set}
	p.TokenID, p.ExpiresAt = t.ID, t.ExpiresAt
	var note func(*db.Tx) error
	if now.Sub(t.UsedAt) >= time.Minute {
		note = func(tx *db.Tx) error { return touchToken(ctx, tx, t.ID, now.UnixMilli()) }
	}
	return p, note, nil
}

// Tokens lists an operator's tokens, newest first; "" is oneself. Others' need
// what changing that operator needs. To a token itself it shows those that reach
// no further than it does.
func (s *Service) Tokens(ctx context.Context, operatorID string) (out []Token, err error) {
	ctx = platform(ctx)
	who, _ := From(ctx)
	if operatorID == "" {
		operatorID = who.OperatorID
	}
	err = s.db.Read(ctx, func(q db.Q) error {
		if operatorID != who.OperatorID {
			if _, err := s.over(ctx, q, operatorID); err != nil {
				return err
			}
		}
		rows, err := tokensOf(ctx, q, operatorID)
		for _, row := range rows {
			if who.reaches(row) {
				out = append(out, row.token())
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return out, nil
}

// DeleteToken ends a token at once.
func (s *Service) DeleteToken(ctx context.Context, id string) error {
	ctx = platform(ctx)
	who, _ := From(ctx)
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		row, err := findTokenByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if row.OperatorID != who.OperatorID || !who.reaches(row) {
			if _, err := s.over(ctx, tx, row.OperatorID); err != nil {
				return hideDenied(err, "token")
			}
		}
		if err := remove(ctx, tx, &tokenRow{}, id); err != nil {
			return err
		}
		return s.auditToken(ctx, tx, "token.delete", row.token())
	})
	if err != nil {
		return fmt.Errorf("delete a token: %w", err)
	}
	return nil
}

// reaches reports whether a token's place lies within what p is limited to.
func (p Principal) reaches(row tokenRow) bool {
	return p.Limit == nil || p.Limit.covers(Where{TenantID: row.TenantID, OrgID: row.OrgID})
}

func (s *Service) auditToken(ctx context.Context, tx *db.Tx, action string, t Token) error {
	state := map[string]any{"name": t.Name, "tenant": t.TenantID, "org": t.OrgID, "role": t.RoleID, "expires_at": clock.Millis(t.ExpiresAt)}
	e := audit.Entry{TenantID: t.TenantID, OrgID: t.OrgID, Action: action, SubjectKind: "token", SubjectID: t.ID, SubjectName: t.Login + ": " + t.Name, After: state}
	if action == "token.delete" {
		e.Before, e.After = state, nil
	}
	return s.audit.Record(ctx, tx, e)
}

func tokenOf(t Token, hash string) *tokenRow {
	return &tokenRow{
		ID: t.ID, OperatorID: t.OperatorID, TenantID: t.TenantID, OrgID: t.OrgID, RoleID: t.RoleID, Name: t.Name, TokenHash: hash,
		CreatedAt: clock.Millis(t.CreatedAt), ExpiresAt: clock.Millis(t.ExpiresAt),
	}
}

func (r tokenRow) token() Token {
	return Token{
		ID: r.ID, OperatorID: r.OperatorID, Login: r.Login, TenantID: r.TenantID, OrgID: r.OrgID, RoleID: r.RoleID, Name: r.Name,
		CreatedAt: clock.FromMillis(r.CreatedAt), ExpiresAt: clock.FromMillis(r.ExpiresAt), UsedAt: clock.FromMillis(r.UsedAt),
	}
}
