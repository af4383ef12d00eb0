package phone_test

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/platform/clock"
	"bellwether/internal/protocol/tftp"
	"bellwether/internal/testkit"

	"github.com/google/go-cmp/cmp"
)

// rescuer is a TFTP server of the guide's fixed address, for a bubble: it sends a
// file in one block of 512 bytes at the most, and no option.
func (w *world) rescuer(t *testing.T, files map[string]string) {
	t.Helper()
	conn, err := w.net.Host(netip.MustParseAddr("192.168.0.2")).ListenPacket(t.Context(), "udp", ":69")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			r, err := tftp.Decode(buf[:n])
			if err != nil {
				continue
			}
			w.mu.Lock()
			w.seen = append(w.seen, "tftp /"+r.Name)
			w.mu.Unlock()
			answer := tftp.EncodeError(tftp.NotFound, "there is no such file")
			if body, ok := files[r.Name]; ok {
				answer = append([]byte{0, 3, 0, 1}, body...)
			}
			_, _ = conn.WriteTo(answer, from)
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
}

// small is an image that fits into one block.
func small(version string) string {
	return string(phone.Image{Models: []string{"GHP621W"}, Version: version, Payload: []byte("x")}.Encode())
}

// TestPhone_recovers: the phone's lamps tell each step of its guide; without a
// server it asks again and again.
func TestPhone_recovers(t *testing.T) {
	t.Parallel()
	broken := func(c *phone.Config) { c.Broken = true }
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put("/p/t/cfg"+macA+".xml", "hotel.name=A")
		p := w.phone(t, broken)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if s := p.Status(); !s.Broken || s.Lamp != phone.LampWaits || s.Fetches < 20 || s.Applied != 0 {
			t.Errorf("without a server: %+v", s)
		}
		w.rescuer(t, map[string]string{"ghp610recovery.bin": small("recovery"), "ghp610fw.bin": small("1.0.1.60")})
		began := time.Now()
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		want := []phone.Lamp{phone.LampStart, phone.LampBroken, phone.LampWaits, phone.LampWorked, phone.LampTemporary, phone.LampWrites, phone.LampStart, phone.LampRuns}
		if diff := cmp.Diff(want, p.Lamps()); diff != "" {
			t.Error(diff)
		}
		if s := p.Status(); s.Broken || s.Firmware != "1.0.1.60" || s.Boots != 2 || s.LastError != "" {
			t.Errorf("%+v", s)
		}
		wants(t, p, "hotel.name=A")
		got := w.requests()
		if diff := cmp.Diff([]string{"tftp /ghp610recovery.bin", "tftp /ghp610fw.bin", "https /p/t/cfg" + macA + ".xml"}, got); diff != "" {
			t.Error(diff)
		}
		if took := p.Fetches()[len(p.Fetches())-1].At.Sub(began); took < 5*time.Minute || took > 6*time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

// TestPhone_cannot_recover: what is wrong blocks the phone until it is switched off
// and on.
func TestPhone_cannot_recover(t *testing.T) {
	t.Parallel()
	for what, tc := range map[string]struct {
		files map[string]string
		want  []phone.Lamp // after the first ones
	}{
		"no system":        {nil, []phone.Lamp{phone.LampFailed}},
		"a damaged system": {map[string]string{"ghp610recovery.bin": small("r")[1:]}, []phone.Lamp{phone.LampFailed}},
		"no firmware":      {map[string]string{"ghp610recovery.bin": small("r")}, []phone.Lamp{phone.LampWorked, phone.LampTemporary, phone.LampBlocked}},
		"wrong firmware":   {map[string]string{"ghp610recovery.bin": small("r"), "ghp610fw.bin": strings.Replace(small("r"), "GHP621W", "GHP99999", 1)}, []phone.Lamp{phone.LampWorked, phone.LampTemporary, phone.LampBlocked}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.rescuer(t, tc.files)
				p := w.phone(t, func(c *phone.Config) { c.Broken = true })
				time.Sleep(time.Hour)
				synctest.Wait()
				first := []phone.Lamp{phone.LampStart, phone.LampBroken, phone.LampWaits}
				if diff := cmp.Diff(slices.Concat(first, tc.want), p.Lamps()); diff != "" {
					t.Error(diff)
				}
				asked := len(w.requests())
				if s := p.Status(); !s.Broken || s.Firmware != "1.0.1.54" || !strings.Contains(s.LastError, "switched off and on") {
					t.Errorf("%+v", s)
				}
				p.Reboot()
				time.Sleep(time.Minute)
				synctest.Wait()
				if got := len(w.requests()); got != asked {
					t.Errorf("switched off and on it asks %d times, before %d", got, asked)
				}
			})
		})
	}
}

// TestPhone_recovers_at_our_door: the TFTP door has both files for anybody.
func TestPhone_recovers_at_our_door(t *testing.T) {
	t.Parallel()
	h := doors(t)
	w := h.World(t)
	for name, version := range map[string]string{"ghp610recovery.bin": "rescue", "ghp610fw.bin": "1.0.1.60"} {
		image := phone.Image{Models: []string{testkit.Model}, Version: version, Payload: []byte(strings.Repeat(version, 5000))}
		testkit.Call[any](t, h.API(t, "platform-owner"), http.MethodPost, "/orgs/"+w.Org.ID+"/firmware",
			testkit.File{Field: "file", Name: name, Data: image.Encode(), Fields: map[string]string{"models": testkit.Model, "anyone": "true"}})
	}
	_, port, err := net.SplitHostPort(h.Addr(t, "tftp"))
	if err != nil {
		t.Fatal(err)
	}
	p := w.Phones[0]
	roots := h.TLS(t)
	roots.ServerName = ""
	v, err := phone.New(phone.Config{MAC: p.MAC, Model: testkit.Model, Persona: persona(t), ServerURL: p.URL, Network: h.Net, TLS: roots, MinutesAs: time.Millisecond,
		Broken: true, RescueServer: "127.0.0.1:" + port, Clock: quick{h.Clock}})
	if err != nil {
		t.Fatal(err)
	}
	testkit.SwitchOn(t, v)
	testkit.Wait(t, "the phone has recovered and its file", func() bool { return v.Status().Applied > 0 })
	if s := v.Status(); s.Broken || s.Firmware != "1.0.1.60" {
		t.Errorf("%+v", s)
	}
}

// quick is a clock on which nobody waits long.
type quick struct{ clock.Clock }

func (q quick) Sleep(ctx context.Context, d time.Duration) error {
	return q.Clock.Sleep(ctx, min(d, 10*time.Millisecond))
}
