package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/platform/fault"
)

type doctorCmd struct {
	where
	Phone string `help:"Tell why this phone does not come: its MAC, its name, or the address that it comes from." placeholder:"MAC|NAME|IP"`
	JSON  bool   `help:"For machines."`
}

// health is how a check came out.
type health string

// The outcomes. A warning leaves phones that work, and some that may not.
const (
	healthy  health = "ok"
	doubtful health = "warn"
	broken   health = "fail"
)

// checked is one finding: a sentence, and what to do.
type checked struct {
	Check string `json:"check"`
	State health `json:"state"`
	Text  string `json:"text"`
	Do    string `json:"do"` // "" for nothing
}

// checkup looks at a set-up, beside a program that may run on it.
type checkup struct {
	cfg     config.Config
	running string // where the console is of the program that runs, "" for none
	list    []checked
}

func (c *checkup) add(check string, state health, do, format string, args ...any) {
	c.list = append(c.list, checked{check, state, fmt.Sprintf(format, args...), do})
}

// Run looks at the set-up, or at one phone.
func (c *doctorCmd) Run(ctx context.Context, s *session) error {
	up := &checkup{}
	var err error
	if up.cfg, err = c.settings(s, up); err != nil {
		return err
	}
	if c.Phone != "" {
		return c.phone(ctx, s, up.cfg)
	}
	var doors map[string][]string
	if up.running, doors = running(up.cfg); doors != nil {
		up.add("settings", healthy, "", "A demo runs on this data: its doors are looked at where they are, whatever the settings say.")
		for _, d := range everyDoor() {
			*d.list(&up.cfg) = doors[d.name]
		}
		up.cfg.PnP = config.PnP{}
	}
	if up.running == "" {
		up.add("program", healthy, "", "No program runs on the data in %s.", up.cfg.DataDir)
	} else {
		up.add("program", healthy, "", "The program runs; its console is at %s.", up.running)
	}
	up.doors(ctx)
	up.addresses(ctx)
	if err := exists(up.cfg); err != nil {
		up.add("database", broken, "Make one with: bellwether migrate --data "+up.cfg.DataDir, "There is no database in %s.", up.cfg.DataDir)
	} else if err := s.open(ctx, up.cfg, func(ctx context.Context, a *app.App) error { return up.inside(ctx, a) }); err != nil {
		up.add("database", broken, "Look at what the sentence names; a damaged database comes back from a backup.", "The database does not open: %v.", err)
	}
	up.disk()
	up.clock()
	return c.tell(s, up.list)
}

// settings reads the settings; without a file that is named, those that
// "bellwether up" wrote into the data directory.
func (c *doctorCmd) settings(s *session, up *checkup) (config.Config, error) {
	w := c.where
	cfg, err := w.load(s)
	if err != nil || w.Config != "" {
		return cfg, err
	}
	own := filepath.Join(cfg.DataDir, "bellwether.yaml")
	if _, err := os.Stat(own); err != nil {
		return cfg, nil //nolint:nilerr // there is none
	}
	up.add("settings", healthy, "", "The settings are those of %s.", own)
	w.Config = own
	return w.load(s)
}

// tell prints the findings, and fails where any of them does.
func (c *doctorCmd) tell(s *session, list []checked) error {
	bad := 0
	for _, f := range list {
		if f.State == broken {
			bad++
		}
	}
	if c.JSON {
		if err := s.printJSON(list); err != nil {
			return err
		}
	} else {
		var b strings.Builder
		for _, f := range list {
			_, _ = fmt.Fprintf(&b, "%-5s %-12s %s\n", f.State, f.Check, f.Text)
			if f.Do != "" {
				_, _ = fmt.Fprintf(&b, "%-18s → %s\n", "", f.Do)
			}
		}
		s.print("%s", strings.TrimRight(b.String(), "\n"))
	}
	if bad > 0 {
		return fault.New(fault.Unavailable, "%d of %d checks failed", bad, len(list))
	}
	return nil
}
