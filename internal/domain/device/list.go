package device

import (
	"context"

	"bellwether/internal/platform/db"
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
