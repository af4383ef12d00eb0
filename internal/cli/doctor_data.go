package cli

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"syscall"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/provision"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/page"
)

const (
	littleDisk = 1 << 30   // bytes: below it is a warning
	noDisk     = 100 << 20 // bytes: below it is a failure
	rootsLeft  = 90 * 24 * time.Hour
	lately     = 24 * time.Hour
	ahead      = time.Minute // that a row may be ahead of the clock
)

// inside looks at what stands in the database.
func (c *checkup) inside(ctx context.Context, a *app.App) error {
	if err := a.Writable(ctx); err != nil {
		c.add("database", broken, "Look at the folder's rights and at the disk; on PostgreSQL, at its log.", "Nothing can be written to the database: %v.", err)
	} else {
		c.add("database", healthy, "", "The database can be written (%s).", a.DB.Dialect())
	}
	c.certificate(ctx, a)
	c.authority(a)
	for _, look := range []func(context.Context, *app.App) error{c.phones, c.legacy, c.authorities} {
		if err := look(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// authority looks how long our own roots last.
func (c *checkup) authority(a *app.App) {
	rest := a.CA.Roots()
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			return
		}
		root, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			c.add("certificate", broken, "Restore the database from a backup.", "A root of the program's own authority cannot be read: %v.", err)
			continue
		}
		if left := root.NotAfter.Sub(a.Clock.Now()); left < rootsLeft {
			c.add("certificate", doubtful, "Let every phone fetch once before then, so that it has the next root.", "The root %q of the program's own authority ends on %s.", root.Subject.CommonName, root.NotAfter.UTC().Format(time.DateOnly))
		}
	}
}

// phones looks at what the ledger says of clocks.
func (c *checkup) phones(ctx context.Context, a *app.App) error {
	now := a.Clock.Now()
	last, err := a.Ledger.List(ctx, provision.Filter{Page: page.Page{Limit: 1}})
	if err != nil {
		return err
	}
	if len(last.Items) > 0 && last.Items[0].LastAt.After(now.Add(ahead)) {
		c.add("clock", broken, "Set this machine's clock, and let a time server keep it.", "The newest request came at %s, and this machine's clock says %s: it was set back.",
			last.Items[0].LastAt.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	off, err := a.Ledger.List(ctx, provision.Filter{Reasons: []identity.Reason{identity.TLSTime}, Since: now.Add(-lately), Page: page.Page{Limit: 1}})
	if err == nil && off.Total > 0 {
		c.add("clock", doubtful, "Compare this machine's clock with the true time; then give the phones a time server.", "From %d addresses phones held our certificate for bad or over within the last day, last from %s: their clocks are wrong, or ours.", off.Total, off.Items[0].Address)
	}
	return err
}

// legacy lists where phones get their secrets in clear text.
func (c *checkup) legacy(ctx context.Context, a *app.App) error {
	return c.eachOrg(ctx, a, func(o org.Org) error {
		list, err := a.Orgs.Sites(ctx, o.ID)
		for _, site := range list.Sites {
			switch l := site.LegacyAt(a.Clock.Now()); {
			case l.State.Serves():
				c.add("legacy", doubtful, "Move its phones to HTTPS, and take the flag away.", "The site %s of %s gives configurations in clear text until %s.", site.Name, o.Name, l.Ends.UTC().Format(time.DateOnly))
			case l.State == org.LegacyOver:
				c.add("legacy", doubtful, "Move the phones that still come in clear text to HTTPS, and take the flag away.", "The legacy flag of the site %s of %s ended on %s.", site.Name, o.Name, l.Ends.UTC().Format(time.DateOnly))
			}
		}
		return err
	})
}

// authorities lists CAs that prove nothing yet.
func (c *checkup) authorities(ctx context.Context, a *app.App) error {
	look := func(p trust.Place, whose string) error {
		list, err := a.Trust.List(ctx, p)
		for _, ca := range list {
			if !ca.Confirmed() && ca.Platform() == (p == trust.Place{}) {
				c.add("authority", doubtful, "Confirm it on a certificate that was seen, or delete the authority.", "The rule of the trusted authority %q of %s is not confirmed: its certificates prove nothing (%d seen).", ca.Name, whose, ca.Subjects)
			}
		}
		return err
	}
	if err := look(trust.Place{}, "the platform"); err != nil {
		return err
	}
	return c.eachOrg(ctx, a, func(o org.Org) error { return look(trust.Place{TenantID: o.TenantID, OrgID: o.ID}, o.Name) })
}

func (c *checkup) eachOrg(ctx context.Context, a *app.App, do func(org.Org) error) error {
	list, err := a.Orgs.Orgs(ctx, "")
	if err != nil {
		return err
	}
	for _, o := range list {
		if err := do(o); err != nil {
			return err
		}
	}
	return nil
}

// disk looks how much room the data has.
func (c *checkup) disk() {
	var s syscall.Statfs_t
	if err := syscall.Statfs(c.cfg.DataDir, &s); err != nil {
		return // the database told already that there is no such folder
	}
	free := s.Bavail * uint64(s.Bsize) //nolint:gosec // a block's size is never negative
	const do = "Make room on the disk, or move data_dir."
	switch mib := free >> 20; {
	case free < noDisk:
		c.add("disk", broken, do, "The disk of %s has %d MiB left.", c.cfg.DataDir, mib)
	case free < littleDisk:
		c.add("disk", doubtful, do, "The disk of %s has %d MiB left.", c.cfg.DataDir, mib)
	default:
		c.add("disk", healthy, "", "The disk of %s has %d MiB left.", c.cfg.DataDir, mib)
	}
}

// clock asks the kernel whether something keeps its time (adjtimex(2)).
func (c *checkup) clock() {
	const unsynchronised = 0x40 // STA_UNSYNC
	var t syscall.Timex
	if _, err := syscall.Adjtimex(&t); err != nil {
		return // a container that may not ask
	}
	if t.Status&unsynchronised != 0 {
		c.add("clock", doubtful, "Let a time server keep it, by systemd-timesyncd or chrony.", "No time server keeps this machine's clock: phones refuse our certificate where it is far off.")
		return
	}
	c.add("clock", healthy, "", "A time server keeps this machine's clock.")
}
