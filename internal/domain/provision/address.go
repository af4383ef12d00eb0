package provision

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/revision"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// ownAddress adds to a document where its phone finds its own files: our HTTPS
// address with its permanent token. It is no part of a revision, since a token
// always resolves to its current version; what the revision itself sets stays.
//
// So is where it reports and what it shows there, unless the revision has it report
// elsewhere; and where it tells of events, as far as the revision has it tell any and
// does not say itself where.
func (s *Service) ownAddress(rev revision.Revision, doc vendors.Document, o own) vendors.Document {
	v, ok := s.Vendors.Get(rev.Vendor)
	if !ok {
		return doc
	}
	boot, ok := s.Vendors.AsBootstrapper(v)
	if !ok {
		return doc
	}
	set := s.names(v.Catalog(), rev)
	base := strings.TrimSuffix(s.Config.BaseURL(), "/")
	told := vendors.Bootstrap{BaseURL: base + "/p/" + o.token + "/", CA: s.Config.CA(), Issued: rev.CreatedAt}
	values := boot.Bootstrap(rev.Target, told)
	told.Manager = o.manager
	often := "" // how often it reports may be the revision's word alone
	if k, ok := v.Catalog().ByRole(param.ReportInterval, 0); ok {
		often, _, _ = v.Catalog().Spell(k, "", rev.Target)
	}
	if with := boot.Bootstrap(rev.Target, told); !slices.ContainsFunc(with, func(v vendors.SpelledValue) bool { return set[v.Name] && v.Name != often && !named(values, v.Name) }) {
		values = with
	}
	if t, ok := s.Vendors.AsTeller(v); ok && o.report != "" {
		values = append(values, t.Tells(rev.Target, said(rev), base+"/"+actionFolder+"/"+o.report+"/")...)
	}
	for _, own := range values {
		if set[own.Name] {
			continue
		}
		doc.Values = slices.DeleteFunc(doc.Values, func(have vendors.SpelledValue) bool { return have.Name == own.Name })
		doc.Values = append(doc.Values, own)
	}
	vendors.SortValues(doc.Values)
	return doc
}

// own is what a device is told that is its alone and no part of a revision.
type own struct {
	token   string
	report  string // key for reports, "" for none
	manager vendors.Manager
}

// actionFolder is the folder of the addresses by which phones tell of events.
const actionFolder = "a"

// said are the values that a revision tells, in whichever of its files.
func said(rev revision.Revision) (out []vendors.SpelledValue) {
	for _, e := range rev.Entries {
		if e.Name != "" && e.State != revision.Residue && e.Secret == "" {
			out = append(out, vendors.SpelledValue{Name: e.Name, Value: e.Value})
		}
	}
	return out
}

// own opens what a proven device is to be told.
func (s *Service) own(ctx context.Context, q db.Q, who identity.AuthenticatedDevice) (o own, err error) {
	if o.token, err = s.token(ctx, q, who); err != nil {
		return own{}, err
	}
	key, err := s.Identity.ReportKey(ctx, q, who)
	if err != nil {
		return own{}, err
	}
	o.report = key.Reveal()
	o.manager, err = s.manager(ctx, q, who)
	return o, err
}

func named(values []vendors.SpelledValue, name string) bool {
	return slices.ContainsFunc(values, func(v vendors.SpelledValue) bool { return v.Name == name })
}

// ManagerEvery is how often phones report when nothing waits for them.
const ManagerEvery = 5 * time.Minute

// manager is what a proven device is told of its manager; the zero value where
// there is none.
func (s *Service) manager(ctx context.Context, q db.Q, who identity.AuthenticatedDevice) (vendors.Manager, error) {
	if s.managerAt(identity.Manager{}) == (vendors.Manager{}) {
		return vendors.Manager{}, nil
	}
	m, err := s.Identity.Manager(ctx, q, who)
	return s.managerAt(m), err
}

// reportsAt is where phones report that show a token in the path; "" where no such
// door is open.
func (s *Service) reportsAt(token secret.String) string {
	if s.Config.Doors == nil || s.Config.Doors().IPP == "" {
		return ""
	}
	return strings.TrimRight(s.Config.Doors().IPP, "/") + "/p/" + token.Reveal() + "/"
}

// ReportEvery is how often a device is to report: what its configuration says, else
// as all do.
func (s *Service) ReportEvery(ctx context.Context, d device.Device) (time.Duration, error) {
	rev, err := s.Revisions.Desired(scope.AsSystem(ctx, "provision.reports"), d.ID)
	if fault.Is(err, fault.NotFound) {
		return ManagerEvery, nil
	}
	if err != nil {
		return 0, err
	}
	if v, ok := s.Vendors.Get(rev.Vendor); ok {
		if k, ok := v.Catalog().ByRole(param.ReportInterval, 0); ok {
			for _, e := range rev.Entries {
				if n, err := strconv.Atoi(e.Value); e.Key == k && err == nil && n > 0 {
					return min(time.Duration(n)*time.Minute, limit.CWMPEveryMax), nil
				}
			}
		}
	}
	return ManagerEvery, nil
}

// managerAt is where phones report, with what one shows there; the zero value where
// no such door is open.
func (s *Service) managerAt(m identity.Manager) vendors.Manager {
	if s.Config.Doors == nil {
		return vendors.Manager{}
	}
	out := vendors.Manager{Reports: s.reportsAt(m.Reports)}
	if out.Reports != "" {
		out.Every = ManagerEvery
	}
	if s.Config.Doors().CWMP == "" {
		return out
	}
	return vendors.Manager{Reports: out.Reports, URL: s.Config.Doors().CWMP, User: m.User, Password: m.Password.Reveal(), CallUser: m.User, CallPassword: m.Call.Reveal(), Every: ManagerEvery}
}

// names are the names of which a revision has a word of its own, which nothing
// takes the place of: what it sets, and what an ended redirection left on the
// phone. Where it sends the phone to our own HTTPS door and no further, the
// address with the token stands for it: without proof the phone would get nothing
// there.
func (s *Service) names(cat *param.Catalog, rev revision.Revision) map[string]bool {
	set := map[string]bool{}
	path, via := "", "https"
	pathKey, _ := cat.ByRole(param.ConfigPath, 0)
	viaKey, _ := cat.ByRole(param.ConfigProtocol, 0)
	for _, e := range rev.Entries {
		name := e.Name
		if e.Left {
			name, _, _ = cat.Spell(e.Key, e.Value, rev.Target)
		}
		if name == "" || e.State != "" && !e.Left {
			continue
		}
		set[name] = true
		if e.Key == pathKey {
			path = e.Value
		}
		if _, value, ok := cat.Unspell(name, e.Value, rev.Target); ok && e.Key == viaKey {
			via = strings.ToLower(value)
		}
	}
	if !strings.Contains(path, "://") {
		path = via + "://" + path
	}
	if strings.EqualFold(strings.TrimRight(path, "/"), strings.TrimRight(s.Config.BaseURL(), "/")) {
		for _, k := range []param.Key{pathKey, viaKey} {
			name, _, _ := cat.Spell(k, "", rev.Target)
			delete(set, name)
		}
	}
	return set
}

// token opens the token that a proven device is to use from now on.
func (s *Service) token(ctx context.Context, q db.Q, who identity.AuthenticatedDevice) (string, error) {
	t, err := s.Identity.URLToken(ctx, q, who.DeviceID(), secret.ForDevice(who.DeviceID()))
	if err != nil {
		return "", err
	}
	return t.Reveal(), nil
}

// ownFolder is our HTTPS address with a proven device's permanent token.
func (s *Service) ownFolder(ctx context.Context, who identity.AuthenticatedDevice) (base string, err error) {
	err = s.DB.Read(ctx, func(q db.Q) error {
		token, err := s.token(ctx, q, who)
		base = strings.TrimSuffix(s.Config.BaseURL(), "/") + "/p/" + token + "/"
		return err
	})
	return base, err
}
