package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
)

type trustedCmd struct {
	List     trustedList     `cmd:"" help:"List the trusted CAs: the platform's, or with --org an organization's own. Works while the server runs, as do the others."`
	Add      trustedAdd      `cmd:"" help:"Trust a CA. It proves nothing until its rule is confirmed."`
	Subjects trustedSubjects `cmd:"" help:"List the phones' certificates that a CA signed and that were seen, with the MAC that the rule would read."`
	Confirm  trustedConfirm  `cmd:"" help:"Confirm how a CA's certificates tell the MAC, on one that was seen."`
	Delete   trustedDelete   `cmd:"" help:"Trust a CA no longer."`
}

// inPlace is how the commands about CAs find whose they are.
type inPlace struct {
	where
	Org  string `help:"Organization: id or slug; without it the platform, whose CAs count for every organization."`
	JSON bool   `help:"For machines."`
}

func (c inPlace) enter(ctx context.Context, s *session, do func(ctx context.Context, a *app.App, p trust.Place) error) error {
	return s.with(ctx, c.where, func(ctx context.Context, a *app.App) error {
		if c.Org == "" {
			return do(ctx, a, trust.Place{})
		}
		o, err := a.Orgs.Org(ctx, c.Org)
		if err != nil {
			return fmt.Errorf("organization %s: %w", c.Org, err)
		}
		return do(ctx, a, trust.Place{TenantID: o.TenantID, OrgID: o.ID})
	})
}

// find finds a place's CA by its id or name.
func (c inPlace) find(ctx context.Context, a *app.App, p trust.Place, name string) (trust.CA, error) {
	all, err := a.Trust.List(ctx, p)
	if err != nil {
		return trust.CA{}, err
	}
	for _, ca := range all {
		if ca.ID == name || strings.EqualFold(ca.Name, name) {
			return ca, nil
		}
	}
	return trust.CA{}, fault.New(fault.NotFound, "no trusted CA is called %s", name)
}

type trustedList struct{ inPlace }

// listedCA is a CA in a list for machines.
type listedCA struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Field       string `json:"field"`
	Pattern     string `json:"pattern"`
	ConfirmedAt string `json:"confirmed_at"`
	Subjects    int    `json:"subjects"`
	Devices     int    `json:"devices"`
	NotAfter    string `json:"not_after"` // of the certificate that ends first
}

func listedCAOf(ca trust.CA) listedCA {
	l := listedCA{ID: ca.ID, Name: ca.Name, Field: string(ca.Rule.Field), Pattern: ca.Rule.Pattern, Subjects: ca.Subjects, Devices: ca.Devices}
	if ca.Confirmed() {
		l.ConfirmedAt = ca.ConfirmedAt.UTC().Format(time.RFC3339)
	}
	var first time.Time
	for _, c := range ca.Certificates {
		if first.IsZero() || c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	l.NotAfter = first.UTC().Format(time.RFC3339)
	return l
}

// Run lists a place's CAs.
func (c *trustedList) Run(ctx context.Context, s *session) error {
	return c.enter(ctx, s, func(ctx context.Context, a *app.App, p trust.Place) error {
		all, err := a.Trust.List(ctx, p)
		if err != nil {
			return err
		}
		list := make([]listedCA, len(all))
		for i, ca := range all {
			list[i] = listedCAOf(ca)
		}
		if c.JSON {
			return s.printJSON(list)
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "NAME\tMAC IN\tCONFIRMED\tSEEN\tDEVICES\tVALID TO")
		for _, l := range list {
			confirmed := l.ConfirmedAt
			if confirmed == "" {
				confirmed = "no, so it proves nothing"
			}
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\n", l.Name, l.Field, confirmed, l.Subjects, l.Devices, l.NotAfter)
		}
		return w.Flush()
	})
}

type trustedAdd struct {
	inPlace
	File string `arg:"" help:"Its certificate, or several, as PEM."`
	Name string `help:"Without it the certificate's own."`
}

// Run takes a CA in.
func (c *trustedAdd) Run(ctx context.Context, s *session) error {
	data, err := readFile(c.File)
	if err != nil {
		return err
	}
	return c.enter(ctx, s, func(ctx context.Context, a *app.App, p trust.Place) error {
		ca, err := a.Trust.Add(ctx, p, c.Name, string(data))
		if err != nil {
			return err
		}
		if c.JSON {
			return s.printJSON(listedCAOf(ca))
		}
		s.print("%s is trusted. It proves nothing yet: let a phone show its certificate, then see bellwether trusted-ca subjects.", ca.Name)
		return nil
	})
}

// ofCA is a command about one CA.
type ofCA struct {
	inPlace
	CA string `arg:"" name:"ca" help:"Its name or id."`
}

type trustedSubjects struct{ ofCA }

// listedSubject is a certificate in a list for machines.
type listedSubject struct {
	ID       string `json:"id"`
	Subject  string `json:"subject"`
	Address  string `json:"address"`
	LastAt   string `json:"last_at"`
	NotAfter string `json:"not_after"`
	MAC      string `json:"mac"` // by the rule, or by the one that is proposed
	Why      string `json:"why"` // there is none
}

// Run lists what was seen of a CA.
func (c *trustedSubjects) Run(ctx context.Context, s *session) error {
	return c.enter(ctx, s, func(ctx context.Context, a *app.App, p trust.Place) error {
		ca, err := c.find(ctx, a, p, c.CA)
		if err != nil {
			return err
		}
		seen, rule, err := a.Trust.Subjects(ctx, p, ca.ID)
		if err != nil {
			return err
		}
		if ca.Rule != (trust.Rule{}) {
			rule = ca.Rule
		}
		list := make([]listedSubject, len(seen))
		for i, sub := range seen {
			list[i] = listedSubject{ID: sub.ID, Subject: sub.Subject, Address: sub.Address, LastAt: sub.LastAt.UTC().Format(time.RFC3339), NotAfter: sub.NotAfter.UTC().Format(time.RFC3339), Why: "no rule reads a MAC in it"}
			if rule == (trust.Rule{}) {
				continue
			}
			m, why, err := a.Trust.Try(ctx, p, ca.ID, sub.ID, rule)
			if err != nil {
				return err
			}
			list[i].MAC, list[i].Why = m.String(), why
		}
		if c.JSON {
			return s.printJSON(list)
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "ID\tMAC\tSUBJECT\tFROM\tLAST SEEN")
		for _, l := range list {
			told := mac.Address(l.MAC).Colons()
			if l.MAC == "" {
				told = l.Why
			}
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.ID, told, l.Subject, l.Address, l.LastAt)
		}
		return w.Flush()
	})
}

type trustedConfirm struct {
	ofCA
	Subject string `required:"" help:"Id of a certificate that was seen."`
	MAC     string `required:"" name:"mac" help:"The MAC of the phone that it belongs to, as on its label."`
	Field   string `help:"cn, serial_number, san_dns, san_uri or san_email; without it as proposed."`
	Pattern string `help:"Regular expression for the whole field with one group, the MAC; without it as proposed."`
}

// Run puts a rule in force.
func (c *trustedConfirm) Run(ctx context.Context, s *session) error {
	want, err := mac.Parse(c.MAC)
	if err != nil {
		return wrongUse("--mac: %v", err)
	}
	if (c.Field == "") != (c.Pattern == "") {
		return wrongUse("--field and --pattern go together")
	}
	return c.enter(ctx, s, func(ctx context.Context, a *app.App, p trust.Place) error {
		ca, err := c.find(ctx, a, p, c.CA)
		if err != nil {
			return err
		}
		rule := trust.Rule{Field: trust.Field(c.Field), Pattern: c.Pattern}
		if c.Field == "" {
			if _, rule, err = a.Trust.Subjects(ctx, p, ca.ID); err != nil {
				return err
			}
			if ca.Rule != (trust.Rule{}) {
				rule = ca.Rule
			}
		}
		if ca, err = a.Trust.Confirm(ctx, p, ca.ID, c.Subject, rule, want, ca.Version); err != nil {
			return err
		}
		if c.JSON {
			return s.printJSON(listedCAOf(ca))
		}
		s.print("Certificates of %s prove the MAC in %s from now on.", ca.Name, ca.Rule.Field)
		return nil
	})
}

type trustedDelete struct{ ofCA }

// Run takes a CA out.
func (c *trustedDelete) Run(ctx context.Context, s *session) error {
	return c.enter(ctx, s, func(ctx context.Context, a *app.App, p trust.Place) error {
		ca, err := c.find(ctx, a, p, c.CA)
		if err != nil {
			return err
		}
		if err := a.Trust.Delete(ctx, p, ca.ID, ca.Version); err != nil {
			return err
		}
		if !c.JSON {
			s.print("%s is trusted no longer.", ca.Name)
		}
		return nil
	})
}
