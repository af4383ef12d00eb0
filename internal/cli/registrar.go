package cli

import (
	"context"
	"net/netip"
	"strings"

	"bellwether/internal/app"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/logx"
	"bellwether/internal/platform/secret"
)

type registrarCmd struct {
	Listen  string   `default:"127.0.0.1:5060" help:"Address for UDP and TCP; one of this machine's own, not all of them."`
	Account []string `help:"A user who may register, as user:password; may be given again. Without one, everybody may." placeholder:"USER:PASSWORD"`
	Echo    string   `default:"600" help:"Extension that sends the caller's speech back."`
	Verbose bool     `help:"Tell of what goes wrong."`
}

// Run lets phones register and call each other until the program is told to stop.
func (c *registrarCmd) Run(ctx context.Context, s *session) error {
	at, err := netip.ParseAddrPort(c.Listen)
	if err != nil || at.Addr().IsUnspecified() {
		return wrongUse("--listen: one address of this machine with a port is wanted, as 192.0.2.10:5060")
	}
	o := app.RegistrarOptions{Listen: at, Echo: c.Echo}
	if c.Echo == "" || len(c.Echo) > limit.Name || strings.ContainsAny(c.Echo, " \t<>@:;") {
		return wrongUse("--echo: digits are wanted")
	}
	for _, a := range c.Account {
		user, password, ok := strings.Cut(a, ":")
		if !ok || user == "" || password == "" || len(user) > limit.Name {
			return wrongUse("--account: user:password is wanted")
		}
		if o.Accounts == nil {
			o.Accounts = map[string]secret.String{}
		}
		o.Accounts[user] = secret.NewString(password)
	}
	level := "warn"
	if c.Verbose {
		level = "debug"
	}
	if o.Log, err = logx.New(s.err, logx.Text, level); err != nil {
		return err
	}
	r, err := app.OpenRegistrar(ctx, o)
	if err != nil {
		return err
	}
	s.print("SIP registrar for trials on %s, UDP and TCP; %s. Call %s to hear yourself. Stop with Ctrl-C.", r.Addr(), who(len(o.Accounts)), r.Echo())
	return r.Run(ctx)
}

func who(accounts int) string {
	if accounts == 0 {
		return "every user is let in, by whatever password"
	}
	return "only the users that were named are let in"
}
