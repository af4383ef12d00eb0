package cwmpd_test

import (
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"

	"bellwether/internal/domain/command"
	"bellwether/internal/phone"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors/grandstream/sim"
)

// managedBy makes the virtual phone of a device of the house, and switches it on:
// where it is managed it learns from its file.
func managedBy(t *testing.T, h *testkit.House, p testkit.Phone, conf phone.CWMP) *phone.Phone {
	t.Helper()
	return managedAt(t, h, p, conf, 2*time.Second)
}

// managedAt is managedBy for a phone whose minutes are as long as is said.
func managedAt(t *testing.T, h *testkit.House, p testkit.Phone, conf phone.CWMP, minute time.Duration) *phone.Phone {
	t.Helper()
	roots := h.TLS(t)
	roots.ServerName = "" // a phone checks the host that it calls
	persona, err := sim.New()
	if err != nil {
		t.Fatal(err)
	}
	v, err := phone.New(phone.Config{MAC: p.MAC, Model: testkit.Model, Persona: persona, ServerURL: p.URL, Network: h.Net, TLS: roots, MinutesAs: minute, CWMP: &conf})
	if err != nil {
		t.Fatal(err)
	}
	testkit.SwitchOn(t, v)
	testkit.Wait(t, "the phone's first session", func() bool { return v.Management().Sessions > 0 })
	if err := h.Twins.Flush(t.Context(), true); err != nil { // what it told is written behind
		t.Fatal(err)
	}
	return v
}

// asked has an operator ask for a command and waits for its end.
func asked(t *testing.T, h *testkit.House, p testkit.Phone, o command.Order) command.Command {
	t.Helper()
	d, err := h.Devices.Get(testkit.System(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.Commands.Ask(testkit.System(), d, o)
	if err != nil {
		t.Fatalf("ask for %s: %v", o.Kind, err)
	}
	testkit.Wait(t, "the end of "+string(o.Kind), func() bool {
		c, err = h.Commands.Get(testkit.System(), c.ID)
		return err != nil || c.State.Terminal()
	})
	return c
}

// TestVirtual_is_managed: the phone learns from its file who manages it,
// and by a connection request it comes and does what it is told, once.
func TestVirtual_is_managed(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	v := managedBy(t, h, w.Phones[0], phone.CWMP{Address: netip.MustParseAddr("127.0.0.31")})
	read := asked(t, h, w.Phones[0], command.Order{Kind: command.GetValues, Args: command.Args{Keys: []string{"Device.DeviceInfo.ModelName"}}})
	if read.State != command.Confirmed || len(read.Result.Values) != 1 || read.Result.Values[0].Value != testkit.Model {
		t.Errorf("the phone tells %s %s %+v", read.State, read.Reason, read.Result)
	}
	boot := asked(t, h, w.Phones[0], command.Order{Kind: command.Reboot})
	if boot.State != command.Confirmed || v.Status().Boots != 2 || !slices.Equal(keys(v, "Reboot"), []string{boot.Key()}) {
		t.Errorf("the restart is %s (%s); %d starts, executed %v", boot.State, boot.Reason, v.Status().Boots, keys(v, "Reboot"))
	}
	if st := v.Management(); st.Requests == 0 { // the second may have come while the first session lasted
		t.Errorf("the phone was called %d times: %+v", st.Requests, st)
	}
}

// TestVirtual_odd_in_its_ways: phones that depart from the book are read and
// restarted by our server all the same, each by a connection request where it can be
// called.
func TestVirtual_odd_in_its_ways(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	lanes := [][]string{
		{"prefix", "default-namespace", "method-namespace", "cwmp-1-4", "schema-1999", "no-types", "bare-types", "wrong-types"},
		{"lying-counts", "pretty", "unclean", "wrong-id", "no-cookies", "glued-cookies", "quoted-cookies", "comma-cookies", "stale-cookies"},
		{"connection-each", "no-qop", "stuck-count", "auth-once", "keep-nonce", "expect", "chunked", "gzip", "http-1.0"},
		{"lower-case", "loose-names", "no-key", "normalised", "same-id", "events", "device", "lying-methods", "words"},
	}
	for n, words := range lanes {
		t.Run("phone "+strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			for _, word := range words {
				t.Run(word, func(t *testing.T) {
					q, err := phone.QuirksOf([]string{word})
					if err != nil {
						t.Fatal(err)
					}
					v := managedBy(t, h, w.Phones[n], phone.CWMP{Address: netip.AddrFrom4([4]byte{127, 0, 0, byte(41 + n)}), Quirks: q})
					read := asked(t, h, w.Phones[n], command.Order{Kind: command.GetValues, Args: command.Args{Keys: []string{"Device.DeviceInfo.ModelName"}}})
					if read.State != command.Confirmed || len(read.Result.Values) != 1 || read.Result.Values[0].Value != testkit.Model {
						t.Errorf("it tells %s %s %+v", read.State, read.Reason, read.Result)
					}
					boot := asked(t, h, w.Phones[n], command.Order{Kind: command.Reboot})
					if boot.State != command.Confirmed || !slices.Equal(keys(v, "Reboot"), []string{boot.Key()}) {
						t.Errorf("the restart is %s (%s); executed %v, %s", boot.State, boot.Reason, keys(v, "Reboot"), v.Management().LastError)
					}
				})
			}
		})
	}
}

// keys are the ids of a phone's executed requests.
func keys(p *phone.Phone, method string) (out []string) {
	for _, e := range p.Management().Executed {
		if e.Method == method {
			out = append(out, e.Key)
		}
	}
	return out
}
