// Package cli is the command line: one file per subcommand. Each reads its
// flags, starts the program or a part of it, and prints; what it does is done
// by the services.
//
// Exit codes: 0 done, 1 failed, 2 wrong use.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"bellwether/internal/platform/fault"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitMisuse = 2
)

// commands is the tree of subcommands.
type commands struct {
	Serve      serveCmd      `cmd:"" help:"Run the server."`
	Up         upCmd         `cmd:"" help:"Run the server for the phones of this network: finds it, opens the standard ports, writes the configuration."`
	Demo       demoCmd       `cmd:"" help:"Run the server with a small hotel and virtual phones, on this machine alone."`
	Phone      phoneCmd      `cmd:"" help:"Run virtual phones against a server."`
	PhoneImage phoneImageCmd `cmd:"" help:"Write firmware for virtual phones, in a made-up form."`
	Registrar  registrarCmd  `cmd:"" help:"A small SIP registrar with an echo, for trials."`
	DHCP       dhcpCmd       `cmd:"" name:"dhcp" help:"Print what makes a DHCP server send phones here."`
	Operator   operatorCmd   `cmd:"" help:"Operators: who may sign in."`
	Token      tokenCmd      `cmd:"" help:"API tokens."`
	Template   templateCmd   `cmd:"" help:"Templates: list, write to a file, take from one."`
	ConfigFile configFileCmd `cmd:"" help:"Config files of single devices."`
	Firmware   firmwareCmd   `cmd:"" help:"Firmware images that phones fetch."`
	Resource   resourceCmd   `cmd:"" help:"Ringtones, wallpapers, phonebooks and language packs that phones fetch."`
	Lesson     lessonCmd     `cmd:"" help:"What files of phones and their makers teach about settings."`
	TrustedCA  trustedCmd    `cmd:"" name:"trusted-ca" help:"CAs whose certificates prove who a phone is."`
	Doctor     doctorCmd     `cmd:"" help:"Look at a set-up, or why one phone does not come, and say it in plain words."`
	Migrate    migrateCmd    `cmd:"" help:"Bring the database to this version, or make it."`
	Bench      benchCmd      `cmd:"" help:"Measure the goals, here and now."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// session is one call of the program.
type session struct {
	out, err io.Writer
	env      []string
	version  string
}

// Main runs the program with the process's arguments and returns its exit code.
// SIGINT and SIGTERM end it in good order; a second one ends it at once.
func Main(version string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, &session{out: os.Stdout, err: os.Stderr, env: os.Environ(), version: version}, os.Args[1:])
}

// run parses arguments and runs what they name.
func run(ctx context.Context, s *session, args []string) int {
	var tree commands
	asked := false // for help, which is printed while parsing
	parser, err := kong.New(&tree, kong.Name("bellwether"), kong.Description("Provisions, manages and watches over fleets of IP phones."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Writers(s.out, s.err), kong.Exit(func(int) { asked = true }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return s.fail(err)
	}
	picked, err := parser.Parse(args)
	if asked {
		return exitDone
	}
	if err != nil {
		s.say("%v\nSee bellwether --help.", err)
		return exitMisuse
	}
	if err := picked.Run(s); err != nil {
		return s.fail(err)
	}
	return exitDone
}

// misuse is an error of the caller's: wrong flags or settings.
type misuse struct{ error }

// Unwrap returns the cause.
func (m misuse) Unwrap() error { return m.error }

func wrongUse(format string, args ...any) error {
	return misuse{fault.New(fault.Invalid, format, args...)}
}

// fail tells an error and returns the exit code for it.
func (s *session) fail(err error) int {
	s.say("%v", err)
	var f *fault.Error
	if errors.As(err, &f) {
		for _, w := range f.Fields {
			s.say("  %s: %s", w.Path, w.Message)
		}
	}
	if errors.As(err, &misuse{}) {
		return exitMisuse
	}
	return exitFailed
}

// say prints a line on standard error.
func (s *session) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.err, "bellwether: "+format+"\n", args...)
}

// print prints a line on standard output.
func (s *session) print(format string, args ...any) {
	_, _ = fmt.Fprintf(s.out, format+"\n", args...)
}
