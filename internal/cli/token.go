package cli

import (
	"context"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/domain/access"
)

type tokenCmd struct {
	Create tokenCreate `cmd:"" help:"Make an API token of an operator; its last line of output is the token. Works while the server runs."`
}

type tokenCreate struct {
	where
	Operator string        `required:"" help:"The operator's login; the token never holds more than the operator does."`
	Org      string        `required:"" help:"Organization that the token is for: id or slug."`
	Role     string        `help:"Role that the token is narrowed to; without one it holds all that the operator does there."`
	TTL      time.Duration `name:"ttl" help:"How long it lasts, as 24h; without it, until it is deleted."`
	Name     string        `default:"command line" help:"What the token is for."`
	JSON     bool          `help:"For machines."`
}

// Run makes a token and prints it. It is kept nowhere else.
func (c *tokenCreate) Run(ctx context.Context, s *session) error {
	if c.TTL < 0 {
		return wrongUse("--ttl: a time that is still to come is wanted")
	}
	return s.with(ctx, c.where, func(ctx context.Context, a *app.App) error {
		op, err := a.Access.FindOperator(ctx, c.Operator)
		if err != nil {
			return err
		}
		at, err := place(ctx, a, "", c.Org)
		if err != nil {
			return err
		}
		text, t, err := a.Access.CreateToken(ctx, access.Token{OperatorID: op.ID, TenantID: at.TenantID, OrgID: at.OrgID, RoleID: c.Role, Name: c.Name}, c.TTL)
		if err != nil {
			return err
		}
		if c.JSON {
			return s.printJSON(map[string]any{"id": t.ID, "token": text.Reveal(), "expires_at": optionalTime(t.ExpiresAt)})
		}
		s.print("token of %s for %s, %s; it is shown this once:", op.Login, c.Org, until(t.ExpiresAt))
		s.print("%s", text.Reveal())
		return nil
	})
}

func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func until(t time.Time) string {
	if t.IsZero() {
		return "until it is deleted"
	}
	return "until " + t.Format(time.RFC3339)
}
