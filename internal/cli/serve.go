package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/domain/access"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/logx"
	"bellwether/internal/platform/scope"
	"bellwether/web"
)

// where is how every command that needs the program's data finds it.
type where struct {
	Config string `help:"Configuration file (YAML)." placeholder:"FILE"`
	Data   string `help:"Data directory; stronger than the file." placeholder:"DIR"`
}

// load reads the settings.
func (w where) load(s *session) (config.Config, error) {
	flags := map[string]string{}
	if w.Data != "" {
		flags["data_dir"] = w.Data
	}
	c, err := config.Load(config.Sources{File: w.Config, Env: s.env, Flags: flags})
	if err != nil {
		return c, misuse{err}
	}
	return c, nil
}

type serveCmd struct {
	where
	PrintConfig bool `help:"Print the effective settings with comments, and stop."`
}

// Run serves until the program is told to stop.
func (c *serveCmd) Run(ctx context.Context, s *session) error {
	cfg, err := c.load(s)
	if err != nil {
		return err
	}
	if c.PrintConfig {
		return config.Print(s.out, cfg)
	}
	return s.serve(ctx, cfg, dial.New(dial.Policy{}), func(a *app.App) error { return s.announce(ctx, a) })
}

// serve runs the program from start to stop. ready is called when every door is
// open.
func (s *session) serve(ctx context.Context, cfg config.Config, network dial.Network, ready func(*app.App) error) error {
	held, err := lock(cfg)
	if err != nil {
		return err
	}
	defer held.Close()
	a, err := s.build(ctx, cfg, network)
	if err == nil {
		err = a.Start(ctx)
	}
	if err != nil {
		return unlessStopped(ctx, err)
	}
	if err := errors.Join(note(held, consoleURL(a), cfg.Demo, a.Addrs()), ready(a)); err != nil {
		if stop := a.Stop(context.WithoutCancel(ctx)); stop != nil {
			s.say("stop: %v", stop)
		}
		return unlessStopped(ctx, err)
	}
	select {
	case <-ctx.Done():
	case <-a.Failed():
	}
	return a.Stop(context.WithoutCancel(ctx))
}

// unlessStopped drops an error that came because the program was told to stop.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// build makes the program without starting it.
func (s *session) build(ctx context.Context, cfg config.Config, network dial.Network) (*app.App, error) {
	log, err := logx.New(s.err, cfg.Log.Format, cfg.Log.Level)
	if err != nil {
		return nil, misuse{err}
	}
	a, err := app.New(ctx, app.Options{Config: cfg, Log: log, Network: network, Web: web.FS(), Version: s.version, Demo: cfg.Demo})
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return a, nil
}

// announce says where each door is, and how the first operator signs in.
func (s *session) announce(ctx context.Context, a *app.App) error {
	addrs := a.Addrs()
	for _, d := range []struct{ door, what string }{
		{"admin", "console and API"}, {"provision_https", "phones, HTTPS"}, {"provision_http", "phones, HTTP"},
		{"provision_https_legacy", "phones, HTTPS with old TLS"}, {"tftp", "phones, TFTP"}, {"ftp", "phones, FTP"}, {"ftps", "phones, FTPS"},
		{"cwmp_https", "phones, TR-069 over TLS"}, {"cwmp_http", "phones, TR-069 in clear"}, {"ipp", "AudioCodes phones, reports"}, {"metrics", "metrics and health"},
	} {
		for _, addr := range addrs[d.door] {
			s.say("%s on %s", d.what, addr)
		}
	}
	ctx = scope.AsSystem(ctx, "command line")
	has, err := a.Access.HasOwner(ctx)
	if err != nil || has {
		return err
	}
	link, err := a.Access.NewSetupLink(ctx, access.First, "")
	if err != nil {
		return err
	}
	s.say("nobody can sign in yet. This link makes the first operator; it works once, for 30 minutes:\n\n  %s\n", consoleURL(a)+"/setup/"+link.Reveal())
	return nil
}

// consoleURL is where people reach the console: the configured address, or, as
// long as that is this machine itself, where the door really is.
func consoleURL(a *app.App) string {
	u, err := url.Parse(a.Config.PublicURL)
	if err != nil || !slices.Contains([]string{"127.0.0.1", "localhost", "::1"}, u.Hostname()) {
		return a.Config.PublicURL
	}
	if there := noted(a.Config); there != "" {
		return there
	}
	for _, addr := range a.Addrs()["admin"] {
		if _, port, err := net.SplitHostPort(addr); err == nil {
			u.Host = net.JoinHostPort(u.Hostname(), port)
			break
		}
	}
	return u.String()
}
