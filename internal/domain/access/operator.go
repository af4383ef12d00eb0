package access

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
)

// Operator is a person who signs in to the console or the API.
type Operator struct {
	ID          string
	Login       string // unique on the platform, whatever the case
	Name        string
	Email       string
	Disabled    bool
	HasPassword bool
	Grants      []Grant // those that the asker may see
	Version     int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// NewOperator is what an operator is made from. Without a password it signs in
// by a set-up link first.
type NewOperator struct {
	Login, Name, Email string
	Password           secret.String
	Grants             []Grant
}

// OperatorPatch changes what is not nil.
type OperatorPatch struct {
	Login, Name, Email *string
	Disabled           *bool
	Password           *secret.String
	// Current is the password in use. Operators who change their own
	// password have to give it.
	Current secret.String
}

// OperatorFilter narrows a list.
type OperatorFilter struct {
	Query string // words in login, name and mail address
	db.Page
}

// CreateOperator makes an operator with its grants. The maker needs what each
// grant needs (see Grant); without any it needs operator.write on the platform.
// It fails with fault.Conflict where the login is taken.
func (s *Service) CreateOperator(ctx context.Context, in NewOperator) (out Operator, err error) {
	ctx = platform(ctx)
	row := operatorRow{ID: s.db.NewID(), Login: strings.TrimSpace(in.Login), Name: strings.TrimSpace(in.Name), Email: strings.TrimSpace(in.Email), Version: 1}
	if err := s.fill(ctx, &row, in.Password); err != nil {
		return out, fmt.Errorf("make an operator: %w", err)
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if len(in.Grants) == 0 {
			if err := s.Authorize(ctx, OperatorWrite, Where{}); err != nil {
				return err
			}
		}
		row.CreatedAt, row.UpdatedAt = s.db.Now().UnixMilli(), s.db.Now().UnixMilli()
		out = row.operator()
		if err := s.insertOperator(ctx, tx, row); err != nil {
			return err
		}
		for _, g := range in.Grants {
			made, err := s.grant(ctx, tx, row, g)
			if err != nil {
				return err
			}
			out.Grants = append(out.Grants, made)
		}
		return nil
	})
	if err != nil {
		return Operator{}, fmt.Errorf("make an operator: %w", err)
	}
	return out, nil
}

func (s *Service) insertOperator(ctx context.Context, tx *db.Tx, row operatorRow) error {
	if err := db.Map(db.Insert(ctx, tx, &row)); err != nil {
		return loginTaken(err)
	}
	return s.audit.Record(ctx, tx, audit.Entry{
		Action: "operator.create", SubjectKind: "operator", SubjectID: row.ID, SubjectName: row.Login, After: row.shown(),
	})
}

func loginTaken(err error) error {
	if fault.Is(err, fault.Conflict) && fault.CodeOf(err) == "" {
		return fault.New(fault.Conflict, "that login is taken").WithCode("login_taken")
	}
	return err
}

// fill checks a row and sets what follows from its other fields.
func (s *Service) fill(ctx context.Context, row *operatorRow, password secret.String) error {
	row.LoginKey = loginKey(row.Login)
	wrong := checkOperator(*row)
	if !password.IsZero() {
		if why := checkPassword(password, row.Login); why != "" {
			wrong = append(wrong, fault.Field{Path: "password", Message: why})
		}
	}
	if len(wrong) > 0 {
		return fault.InvalidFields("operator is not valid", wrong...)
	}
	if password.IsZero() {
		return nil
	}
	var err error
	row.PasswordHash, err = s.hasher.hash(ctx, password)
	return err
}

func checkOperator(row operatorRow) (wrong []fault.Field) {
	plain := func(r rune) bool {
		return r == '.' || r == '-' || r == '_' || r == '@' || r == '+' || unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	switch {
	case row.Login == "":
		wrong = append(wrong, fault.Field{Path: "login", Message: "a login is needed"})
	case utf8.RuneCountInString(row.Login) > limit.Login || strings.TrimFunc(row.Login, plain) != "" || strings.IndexFunc(row.Login, func(r rune) bool { return !plain(r) }) >= 0:
		wrong = append(wrong, fault.Field{Path: "login", Message: "at most 64 letters, digits and . - _ @ +"})
	}
	if utf8.RuneCountInString(row.Name) > limit.Name || row.Name != printable(row.Name, 4*limit.Name) {
		wrong = append(wrong, fault.Field{Path: "name", Message: "at most 64 characters, none of them a control character"})
	}
	if row.Email != "" {
		if a, err := mail.ParseAddress(row.Email); err != nil || a.Address != row.Email || len(row.Email) > limit.Email {
			wrong = append(wrong, fault.Field{Path: "email", Message: "not a mail address"})
		}
	}
	return wrong
}

// UpdateOperator changes an operator from that version on: oneself, but for
// being disabled, or one whose every right the asker could take away. A new
// password or being disabled ends the operator's other sessions.
func (s *Service) UpdateOperator(ctx context.Context, id string, p OperatorPatch, version int64) (out Operator, err error) {
	ctx = platform(ctx)
	before, err := s.mayUpdate(ctx, id, p)
	if err != nil {
		return out, fmt.Errorf("change an operator: %w", err)
	}
	row := before
	p.apply(&row)
	var password secret.String
	if p.Password != nil {
		password = *p.Password
		if password.IsZero() {
			return out, fault.InvalidFields("operator is not valid", fault.Field{Path: "password", Message: "it may not be empty"})
		}
	}
	if err := s.fill(ctx, &row, password); err != nil {
		return out, fmt.Errorf("change an operator: %w", err)
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		out, err = s.update(ctx, tx, before, row, version)
		return err
	})
	if err != nil {
		return Operator{}, fmt.Errorf("change an operator: %w", err)
	}
	return out, nil
}

// mayUpdate reads the operator and judges who asks, before any hashing.
func (s *Service) mayUpdate(ctx context.Context, id string, p OperatorPatch) (row operatorRow, err error) {
	who, _ := From(ctx)
	self := who.OperatorID == id && !system(ctx)
	err = s.db.Read(ctx, func(q db.Q) error {
		if self {
			row, err = findOperator(ctx, q, id)
		} else {
			row, err = s.over(ctx, q, id)
		}
		return err
	})
	if err != nil || !self {
		return row, err
	}
	if who.SessionID == "" {
		return row, fault.New(fault.Denied, "an API token cannot change its operator")
	}
	if p.Disabled != nil && *p.Disabled {
		return row, fault.New(fault.Conflict, "you cannot disable yourself")
	}
	if p.Password == nil || row.PasswordHash == "" {
		return row, nil
	}
	ok, _, err := s.hasher.verify(ctx, row.PasswordHash, p.Current)
	if err == nil && !ok {
		err = fault.InvalidFields("operator is not valid", fault.Field{Path: "current_password", Message: "that is not your password"})
	}
	return row, err
}

func (p OperatorPatch) apply(row *operatorRow) {
	for to, from := range map[*string]*string{&row.Login: p.Login, &row.Name: p.Name, &row.Email: p.Email} {
		if from != nil {
			*to = strings.TrimSpace(*from)
		}
	}
	if p.Disabled != nil {
		row.Disabled = 0
		if *p.Disabled {
			row.Disabled = 1
		}
	}
}

func (s *Service) update(ctx context.Context, tx *db.Tx, before, row operatorRow, version int64) (Operator, error) {
	if err := tx.Lock(ctx, "access.owners"); err != nil {
		return Operator{}, err
	}
	row.Version, row.UpdatedAt = version+1, s.db.Now().UnixMilli()
	if err := db.Map(db.UpdateAt(ctx, tx, &row, version, "operator")); err != nil {
		return Operator{}, loginTaken(err)
	}
	who, _ := From(ctx)
	if row.Disabled > before.Disabled || row.PasswordHash != before.PasswordHash {
		if err := deleteSessionsOf(ctx, tx, row.ID, who.SessionID); err != nil {
			return Operator{}, err
		}
	}
	if row.Disabled > before.Disabled {
		if err := s.ownerLeft(ctx, tx, row.ID); err != nil {
			return Operator{}, err
		}
	}
	after := row.shown()
	if row.PasswordHash != before.PasswordHash {
		after["password"] = "changed"
	}
	err := s.audit.Record(ctx, tx, audit.Entry{
		Action: "operator.update", SubjectKind: "operator", SubjectID: row.ID, SubjectName: row.Login, Before: before.shown(), After: after,
	})
	if err != nil {
		return Operator{}, err
	}
	return s.withGrants(ctx, tx, row)
}

// ownerLeft fails where disabling an operator leaves no platform owner.
func (s *Service) ownerLeft(ctx context.Context, q db.Q, id string) error {
	grants, err := grantsOf(ctx, q, id)
	if err != nil {
		return err
	}
	for _, g := range grants {
		if g.RoleID == RolePlatformOwner {
			return s.keepsOwner(ctx, q)
		}
	}
	return nil
}

// GetOperator returns one operator, with the grants that the asker may see.
func (s *Service) GetOperator(ctx context.Context, id string) (out Operator, err error) {
	ctx = platform(ctx)
	err = s.db.Read(ctx, func(q db.Q) error {
		row, err := s.visible(ctx, q, id)
		if err != nil {
			return err
		}
		out, err = s.withGrants(ctx, q, row)
		return err
	})
	if err != nil {
		return Operator{}, fmt.Errorf("read an operator: %w", err)
	}
	return out, nil
}

// FindOperator returns the operator with that login, for the command line.
func (s *Service) FindOperator(ctx context.Context, login string) (Operator, error) {
	row, err := s.operatorByLogin(platform(ctx), loginKey(login))
	if err != nil {
		return Operator{}, fmt.Errorf("find an operator: %w", err)
	}
	return s.GetOperator(ctx, row.ID)
}

// ListOperators lists those who hold something where the asker holds
// operator.read, and oneself.
func (s *Service) ListOperators(ctx context.Context, f OperatorFilter) (out db.Slice[Operator], err error) {
	ctx = platform(ctx)
	who, _ := From(ctx)
	err = s.db.Read(ctx, func(q db.Q) error {
		rows, err := listOperators(ctx, q, f, who, system(ctx) || who.May(OperatorRead, Where{}))
		if err != nil {
			return err
		}
		out.Next, out.Total = rows.Next, rows.Total
		for _, row := range rows.Items {
			o, err := s.withGrants(ctx, q, row)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, o)
		}
		return nil
	})
	if err != nil {
		return db.Slice[Operator]{}, fmt.Errorf("list operators: %w", err)
	}
	return out, nil
}

// visible reads an operator whom the asker may see: oneself, or one who holds
// something where the asker holds operator.read.
func (s *Service) visible(ctx context.Context, q db.Q, id string) (operatorRow, error) {
	row, err := findOperator(ctx, q, id)
	if err != nil {
		return row, err
	}
	who, _ := From(ctx)
	if system(ctx) || who.OperatorID == id || who.May(OperatorRead, Where{}) {
		return row, nil
	}
	o, err := s.withGrants(ctx, q, row)
	if err == nil && len(o.Grants) == 0 {
		err = hidden("operator")
	}
	return row, err
}

// withGrants adds the grants that the asker may see.
func (s *Service) withGrants(ctx context.Context, q db.Q, row operatorRow) (Operator, error) {
	o := row.operator()
	grants, err := grantsOf(ctx, q, row.ID)
	if err != nil {
		return o, err
	}
	who, _ := From(ctx)
	for _, g := range grants {
		w, err := placeOf(ctx, q, g.grant())
		if fault.Is(err, fault.Invalid) {
			w, err = Where{TenantID: g.TenantID, OrgID: g.OrgID}, nil
		}
		if err != nil {
			return o, err
		}
		own := who.OperatorID == row.ID && (who.Limit == nil || who.Limit.covers(w))
		if system(ctx) || own || who.May(OperatorRead, w) {
			o.Grants = append(o.Grants, g.grant())
		}
	}
	return o, nil
}

func (r operatorRow) operator() Operator {
	return Operator{
		ID: r.ID, Login: r.Login, Name: r.Name, Email: r.Email, Disabled: r.Disabled != 0, HasPassword: r.PasswordHash != "",
		Version: r.Version, CreatedAt: clock.FromMillis(r.CreatedAt), UpdatedAt: clock.FromMillis(r.UpdatedAt),
	}
}

// shown is the operator's state for the operation log.
func (r operatorRow) shown() map[string]any {
	return map[string]any{"login": r.Login, "name": r.Name, "email": r.Email, "disabled": r.Disabled != 0}
}
