package phone_test

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"

	"github.com/google/go-cmp/cmp"
)

const fleetSize = 20

func fleet(t *testing.T, w *world, seed uint64) *phone.Fleet {
	t.Helper()
	f, err := phone.NewFleet(phone.FleetConfig{
		Count: fleetSize, Seed: seed, Stagger: 10 * time.Second,
		Make: func(i int) phone.Config {
			return phone.Config{
				MAC: phone.FleetMAC(i), Model: "GHP610", Persona: persona(t), ServerURL: "http://prov.example.org/p/t/",
				Network:  w.net.Host(netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 10)})),
				Settings: map[string]string{"provisioning.auto.mode": "YesUpgradeMin", "provisioning.auto.minute": "60"},
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.Phones() {
		w.putRaw("/p/t/cfg"+p.MAC().String()+".xml", config(p.MAC().String(), "hotel.room.number="+p.MAC().String()))
	}
	return f
}

// starts returns when each phone started, in order of time.
func starts(f *phone.Fleet, begin time.Time) []time.Duration {
	var out []time.Duration
	for _, p := range f.Phones() {
		for _, fetch := range p.Fetches() {
			if fetch.Reason == phone.AtBoot {
				out = append(out, fetch.At.Sub(begin))
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestPlay_steady(t *testing.T) {
	t.Parallel()
	var runs [2][]time.Duration
	for i := range runs {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			f, begin := fleet(t, w, 7), time.Now()
			if err := phone.Play(t.Context(), f, "steady", phone.Bounds{For: 2*time.Hour + time.Minute}); err != nil {
				t.Fatal(err)
			}
			if passed := time.Since(begin); passed != 2*time.Hour+time.Minute {
				t.Errorf("it took %s", passed)
			}
			for _, p := range f.Phones() {
				wants(t, p, "hotel.room.number="+p.MAC().String())
				if s := p.Status(); s.Boots != 1 || s.Rounds != 3 || s.LastError != "" {
					t.Errorf("%s: %+v", p.MAC(), s)
				}
			}
			runs[i] = starts(f, begin)
		})
	}
	if diff := cmp.Diff(runs[0], runs[1]); diff != "" {
		t.Errorf("one seed gives two fleets: %s", diff)
	}
	if got := runs[0]; len(got) != fleetSize || got[0] == got[fleetSize-1] || got[fleetSize-1] >= 10*time.Second {
		t.Errorf("starts at %v", got)
	}
}

func TestPlay_reboot_storm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		f, begin := fleet(t, w, 7), time.Now()
		if err := phone.Play(t.Context(), f, "reboot-storm", phone.Bounds{For: time.Hour, Rounds: 3, Pause: time.Second}); err != nil {
			t.Fatal(err)
		}
		if passed := time.Since(begin); passed != 4*11*time.Second {
			t.Errorf("it took %s", passed)
		}
		for _, p := range f.Phones() {
			if s := p.Status(); s.Boots != 4 || s.Applied != 4 {
				t.Errorf("%s: %+v", p.MAC(), s)
			}
		}
	})
}

func TestPlay_ends_in_time(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		f, begin := fleet(t, w, 7), time.Now()
		if err := phone.Play(t.Context(), f, "reboot-storm", phone.Bounds{For: time.Minute, Rounds: 100}); err != nil {
			t.Fatal(err)
		}
		if passed := time.Since(begin); passed != time.Minute {
			t.Errorf("it took %s", passed)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := phone.Play(ctx, f, "steady", phone.Bounds{For: time.Hour}); err == nil {
			t.Error("the context ended first, and nobody says so")
		}
	})
}

func TestPlay_refuses(t *testing.T) {
	t.Parallel()
	if err := phone.Play(t.Context(), nil, "unrest", phone.Bounds{For: time.Second}); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown scenario: %v", err)
	}
	if err := phone.Play(t.Context(), nil, "steady", phone.Bounds{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("without an end: %v", err)
	}
	if _, err := phone.NewFleet(phone.FleetConfig{Count: 0}); !fault.Is(err, fault.Invalid) {
		t.Errorf("no phones: %v", err)
	}
}

func TestFleetMAC(t *testing.T) {
	t.Parallel()
	for i, want := range map[int]mac.Address{0: "020000000001", 254: "0200000000ff", 99_999: "0200000186a0"} {
		if got := phone.FleetMAC(i); got != want {
			t.Errorf("FleetMAC(%d) = %s, want %s", i, got, want)
		}
	}
}
