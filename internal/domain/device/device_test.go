package device_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/page"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors/all"
)

type house struct {
	db      *db.DB
	clock   *clock.Fake
	bus     bus.Bus
	orgs    *org.Service
	devices *device.Service
	twins   *device.Twins
	org     org.Org
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func each(t *testing.T, body func(t *testing.T, ctx context.Context, h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := scope.AsSystem(context.Background(), "test")
		root, err := secret.LoadRoot(filepath.Join(t.TempDir(), "root.key"), func() (bool, error) { return false, nil })
		ok(t, err)
		v, err := secret.New(ctx, d, root)
		ok(t, err)
		vs, err := all.New()
		ok(t, err)
		h := &house{db: d, clock: d.Clock().(*clock.Fake), bus: bus.NewMemory()}
		t.Cleanup(func() { ok(t, h.bus.Close()) })
		au := audit.New(d, v)
		ac := access.New(d, v, au, access.Config{})
		h.orgs = org.New(d, ac, au)
		h.twins = h.node("one")
		h.devices = device.New(device.Deps{DB: d, Access: ac, Audit: au, Orgs: h.orgs, Vendors: vs, Bus: h.bus, Twins: h.twins})
		tn, err := h.orgs.CreateTenant(ctx, "Hotels", "")
		ok(t, err)
		h.org, err = h.orgs.CreateOrg(ctx, tn.ID, "Seaside", "")
		ok(t, err)
		body(t, ctx, h)
	}, dbtest.WithClock(clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))))
}

func (h *house) node(name string) *device.Twins {
	return device.NewTwins(h.db, h.bus, slog.New(slog.DiscardHandler), name)
}

func (h *house) add(t *testing.T, ctx context.Context, mac string) device.Device {
	t.Helper()
	d, err := h.devices.Create(ctx, h.org, device.Input{MAC: mac, Model: "ghp621w", Name: "Room 201", Serial: "20EZ1"})
	ok(t, err)
	return d
}

func report(d device.Device, at time.Time, address string) device.Report {
	return device.Report{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, MAC: d.MAC, At: at, Address: address, Door: "https", Reach: device.Online, ExpectedBy: at.Add(time.Hour)}
}

func TestService_Create(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.add(t, ctx, "02:00:00:00:00:0A")
		if d.MAC != "02000000000a" || d.Model != "GHP621W" || d.Vendor != "grandstream" || d.Life != device.Adopted || d.SiteName != org.DefaultSiteName {
			t.Fatalf("made %+v", d)
		}
		if _, err := h.devices.Create(ctx, h.org, device.Input{MAC: "02-00-00-00-00-0a", Model: "GHP621W"}); fault.CodeOf(err) != "mac_taken" {
			t.Fatalf("the same MAC again: %v", err)
		}
		for _, form := range []string{"02:00:00:00:00:0a", "0200.0000.000A", d.ID} {
			if got, err := h.devices.Get(ctx, form); err != nil || got.ID != d.ID {
				t.Errorf("Get(%q): %v", form, err)
			}
		}
		outside := scope.With(ctx, scope.Scope{Tenant: h.org.TenantID, Orgs: []string{"another"}})
		if _, err := h.devices.Get(outside, d.ID); !fault.Is(err, fault.NotFound) {
			t.Fatalf("from another organization: %v", err)
		}
	})
}

func TestService_life(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d, err := h.devices.Create(ctx, h.org, device.Input{MAC: "02000000000b", Model: "GHP621W", Life: device.Waiting})
		ok(t, err)
		for _, step := range []struct {
			to device.Life
			ok bool
		}{{device.Retired, false}, {device.Rejected, true}, {device.Waiting, true}, {device.Adopted, true}, {device.Rejected, false}, {device.Retired, true}, {device.Adopted, true}} {
			got, err := h.devices.Update(ctx, d.ID, device.Patch{Life: &step.to}, d.Version)
			if (err == nil) != step.ok {
				t.Fatalf("from %s to %s: %v", d.Life, step.to, err)
			}
			if err == nil {
				d = got
			}
		}
	})
}

func TestTwins_written_behind(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.add(t, ctx, "02000000000c")
		now := h.clock.Now()
		hot := func() device.Hot {
			got, err := h.devices.Get(ctx, d.ID)
			ok(t, err)
			return got.Hot
		}
		h.twins.Seen(report(d, now, "192.0.2.7"))
		if hot().Reach != device.Offline {
			t.Fatal("it was written before a flush")
		}
		ok(t, h.twins.Flush(ctx, false))
		if got := hot(); got.Reach != device.Online || got.Address != "192.0.2.7" || !got.LastSeen.Equal(now) {
			t.Fatalf("after the flush %+v", got)
		}
		later := now.Add(10 * time.Second)
		h.twins.Seen(report(d, later, "192.0.2.7"))
		ok(t, h.twins.Flush(ctx, false))
		if got := hot(); !got.LastSeen.Equal(now) {
			t.Fatal("a plain sighting was written at once")
		}
		ok(t, h.twins.Flush(ctx, true))
		if got := hot(); !got.LastSeen.Equal(later) {
			t.Fatalf("last seen %s, want %s", got.LastSeen, later)
		}
	})
}

func TestTwins_merge_of_two_nodes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.add(t, ctx, "02000000000d")
		now := h.clock.Now()
		other := h.node("two")
		older, newer := report(d, now, "192.0.2.1"), report(d, now.Add(time.Minute), "192.0.2.2")
		older.Firmware = "1.0.1.49"
		h.twins.Seen(newer)
		other.Seen(older)
		ok(t, h.twins.Flush(ctx, true))
		ok(t, other.Flush(ctx, true))
		got, err := h.devices.Get(ctx, d.ID)
		ok(t, err)
		if got.Hot.Address != "192.0.2.2" || !got.Hot.LastSeen.Equal(newer.At) || got.Hot.Firmware != "1.0.1.49" {
			t.Fatalf("merged to %+v: per field the newer sighting wins", got.Hot)
		}
	})
}

func TestTwins_offline_sweep(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.add(t, ctx, "02000000000e")
		h.twins.Seen(report(d, h.clock.Now(), "192.0.2.7"))
		ok(t, h.twins.Flush(ctx, true))
		ok(t, h.twins.Sweep(ctx))
		reach := func() device.Reach {
			got, err := h.devices.Get(ctx, d.ID)
			ok(t, err)
			return got.Hot.Reach
		}
		if got := reach(); got != device.Online {
			t.Fatalf("before it was due: %s", got)
		}
		h.clock.Advance(2 * time.Hour)
		ok(t, h.twins.Sweep(ctx))
		if got := reach(); got != device.Offline {
			t.Fatalf("an hour overdue: %s", got)
		}
	})
}

func TestUnclaimed_pool(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		at := h.clock.Now()
		note := func(m string, n int) {
			ok(t, h.devices.NoteStrangers(ctx, []device.Unclaimed{{MAC: mac.Address(m), Vendor: "grandstream", LastAt: at.Add(time.Duration(n) * time.Second), Requests: 2}}))
		}
		note("02000000000f", 1)
		note("020000000010", 2)
		note("02000000000f", 3)
		got, err := h.devices.Unclaimed(ctx, page.Page{})
		ok(t, err)
		if got.Total != 2 || got.Items[0].MAC != "02000000000f" || got.Items[0].Requests != 4 || !got.Items[0].FirstAt.Equal(at.Add(time.Second)) {
			t.Fatalf("pool %+v", got.Items)
		}
		h.add(t, ctx, "02000000000f")
		if got, err = h.devices.Unclaimed(ctx, page.Page{}); err != nil || got.Total != 1 {
			t.Fatalf("after it was claimed %d wait: %v", got.Total, err)
		}
	})
}

func TestDelete_leaves_nothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.add(t, ctx, "020000000011")
		h.twins.Seen(report(d, h.clock.Now(), "192.0.2.7"))
		ok(t, h.twins.Flush(ctx, true))
		if err := h.devices.Delete(ctx, d.ID, d.Version+1); fault.CodeOf(err) != "version" {
			t.Fatalf("from a stale version: %v", err)
		}
		ok(t, h.devices.Delete(ctx, d.ID, d.Version))
		ok(t, h.twins.Flush(ctx, true))
		again := h.add(t, ctx, "020000000011")
		if again.Hot.Address != "" || again.ID == d.ID {
			t.Fatalf("the new device remembers the old one: %+v", again.Hot)
		}
	})
}
