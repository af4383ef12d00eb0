package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"bellwether/internal/app"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/page"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// firstName is what the first tenant and organization are called.
const firstName = "Default"

// begin makes the organization and tells its site the phones' network, where
// there is nothing yet. What people have arranged since stays as it is.
func (r *ready) begin(ctx context.Context, a *app.App) error {
	list, err := a.Orgs.Orgs(ctx, "")
	if err != nil {
		return err
	}
	if len(list) == 0 {
		t, err := a.Orgs.CreateTenant(ctx, firstName, org.Business)
		if err != nil {
			return err
		}
		o, err := a.Orgs.CreateOrg(ctx, t.ID, firstName, "")
		if err != nil {
			return err
		}
		list = append(list, o)
	}
	i := slices.IndexFunc(list, func(o org.Org) bool { return o.Slug == org.Slug(firstName) })
	r.Org = list[max(i, 0)]
	sites, err := a.Orgs.Sites(ctx, r.Org.ID)
	if err != nil {
		return err
	}
	arranged := false
	for _, site := range sites.Sites {
		if in, _ := site.Covers(r.Network.Address); in {
			r.Site = site.Name
			return nil
		}
		arranged = arranged || len(site.Subnets) > 0
	}
	if arranged {
		return nil // somebody decides which networks are whose
	}
	site, err := a.Orgs.DefaultSite(ctx, r.Org.ID)
	if err != nil {
		return err
	}
	nets := []org.Subnet{{CIDR: r.Network.Subnet}}
	site, err = a.Orgs.UpdateSite(ctx, site.ID, org.SiteInput{Subnets: &nets}, site.Version)
	r.Site = site.Name
	return err
}

// trial is the registrar with the accounts that may register there.
type trial struct {
	Address netip.AddrPort
	Echo    string
	Users   []string
	Server  string // name of the SIP server in the console
}

const (
	trialServer = "Trial registrar"
	trialFirst  = 201
	trialCount  = 10
	trialKey    = "registrar.key"
	sipPort     = 5060
	sipOther    = 5160 // where the standard port is taken
)

// openTrial opens the registrar at this machine's address in the phones' network,
// and makes a SIP server and accounts for it. Their passwords are kept in the data
// directory, so that phones that have one are let in after a restart.
func (r *ready) openTrial(ctx context.Context, a *app.App) (*app.Registrar, error) {
	key, err := trialPasswords(a.Config.DataDir)
	if err != nil {
		return nil, err
	}
	o := app.RegistrarOptions{Accounts: map[string]secret.String{}, Log: a.Log}
	r.Trial = &trial{Server: trialServer}
	for i := range trialCount {
		user := strconv.Itoa(trialFirst + i)
		r.Trial.Users = append(r.Trial.Users, user)
		o.Accounts[user] = passwordOf(key, user)
	}
	o.Listen = netip.AddrPortFrom(r.Network.Address, sipPort)
	voice, err := app.OpenRegistrar(ctx, o)
	if errors.Is(err, syscall.EADDRINUSE) {
		o.Listen, o.NextFree = netip.AddrPortFrom(r.Network.Address, sipOther), true
		voice, err = app.OpenRegistrar(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	r.Trial.Address, r.Trial.Echo = voice.Addr(), voice.Echo()
	return voice, r.accounts(scope.AsSystem(ctx, "bellwether up"), a, o.Accounts)
}

// accounts makes what of the registrar's server and accounts is missing.
func (r *ready) accounts(ctx context.Context, a *app.App, passwords map[string]secret.String) error {
	list, err := a.Accounts.Servers(ctx, r.Org.ID, page.Page{})
	if err != nil {
		return err
	}
	name, address := trialServer, r.Trial.Address.String()
	var server account.Server
	if i := slices.IndexFunc(list.Items, func(v account.Server) bool { return v.Name == name }); i >= 0 {
		if server = list.Items[i]; server.Address != address {
			server, err = a.Accounts.UpdateServer(ctx, server.ID, account.ServerInput{Address: &address}, server.Version)
		}
	} else {
		server, err = a.Accounts.CreateServer(ctx, r.Org, account.ServerInput{Name: &name, Address: &address})
	}
	if err != nil {
		return fmt.Errorf("make the SIP server: %w", err)
	}
	held, err := a.Accounts.List(ctx, account.Filter{OrgID: r.Org.ID, ServerID: server.ID})
	if err != nil {
		return err
	}
	for _, user := range r.Trial.Users {
		if slices.ContainsFunc(held.Items, func(c account.Account) bool { return c.UserID == user }) {
			continue
		}
		password, label := passwords[user], "Trial "+user
		if _, err := a.Accounts.Create(ctx, r.Org, account.Input{ServerID: &server.ID, UserID: &user, Name: &label, Password: &password}); err != nil {
			return fmt.Errorf("make the account %s: %w", user, err)
		}
	}
	return nil
}

// trialPasswords reads the key that the accounts' passwords are made of, or makes
// one.
func trialPasswords(dir string) (secret.String, error) {
	file := filepath.Join(dir, trialKey)
	b, err := os.ReadFile(file)
	switch {
	case err == nil && len(b) >= trialKeyLength:
		return secret.NewString(string(b)), nil
	case err == nil:
		return secret.String{}, fault.New(fault.Invalid, "%s is too short for a key; remove it, and the accounts of %q", file, trialServer)
	case !errors.Is(err, fs.ErrNotExist):
		return secret.String{}, fmt.Errorf("read the registrar's key: %w", err)
	}
	key := secret.RandomText(trialKeyLength)
	if err := os.WriteFile(file, []byte(key.Reveal()), 0o600); err != nil {
		return secret.String{}, fmt.Errorf("write the registrar's key: %w", err)
	}
	return key, nil
}

// trialKeyLength is how many random bytes the key holds; as text it is longer.
const trialKeyLength = 32
