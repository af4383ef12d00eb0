package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/platform/clock"
)

type benchCmd struct {
	Only     string  `help:"One figure by its id, such as P-11." placeholder:"ID"`
	Scale    float64 `help:"Part of the work; 1 is the size that the goals name." default:"1"`
	Database string  `help:"PostgreSQL to measure on, an empty one; default is SQLite in a folder that goes away." placeholder:"URL"`
	Out      string  `help:"Also write the figures as JSON." placeholder:"FILE"`
}

// figure is one measured goal. Goal is a bound that Ours has to keep below.
type figure struct {
	ID       string  `json:"id"`
	What     string  `json:"what"`
	Ours     float64 `json:"ours"`
	Peer     float64 `json:"peer"`
	PeerName string  `json:"peer_name"`
	Unit     string  `json:"unit"`
	Ratio    float64 `json:"ratio"`
	Goal     float64 `json:"goal"`
	Met      bool    `json:"met"`
	Size     string  `json:"size"`
	Note     string  `json:"note"`
}

// benchmark measures one or more figures on a program of its own.
type benchmark struct {
	ids []string
	run func(ctx context.Context, b *bench) ([]figure, error)
}

// bench is a fresh program to measure.
type bench struct {
	*app.App
	scale float64
	clock clock.System
}

func benchmarks() []benchmark {
	return []benchmark{{[]string{"P-11"}, benchPlan}, {[]string{"S-1"}, benchStorage}}
}

// Run measures, prints a table and writes the file. A goal that is missed does
// not fail the command: it is a figure, not a test.
func (c *benchCmd) Run(ctx context.Context, s *session) error {
	if c.Scale <= 0 || c.Scale > 10 {
		return wrongUse("--scale: more than 0, at most 10")
	}
	var all []figure
	for _, m := range benchmarks() {
		if c.Only != "" && !strings.Contains(" "+strings.Join(m.ids, " ")+" ", " "+c.Only+" ") {
			continue
		}
		fs, err := c.measure(ctx, s, m)
		if err != nil {
			return fmt.Errorf("measure %s: %w", strings.Join(m.ids, ", "), err)
		}
		all = append(all, fs...)
	}
	if len(all) == 0 {
		return wrongUse("--only: there is no figure %s", c.Only)
	}
	if err := c.write(all); err != nil {
		return err
	}
	return table(s, all)
}

func (c *benchCmd) measure(ctx context.Context, s *session, m benchmark) (out []figure, err error) {
	dir, err := os.MkdirTemp("", "bellwether-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cfg := config.Default()
	cfg.DataDir, cfg.Database, cfg.Demo = dir, c.Database, true
	err = s.open(ctx, cfg, func(ctx context.Context, a *app.App) error {
		out, err = m.run(ctx, &bench{App: a, scale: c.Scale})
		return err
	})
	return out, err
}

func (c *benchCmd) write(all []figure) error {
	if c.Out == "" {
		return nil
	}
	b, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.Out), 0o755); err != nil {
		return err
	}
	return os.WriteFile(c.Out, append(b, '\n'), 0o600)
}

func table(s *session, all []figure) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "id\twhat\tours\tgoal\tmet\tunit\tsize\tnote")
	for _, f := range all {
		met := "no"
		if f.Met {
			met = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%.2f\t%.2f\t%s\t%s\t%s\t%s\n", f.ID, f.What, f.Ours, f.Goal, met, f.Unit, f.Size, f.Note)
	}
	return w.Flush()
}

// below makes a figure whose goal is an upper bound.
func below(f figure) figure {
	f.Met = f.Ours <= f.Goal
	if f.Goal > 0 {
		f.Ratio = f.Ours / f.Goal
	}
	return f
}

// cpuSeconds is what the process has used so far, user and system.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	of := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return of(u.Utime) + of(u.Stime)
}
