package provision

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/domain/account"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/resource"
	"bellwether/internal/domain/revision"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Config is what a Service must be told.
type Config struct {
	BaseURL    func() string // "https://host:port", what phones are told
	CA         func() string // PEM of our roots
	TimeServer string        // "" for none
	// Doors are where phones find us, and Covered reports whether an address lies
	// in a subnet of a site; for plug and play alone.
	Doors   func() vendors.Doors
	Covered func(context.Context, netip.Addr) (bool, error)
}

// Deps are what a Service needs.
type Deps struct {
	DB        *db.DB
	Vault     *secret.Vault
	Vendors   *vendors.Set
	Identity  *identity.Service
	Orgs      *org.Service
	Devices   *device.Service
	Accounts  *account.Service
	Twins     *device.Twins
	Revisions *revision.Service
	Commands  *command.Service
	Resources *resource.Service
	Ledger    *Ledger
	// OnDelivered is called in the transaction that records a delivery; nil for nobody.
	OnDelivered func(ctx context.Context, tx *db.Tx, d device.Device, revision string) error
	Log         *slog.Logger
	Config      Config
}

// Service answers the file doors. New makes one.
type Service struct {
	Deps
	gate   *gate
	misses *throttle
	shelf  shelf
}

// New returns a service.
func New(d Deps) *Service { return &Service{d, newGate(), newThrottle(), newShelf(d.DB)} }

// Open judges a request and returns what to send. It never fails: a fault of
// ours is an answer too, refused in the protocol's own form and explained in
// the ledger.
func (s *Service) Open(ctx context.Context, r Request) Answer {
	start := s.DB.Now()
	v := s.throttled(r, s.judge(ctx, r))
	if r.TLS != nil && r.TLS.Version < tls.VersionTLS12 {
		old := "over " + tls.VersionName(r.TLS.Version) + ", which others can break"
		v.entry.Reason += "; " + old
		v.entry.Findings = append(v.entry.Findings, identity.Finding{Reason: identity.OldTLS, Text: old})
	}
	a := v.answer
	a.Verdict = v.entry.Verdict
	a.Done = func(ctx context.Context, o Outcome) {
		if a.Content != nil {
			_ = a.Content.Close() // it was only read
		}
		if v.leave != nil {
			v.leave()
		}
		e := v.entry
		e.Status, e.Bytes, e.Took = o.Status, o.Bytes, s.DB.Now().Sub(start)
		if o.NotModified {
			e.Verdict, e.Reason = NotModified, "the phone has this revision already"
			if !v.own {
				e.Reason = "the phone has this shared file already"
			}
		} else if (a.Body != nil || a.Content != nil) && !o.Complete && o.Status < 400 && o.Bytes > 0 {
			e.Reason += "; the phone took only a part of it"
			e.Findings = append(e.Findings, identity.Finding{Reason: identity.Partial, Text: "the phone took only a part of the file"})
		}
		if v.own && !v.settled && (o.Complete || o.NotModified) {
			s.delivered(ctx, v.device, e.Revision)
		}
		e.more = s.more(v)
		s.Ledger.Note(e)
	}
	return a
}

// verdict is a judged request.
type verdict struct {
	answer  Answer
	entry   Entry
	device  device.Device
	leave   func() // ends a fetch that the gate counts; nil for none
	sight   vendors.Sighting
	peer    netip.Addr
	own     bool // the answer is the device's own file, by which its revision counts as delivered
	settled bool // that stands already
}

func (s *Service) judge(ctx context.Context, r Request) verdict {
	v := verdict{peer: r.Address, entry: Entry{At: s.DB.Now(), Door: r.Door, Address: r.Address.Unmap().String(), Name: printable(r.Name, limit.FileName), UserAgent: printable(r.UserAgent, limit.UserAgent)}}
	if why := malformed(r); why.Reason != "" {
		_, sight, _ := s.Vendors.Identify(vendors.Request{Door: r.Door, Name: r.Name, UserAgent: r.UserAgent})
		v.entry.MAC, v.sight = sight.MAC.String(), sight
		return v.refuse(Invalid, why.Reason, why.Text)
	}
	known, sight, ok := s.Vendors.Identify(vendors.Request{Door: r.Door, Name: r.Name, UserAgent: r.UserAgent})
	stored := kindOf(r, sight, ok)
	if why := s.unfilled(r); why != "" {
		v.entry.MAC, v.sight = sight.MAC.String(), sight
		return v.refuse(Refused, identity.MACLiteral, why)
	}
	if !ok && stored == "" {
		return v.refuse(Refused, identity.UnknownFile, "no phone that is known asks for a file of this name")
	}
	v.entry.MAC, v.entry.Kind = sight.MAC.String(), cmp.Or(stored, sight.File)
	v.sight = sight
	who, said := s.Identity.Authenticate(ctx, identity.Evidence{Door: r.Door, Token: r.Token, MACInName: sight.MAC, AgentMAC: sight.AgentMAC, Agent: v.entry.UserAgent, User: r.User, Password: r.Password, Digest: (*identity.Digest)(r.Digest), Asked: r.Folder == Challenge, Address: r.Address, TLS: r.TLS})
	v.entry.Shown = shown(who, said)
	switch {
	case stored != "" && said.Err == nil:
		return s.stored(ctx, r, v, asker{caller{who, sight, said.Reason}, known, said}, stored)
	case said.OK:
		v.entry.Findings = said.Findings
		return s.proven(ctx, r, v, caller{who, sight, said.Reason})
	case said.Err != nil:
		return s.broken(ctx, v, said.Err)
	case said.Bootstrap:
		v.entry.Findings = said.Findings
		return s.bare(ctx, r, v, known, sight, said)
	}
	v.entry.Findings = said.Findings
	if said.MAC != "" && said.MAC == sight.MAC {
		v = v.maybeStranger(known, sight, said.Subject)
		v.entry.stranger.Proved = true
	}
	return v.say(Refused, said.Reason)
}

// shown is what a request proved itself by.
func shown(who identity.AuthenticatedDevice, said identity.Verdict) Shown {
	if said.OK {
		return Shown(who.Proof())
	}
	if said.Waiting {
		return ByBootstrap
	}
	return ""
}

// proven is a request of a device that proved who it is.
func (s *Service) proven(ctx context.Context, r Request, v verdict, c caller) verdict {
	who, sight := c.who, c.sight
	ctx = scope.With(ctx, scope.Scope{Actor: scope.Actor{Kind: scope.Device, ID: who.DeviceID(), Name: who.MAC().Colons(), Address: v.entry.Address}, Tenant: who.TenantID(), Orgs: []string{who.OrgID()}})
	v.entry.DeviceID, v.entry.TenantID, v.entry.OrgID, v.entry.MAC = who.DeviceID(), who.TenantID(), who.OrgID(), who.MAC().String()
	v, at, ok := s.again(r, v, c)
	if ok {
		return v
	}
	d, err := s.Devices.Get(ctx, who.DeviceID())
	if err != nil {
		return s.broken(ctx, v, err)
	}
	if sight.Firmware != "" {
		d.Firmware = sight.Firmware // what it has now; the twin tells it a moment later
	}
	v.device = d
	if d.Life != device.Adopted {
		return v.refuse(Refused, identity.OfLife(d.Life), "the device is "+string(d.Life)+", and only an adopted device gets a configuration")
	}
	rev, err := s.current(ctx, d)
	if err == nil && s.Commands.Frozen(d) && rev.ID != d.Config.Delivered {
		var held bool
		if rev, held, err = s.beforeFreeze(ctx, d); held {
			return v.say(Busy, "everything that would change this phone is held back by the freeze switch, and it has no configuration yet")
		}
	}
	every := s.comesBackIn(d, rev)
	s.seen(r, d, sight, every)
	switch {
	case sight.Form == vendors.Binary:
		return v.say(Probe, "no phone of this family is known to need the binary form; it asks for the XML file too")
	case sight.File == vendors.Probe:
		return v.say(Probe, "phones ask for this name in passing; there is no such file, and that is normal")
	case sight.File != vendors.Config && sight.File != vendors.Global:
		return v.refuse(Refused, identity.NoSuchFile, "there is no such file for this device")
	case fault.Is(err, fault.Invalid):
		return v.refuse(NoRevision, identity.DoesNotCompile, "the configuration does not compile: "+fault.Message(err))
	case err != nil:
		return s.broken(ctx, v, err)
	case sight.File == vendors.Global:
		return s.shared(ctx, r, v, rev)
	}
	v = s.ownFile(ctx, r, v, c, rev)
	s.keep(ctx, r, &v, c, at, every)
	return v
}

// current is the device's published revision; at first contact it is made.
func (s *Service) current(ctx context.Context, d device.Device) (revision.Revision, error) {
	rev, err := s.Revisions.Desired(ctx, d.ID)
	if fault.Is(err, fault.NotFound) {
		return s.Revisions.FirstContact(ctx, d)
	}
	return rev, err
}

// beforeFreeze is the revision that a frozen device has; held where it has none.
func (s *Service) beforeFreeze(ctx context.Context, d device.Device) (rev revision.Revision, held bool, err error) {
	if d.Config.Delivered == "" {
		return revision.Revision{}, true, nil
	}
	rev, err = s.Revisions.Revision(ctx, d.ID, d.Config.Delivered)
	return rev, false, err
}

// delivered records that the phone has a revision, unless that stands already.
func (s *Service) delivered(ctx context.Context, d device.Device, rev string) {
	ctx = scope.AsSystem(context.WithoutCancel(ctx), "provision.delivered")
	again, err := s.Commands.Waiting(ctx, d.ID, rev)
	if err == nil && !again && d.Config.Delivered == rev {
		return
	}
	if err == nil {
		err = s.DB.Write(ctx, func(tx *db.Tx) error {
			if err := s.Revisions.Delivered(ctx, tx, d.ID, rev); err != nil {
				return err
			}
			s.Devices.Changed(tx, d)
			if s.OnDelivered != nil {
				if err := s.OnDelivered(ctx, tx, d, rev); err != nil {
					return err
				}
			}
			return s.Commands.Report(ctx, tx, d.ID, rev)
		})
	}
	if err != nil {
		s.Log.ErrorContext(ctx, "delivery not recorded", "mac", d.MAC, "revision", rev, "error", err)
	}
}

// seen updates the twin.
func (s *Service) seen(r Request, d device.Device, sight vendors.Sighting, every time.Duration) {
	now := s.DB.Now()
	s.Twins.Seen(device.Report{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, MAC: d.MAC, At: now, Address: r.Address.Unmap().String(), Door: string(r.Door),
		UserAgent: printable(r.UserAgent, limit.UserAgent), Firmware: sight.Firmware, Model: sight.Model, Reach: device.Online, ExpectedBy: now.Add(every)})
}

const (
	fetchGrace   = 5 * time.Minute
	fetchDefault = 7 * 24 * time.Hour // 10080 min stands in the vendor's own template
)

// comesBackIn is how long to wait for a phone's next fetch before it counts as
// offline: twice its own interval and a little.
func (s *Service) comesBackIn(d device.Device, rev revision.Revision) time.Duration {
	every := fetchDefault
	if v, ok := s.Vendors.Get(d.Vendor); ok {
		if k, ok := v.Catalog().ByRole(param.FetchInterval, 0); ok {
			for _, e := range rev.Entries {
				if n, err := strconv.Atoi(e.Value); e.Key == k && err == nil && n > 0 {
					every = time.Duration(n) * time.Minute
				}
			}
		}
	}
	return 2*every + fetchGrace
}

func servedBecause(c caller, d device.Device, rev revision.Revision) string {
	who, sight := c.who, c.sight
	why := "proven by its path token; revision " + strconv.Itoa(rev.Seq)
	switch who.Proof() {
	case identity.PathToken:
	case identity.Certificate:
		why = "proven by " + c.why + "; revision " + strconv.Itoa(rev.Seq)
	case identity.Password:
		why = "proven by its password; revision " + strconv.Itoa(rev.Seq)
	case identity.Claimed:
		why = "claimed: " + c.why + "; revision " + strconv.Itoa(rev.Seq)
	default:
		why = "let in by the site's legacy flag: " + string(who.Proof()) + "; revision " + strconv.Itoa(rev.Seq)
	}
	if sight.Model != "" && !strings.EqualFold(sight.Model, d.Model) {
		why += "; it calls itself a " + sight.Model + " and is registered as a " + d.Model
	}
	return why
}

// broken is an answer that our own fault forces. The reader of the ledger sees
// what kind of fault it was, the log has the rest.
func (s *Service) broken(ctx context.Context, v verdict, err error) verdict {
	s.Log.ErrorContext(ctx, "configuration not served", "mac", v.entry.MAC, "name", v.entry.Name, "error", err)
	return v.refuse(Broken, identity.OwnFault, fault.Message(err))
}

// refuse is say with the code of the reason.
func (v verdict) refuse(verdict Verdict, r identity.Reason, text string) verdict {
	v.entry.Findings = append(v.entry.Findings, identity.Finding{Reason: r, Text: text})
	return v.say(verdict, text)
}

func (v verdict) say(verdict Verdict, reason string) verdict {
	v.entry.Verdict, v.entry.Reason = verdict, reason
	return v
}

// printable cuts a stranger's text to n bytes and takes out what could disturb
// a reader.
func printable(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '�'
		}
		return r
	}, s)
	for len(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// contentType names what a vendor's file is by how it begins.
func contentType(body []byte) string {
	switch {
	case bytes.HasPrefix(body, []byte("<")):
		return "text/xml; charset=utf-8"
	case utf8.Valid(body) && !bytes.ContainsRune(body, 0):
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}
