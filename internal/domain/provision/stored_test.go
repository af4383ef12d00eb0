package provision_test

import (
	"context"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/org"
	"bellwether/internal/domain/provision"
	"bellwether/internal/domain/resource"
	"bellwether/internal/platform/limit"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

// shelf is a house with stored files, asked as doors ask.
type shelf struct {
	*testkit.House
	w *testkit.World
}

func newShelf(t *testing.T) shelf {
	h := testkit.New(t, testkit.InMemory())
	return shelf{h, h.World(t)}
}

func (s shelf) store(t *testing.T, o org.Org, in resource.Input, content string) resource.Resource {
	t.Helper()
	taken, err := s.Resources.Take(testkit.System(), o, strings.NewReader(content), in.Kind.MaxBytes())
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Resources.Create(testkit.System(), o, in, taken)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ask opens a file, reads it to its end, and says how it was judged.
func (s shelf) ask(t *testing.T, r provision.Request) (content string, v provision.Verdict) {
	t.Helper()
	if !r.Address.IsValid() {
		r.Address = netip.MustParseAddr("192.0.2.7")
	}
	a := s.Provision.Open(context.Background(), r)
	defer func() { a.Done(context.Background(), provision.Outcome{Bytes: int64(len(content)), Complete: true}) }()
	body, size, ok := a.Open()
	if !ok {
		return "", a.Verdict
	}
	b, err := io.ReadAll(body)
	if err != nil || int64(len(b)) != size {
		t.Errorf("%s: %d of %d bytes: %v", r.Name, len(b), size, err)
	}
	return string(b), a.Verdict
}

// TestStored_recovery: a phone in recovery asks by TFTP for two names, with
// nothing that tells who it is; each has bytes of its own.
func TestStored_recovery(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	yes, models := true, []string{"GHP610", "GHP621W"}
	for name, content := range map[string]string{"ghp610recovery.bin": "small linux", "ghp610fw.bin": "image", "grp2610fw.bin": "another image"} {
		in := resource.Input{Kind: resource.Firmware, Name: name, Vendor: "grandstream", Anyone: &yes, Models: &models}
		if name == "grp2610fw.bin" {
			in.Models = &[]string{"GRP2614"}
		}
		s.store(t, s.w.Sister, in, content)
	}
	for name, want := range map[string]string{"ghp610recovery.bin": "small linux", "GHP610FW.BIN": "image", "grp2610fw.bin": "another image", "other.bin": "", "ghp610fw.bin.sig": ""} {
		for _, d := range []vendors.Door{vendors.TFTP, vendors.FTP, vendors.FTPS, vendors.HTTP, vendors.HTTPS} {
			got, v := s.ask(t, provision.Request{Door: d, Name: name})
			if got != want || (want != "") != (v == provision.Served) {
				t.Errorf("%s by %s: %q, %s", name, d, got, v)
			}
		}
	}
}

// TestStored_legacy: under the legacy flag a phone's name in the user agent
// suffices for its organization's files, as it does for its configuration.
func TestStored_legacy(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.store(t, s.w.Org, resource.Input{Kind: resource.Ringtone, Name: "ring1.bin", Vendor: "grandstream"}, "ring")
	s.store(t, s.w.Org, resource.Input{Kind: resource.Firmware, Name: "ghp610fw.bin", Models: &[]string{testkit.Model}}, "ours")
	p := s.w.Phones[0] // in the lobby
	ring := provision.Request{Door: vendors.HTTP, Name: "ring1.bin", Folder: provision.Resources, UserAgent: "Grandstream Model HW GHP621W SW 1.0.1.54 DevId " + p.MAC.String()}
	image := ring
	image.Name, image.Folder = "ghp610fw.bin", provision.Root
	for _, r := range []provision.Request{ring, image} {
		if got, v := s.ask(t, r); v != provision.Refused {
			t.Errorf("before the flag %s is %s: %q", r.Name, v, got)
		}
	}
	nets, until := []org.Subnet{{CIDR: netip.MustParsePrefix("192.0.2.0/26"), Legacy: true}}, s.Clock.Now().Add(time.Hour)
	site, err := s.Orgs.Site(testkit.System(), s.w.Lobby.ID)
	if err == nil {
		_, err = s.Orgs.UpdateSite(testkit.System(), site.ID, org.SiteInput{Subnets: &nets, LegacyUntil: &until}, site.Version)
	}
	if err != nil {
		t.Fatal(err)
	}
	for want, r := range map[string]provision.Request{"ring": ring, "ours": image} {
		if got, v := s.ask(t, r); got != want || v != provision.Served {
			t.Errorf("under the flag %s is %s: %q", r.Name, v, got)
		}
		r.Address = netip.MustParseAddr("198.51.100.7")
		if got, v := s.ask(t, r); v != provision.Refused {
			t.Errorf("outside its subnets %s is %s: %q", r.Name, v, got)
		}
	}
}

// TestStored_busy: who proves nothing is told to come later beyond the measure,
// and a phone that proves who it is never is.
func TestStored_busy(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	yes := true
	s.store(t, s.w.Org, resource.Input{Kind: resource.Firmware, Name: "ghp610fw.bin", Models: &[]string{testkit.Model}, Anyone: &yes}, "image")
	r := provision.Request{Door: vendors.HTTPS, Name: "ghp610fw.bin", Address: netip.MustParseAddr("198.51.100.7")}
	var open []provision.Answer
	for range limit.ImagesAddress {
		a := s.Provision.Open(context.Background(), r)
		if a.Verdict != provision.Served {
			t.Fatalf("%s after %d", a.Verdict, len(open))
		}
		open = append(open, a)
	}
	if _, v := s.ask(t, r); v != provision.Busy {
		t.Errorf("one more at once: %s", v)
	}
	own := r
	own.Token = s.w.Phones[0].Token
	if got, v := s.ask(t, own); v != provision.Served {
		t.Errorf("a proven phone from the same address: %s %q", v, got)
	}
	for _, a := range open {
		a.Done(context.Background(), provision.Outcome{})
		body, _, _ := a.Open()
		if _, err := body.Read(make([]byte, 1)); err == nil {
			t.Fatal("Done leaves the file open")
		}
	}
	if _, v := s.ask(t, r); v != provision.Served {
		t.Errorf("after the others have ended: %s", v)
	}
}
