package device

import (
	"context"
	"strings"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
)

// Filter narrows a list; empty fields do not.
type Filter struct {
	db.Page
	OrgID       string
	Q           string // part of MAC, name, extension, serial, model or IP
	SiteID      string // the site and everything below it
	Model       string
	Life        Life
	Reach       Reach
	Status      Status
	ConfigState string // ConfigState.Word
	IDs, MACs   []string
}

// List returns the devices in the scope that the filter lets through.
func (s *Service) List(ctx context.Context, f Filter) (out db.Slice[Device], err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = list(ctx, q, f)
		return err
	})
	return out, err
}

// Get returns a device of the scope by id or by MAC in any form, or NotFound.
func (s *Service) Get(ctx context.Context, idOrMAC string) (d Device, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		where, arg := named(idOrMAC)
		d, err = find(ctx, q, selectDevices, where, arg)
		return err
	})
	return d, err
}

// GetIn is Get inside a transaction, without the hot state.
func (s *Service) GetIn(ctx context.Context, q db.Q, idOrMAC string) (Device, error) {
	where, arg := named(idOrMAC)
	return find(ctx, q, selectCore, where, arg)
}

// FindAt returns the device with a MAC where it stands in one of the sites itself,
// inside a transaction; the zero value where it does not. A MAC that is known
// elsewhere takes no other way than one that nobody has.
func (s *Service) FindAt(ctx context.Context, q db.Q, m mac.Address, siteIDs []string) (Device, error) {
	d, err := findAt(ctx, q, m, siteIDs)
	if fault.Is(err, fault.NotFound) {
		return Device{}, nil
	}
	return d, err
}

func named(idOrMAC string) (where, arg string) {
	if m, err := mac.Parse(idOrMAC); err == nil {
		return "d.mac = ?", m.String()
	}
	return "d.id = ?", idOrMAC
}

// Counts are the devices of an organization by state.
type Counts struct {
	Devices, Online, Restricted, Offline         int
	Adopted, Waiting                             int
	Pending, Delivered, Confirmed, Failed, Empty int
}

func (c *Counts) add(life Life, reach Reach, config string, n int) {
	c.Devices += n
	switch reach {
	case Online:
		c.Online += n
	case Restricted:
		c.Restricted += n
	default:
		c.Offline += n
	}
	switch life {
	case Adopted:
		c.Adopted += n
	case Waiting:
		c.Waiting += n
	}
	switch config {
	case "pending":
		c.Pending += n
	case "delivered":
		c.Delivered += n
	case "confirmed":
		c.Confirmed += n
	case "failed":
		c.Failed += n
	default:
		c.Empty += n
	}
}

// Counts counts the devices in the scope.
func (s *Service) Counts(ctx context.Context, orgID string) (c Counts, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		c, err = counts(ctx, q, orgID)
		return err
	})
	return c, err
}

// AllIn returns every device that the filter lets through, without pages, inside
// a transaction and without the hot state, by which it cannot filter; at most
// limit.PlanDevices and one.
func (s *Service) AllIn(ctx context.Context, q db.Q, f Filter) ([]Device, error) {
	return all(ctx, q, f)
}

// listRow is a device with what other rooms know of it.
type listRow struct {
	row         `bun:",extend"`
	SitePath    string  `bun:"site_path,scanonly"`
	SiteName    string  `bun:"site_name,scanonly"`
	Reach       string  `bun:"reach,scanonly"`
	ReachAt     int64   `bun:"reach_at,scanonly"`
	ExpectedBy  int64   `bun:"expected_by,scanonly"`
	LastSeen    int64   `bun:"last_seen,scanonly"`
	Address     string  `bun:"address,scanonly"`
	Door        string  `bun:"door,scanonly"`
	UserAgent   string  `bun:"user_agent,scanonly"`
	Firmware    string  `bun:"firmware,scanonly"`
	ToldModel   string  `bun:"told_model,scanonly"`
	Status      string  `bun:"status,scanonly"`
	StatusAt    int64   `bun:"status_at,scanonly"`
	Desired     string  `bun:"desired,scanonly"`
	Delivered   string  `bun:"delivered,scanonly"`
	Confirmed   string  `bun:"confirmed,scanonly"`
	DeliveredAt int64   `bun:"delivered_at,scanonly"`
	Problem     string  `bun:"problem,scanonly"`
	SortValue   *string `bun:"sort_value,scanonly"`
}

func (r listRow) device() Device {
	return Device{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, SiteID: r.SiteID, SitePath: strings.Split(r.SitePath, "/"), SiteName: r.SiteName,
		MAC: mac.Address(r.MAC), Vendor: r.Vendor, Model: r.Model, Name: r.Name, Serial: r.Serial, Life: Life(r.Life), Firmware: r.Told, SyncConfiguration: r.Sync != 0,
		CreatedAt: clock.FromMillis(r.CreatedAt), UpdatedAt: clock.FromMillis(r.UpdatedAt), Version: r.Version,
		Hot: Hot{Reach: Reach(r.Reach), ReachAt: clock.FromMillis(r.ReachAt), ExpectedBy: clock.FromMillis(r.ExpectedBy), LastSeen: clock.FromMillis(r.LastSeen),
			Address: r.Address, Door: r.Door, UserAgent: r.UserAgent, Firmware: r.Firmware, Model: r.ToldModel, Status: Status(r.Status), StatusAt: clock.FromMillis(r.StatusAt)},
		Config: ConfigState{Desired: r.Desired, Delivered: r.Delivered, Confirmed: r.Confirmed, DeliveredAt: clock.FromMillis(r.DeliveredAt), Problem: r.Problem}}
}

const (
	reachExpr  = "COALESCE(t.reach, 'offline')"
	seenExpr   = "CASE WHEN COALESCE(t.glimpsed_at, 0) > COALESCE(t.last_seen, 0) THEN t.glimpsed_at ELSE COALESCE(t.last_seen, 0) END"
	statusExpr = "COALESCE(t.status, '')"
	configExpr = "CASE WHEN COALESCE(s.problem, '') <> '' THEN 'failed' WHEN COALESCE(s.desired, '') = '' THEN 'none'" +
		" WHEN s.confirmed = s.desired THEN 'confirmed' WHEN s.delivered = s.desired THEN 'delivered' ELSE 'pending' END"
)

var sorts = db.Sorts{
	"mac": {Expr: "d.mac"}, "name": {Expr: "d.name_key"}, "model": {Expr: "d.model"}, "life": {Expr: "d.life"}, "site": {Expr: "p.name_key"},
	"reach": {Expr: reachExpr}, "status": {Expr: statusExpr}, "config_state": {Expr: configExpr}, "firmware": {Expr: "COALESCE(t.firmware, '')"}, "address": {Expr: "COALESCE(t.address, '')"},
	"last_seen": {Expr: seenExpr, Number: true}, "created_at": {Expr: "d.created_at", Number: true},
}
