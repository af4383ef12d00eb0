package app

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/adoption"
	"bellwether/internal/domain/alarm"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/group"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/lesson"
	"bellwether/internal/domain/manager"
	"bellwether/internal/domain/onboard"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/placeholder"
	"bellwether/internal/domain/provision"
	"bellwether/internal/domain/report"
	"bellwether/internal/domain/resource"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/rps"
	"bellwether/internal/domain/task"
	"bellwether/internal/domain/template"
	"bellwether/internal/domain/trust"
	"bellwether/internal/protocol/cwmp/connreq"
	"bellwether/internal/protocol/ipp/ippd"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/all"
)

// Domain is the nouns.
type Domain struct {
	Vendors   *vendors.Set
	Audit     *audit.Service
	Access    *access.Service
	Orgs      *org.Service
	Alarms    *alarm.Service
	Twins     *device.Twins
	Lessons   *lesson.Service
	Devices   *device.Service
	Trust     *trust.Service
	Identity  *identity.Service
	Accounts  *account.Service
	Groups    *group.Service
	Holders   *placeholder.Service
	Resources *resource.Service
	Templates *template.Service
	Redirects *rps.Service
	Revisions *revision.Service
	Commands  *command.Service
	Tasks     *task.Service
	Ledger    *provision.Ledger
	Provision *provision.Service
	Manager   *manager.Service
	Reports   *report.Service
	Adoption  *adoption.Service
	Onboard   *onboard.Service
}

const (
	sweepEvery  = 15 * time.Second
	expireEvery = time.Minute
	legacyEvery = 5 * time.Minute
	pruneEvery  = time.Hour
	settle      = 20 * time.Second
)

func (a *App) wireDomain(_ context.Context) (err error) {
	if a.Vendors, err = all.New(); err != nil {
		return err
	}
	a.Audit = audit.New(a.DB, a.Vault)
	a.Access = access.New(a.DB, a.Vault, a.Audit, access.Config{SessionIdle: a.Config.SignIn.Idle, Attempts: a.Config.SignIn.Failures})
	a.Orgs = org.New(a.DB, a.Access, a.Audit)
	a.Access.OnFirst(a.Orgs.Found)
	a.Alarms = alarm.New(a.DB, a.Access, a.Audit, a.Bus)
	a.Lessons = lesson.New(a.DB, a.Access, a.Audit, a.Vendors)
	a.Twins = device.NewTwins(a.DB, a.Bus, a.Log, a.Node)
	a.Devices = device.New(device.Deps{DB: a.DB, Access: a.Access, Audit: a.Audit, Orgs: a.Orgs, Vendors: a.Vendors, Bus: a.Bus, Twins: a.Twins,
		Created: []device.Creation{func(ctx context.Context, tx txn, d device.Device) error { return a.Identity.Issue(ctx, tx, d) }},
		Removal: []device.Removal{task.DropDevice, manager.DropDevice, command.DropDevice, revision.DropDevice, rps.DropDevice, template.DropDevice, account.DropDevice, group.DropDevice, placeholder.DropDevice,
			func(ctx context.Context, tx txn, id string) error { return a.Identity.DropDevice(ctx, tx, id) },
			func(ctx context.Context, tx txn, id string) error { return a.Onboard.DropDevice(ctx, tx, id) }},
		Moving: a.moving(),
		Gone: []device.Creation{func(ctx context.Context, tx txn, d device.Device) error {
			return a.quiet(ctx, tx, d, "the phone was deleted")
		}}})
	a.Trust = trust.New(a.DB, a.Access, a.Audit)
	a.Identity = identity.New(a.DB, a.Vault, a.Audit, a.Devices, a.Orgs, a.Trust)
	a.Identity.Tell(warnings{a.Alarms})
	a.Orgs.OnSite(a.Identity.SiteChanged)
	a.Accounts = account.New(a.DB, a.Vault, a.Access, a.Audit, a.Devices, a.Vendors)
	a.Groups = group.New(a.DB, a.Access, a.Audit, a.Devices)
	a.Holders = placeholder.New(a.DB, a.Access, a.Audit, a.Orgs, a.Devices, a.Vendors)
	a.Resources = resource.New(a.DB, a.Blobs, a.Access, a.Audit, a.Vendors)
	a.Templates = template.New(template.Deps{DB: a.DB, Vault: a.Vault, Access: a.Access, Audit: a.Audit, Orgs: a.Orgs, Devices: a.Devices, Groups: a.Groups, Lessons: a.Lessons, Vendors: a.Vendors})
	a.Redirects = rps.New(a.DB, a.Vault, a.Access, a.Audit, a.Orgs, a.Devices)
	a.Revisions = revision.New(revision.Deps{DB: a.DB, Vault: a.Vault, Access: a.Access, Audit: a.Audit, Devices: a.Devices, Accounts: a.Accounts, Groups: a.Groups, Holders: a.Holders,
		Templates: a.Templates, Lessons: a.Lessons, Redirects: a.Redirects, Elsewhere: a.elsewhere, Vendors: a.Vendors})
	a.Commands = command.New(command.Deps{DB: a.DB, Access: a.Access, Audit: a.Audit, Devices: a.Devices, Bus: a.Bus, Log: a.Log})
	a.Tasks = task.New(task.Deps{DB: a.DB, Access: a.Access, Audit: a.Audit, Orgs: a.Orgs, Devices: a.Devices, Revisions: a.Revisions, Redirects: a.Redirects, Commands: a.Commands, Bus: a.Bus})
	a.Commands.Listen(a.Tasks.OnCommand)
	a.Ledger = provision.NewLedger(a.DB, a.Devices, a.Bus, a.Log)
	a.Provision = provision.New(provision.Deps{DB: a.DB, Vault: a.Vault, Vendors: a.Vendors, Identity: a.Identity, Orgs: a.Orgs, Devices: a.Devices, Accounts: a.Accounts, Twins: a.Twins, Revisions: a.Revisions,
		Commands: a.Commands, Resources: a.Resources, Ledger: a.Ledger, Log: a.Log, OnDelivered: a.onDelivered, Config: provision.Config{BaseURL: a.phoneBase, CA: func() string { return string(a.CA.Roots()) },
			Doors: func() vendors.Doors { return Doors(a.Config, a.Addrs()) }, Covered: a.Orgs.Covered}})
	a.wireReports()
	a.Adoption = adoption.New(adoption.Deps{DB: a.DB, Access: a.Access, Audit: a.Audit, Orgs: a.Orgs, Devices: a.Devices, Groups: a.Groups, Revisions: a.Revisions, Log: a.Log})
	a.Ledger.OnStrangers(a.Adoption.Met)
	a.Onboard = onboard.New(onboard.Deps{DB: a.DB, Vault: a.Vault, Audit: a.Audit, Orgs: a.Orgs, Adoption: a.Adoption, Access: a.Access, Devices: a.Devices, Identity: a.Identity, Accounts: a.Accounts,
		Revisions: a.Revisions, Commands: a.Commands, Manager: a.Manager, Templates: a.Templates, Provision: a.Provision, Vendors: a.Vendors, Pages: a.pages(), BaseURL: a.phoneBase, CA: func() string { return string(a.CA.Roots()) }})
	a.wireJobs()
	return nil
}

// onDelivered is called for what is made after it.
func (a *App) onDelivered(ctx context.Context, tx txn, d device.Device, revision string) error {
	return a.Manager.Delivered(ctx, tx, d, revision)
}

// wireReports are what phones report to, and the channels that this gives.
func (a *App) wireReports() {
	a.Commands.Use(command.NextFetch{Now: a.Clock.Now})
	a.Manager = manager.New(manager.Deps{DB: a.DB, Access: a.Access, Audit: a.Audit, Accounts: a.Accounts, Identity: a.Identity, Devices: a.Devices, Twins: a.Twins, Commands: a.Commands, Revisions: a.Revisions, Vendors: a.Vendors, Alarms: a.Alarms, Log: a.Log, Settle: cmp.Or(a.Settle, settle)})
	a.Reports = report.New(report.Deps{DB: a.DB, Identity: a.Identity, Accounts: a.Accounts, Twins: a.Twins, Ledger: a.Ledger, Bus: a.Bus, Log: a.Log})
	a.Twins.OnGone(a.Reports.Forget)
	a.Commands.Use(connreq.New(connreq.Config{Phones: a.Manager, Sites: a.Orgs, Network: a.toPhones(), Clock: a.Clock, Log: a.Log}), ippd.Channel{Phones: a.Manager, Clock: a.Clock})
}

func (a *App) wireJobs() {
	a.Jobs.Register(task.JobPush, a.Tasks.HandlePush)
	a.Jobs.Register(template.JobFollow, a.Tasks.HandleFollow)
	a.Jobs.Register(rps.JobDeliver, a.Tasks.HandleDeliver)
	for _, j := range []struct {
		kind  string
		do    func(context.Context, json.RawMessage) error
		every time.Duration
	}{
		{audit.JobSeal, a.Audit.HandleSeal, audit.SealEvery},
		{task.JobSweep, a.Tasks.Sweep, sweepEvery},
		{"command.expire", func(ctx context.Context, _ json.RawMessage) error { _, err := a.Commands.Expire(ctx); return err }, expireEvery},
		{identity.JobLegacy, a.Identity.HandleLegacy, legacyEvery},
		{alarm.JobUnmask, a.Alarms.HandleUnmask, expireEvery},
		{alarm.JobPrune, a.Alarms.HandlePrune, pruneEvery},
		{"access.sweep", func(ctx context.Context, _ json.RawMessage) error { return a.Access.Sweep(ctx) }, pruneEvery},
		{"idem.prune", func(ctx context.Context, _ json.RawMessage) error { return a.Idem.Prune(ctx) }, pruneEvery},
		{"revision.sweep", func(ctx context.Context, _ json.RawMessage) error { return a.Revisions.Sweep(ctx) }, pruneEvery},
		{"provision.prune", func(ctx context.Context, _ json.RawMessage) error { return a.Ledger.Prune(ctx) }, pruneEvery},
	} {
		a.Jobs.Register(j.kind, j.do)
		a.Jobs.Every(j.kind, j.every)
	}
}
