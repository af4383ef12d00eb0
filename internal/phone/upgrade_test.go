package phone_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/vendors/grandstream/sim"

	"github.com/google/go-cmp/cmp"
)

// firmware is an image of a version for the phone that most tests are about.
func firmware(version string) phone.Image {
	return phone.Image{Models: []string{"GHP610", "GHP621W"}, Version: version, Payload: bytes.Repeat([]byte("01"), 50_000)}
}

// upgraded are settings that have a phone look for firmware by HTTP, and others.
func upgraded(more ...string) func(*phone.Config) {
	return func(c *phone.Config) {
		c.Settings = map[string]string{"provisioning.firmware.protocol": "HTTP", "provisioning.firmware.serverpath": "prov.example.org/fw"}
		for _, s := range more {
			name, value, _ := strings.Cut(s, "=")
			c.Settings[name] = value
		}
	}
}

func TestImage(t *testing.T) {
	t.Parallel()
	i := firmware("1.0.1.60")
	whole := i.Encode()
	if got, err := phone.DecodeImage(whole); err != nil || cmp.Diff(i, got) != "" {
		t.Fatalf("%v, %s", err, cmp.Diff(i, got))
	}
	for what, b := range map[string][]byte{
		"cut":         whole[:len(whole)-1],
		"longer":      append(bytes.Clone(whole), 'x'),
		"changed":     append(bytes.Clone(whole[:len(whole)-1]), 'x'),
		"head alone":  whole[:60],
		"another":     []byte("PK\x03\x04"),
		"empty":       nil,
		"no model":    phone.Image{Version: "1"}.Encode(),
		"no version":  phone.Image{Models: []string{"GHP610"}}.Encode(),
		"endless one": append([]byte("Firmware of virtual phones 1\n"), bytes.Repeat([]byte("x"), 10_000)...),
	} {
		if got, err := phone.DecodeImage(b); err == nil {
			t.Errorf("%s: it is the image %s of %d bytes", what, got.Version, len(got.Payload))
		}
	}
}

func FuzzDecodeImage(f *testing.F) {
	f.Add(phone.Image{Models: []string{"GHP610"}, Version: "1.2.3", Payload: []byte("\n\n")}.Encode())
	f.Add([]byte("Firmware of virtual phones 1\n\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		i, err := phone.DecodeImage(b)
		if err != nil {
			return
		}
		again, err := phone.DecodeImage(i.Encode())
		if err != nil || !bytes.Equal(i.Payload, again.Payload) || i.Version != again.Version {
			t.Errorf("%+v reads as %+v, %v", i, again, err)
		}
	})
}

// TestPhone_takes_firmware: a whole image for its model moves the version, and the
// phone restarts with it; the same one again does nothing.
func TestPhone_takes_firmware(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put("/p/t/cfg"+macA+".xml", "hotel.name=A")
		w.putRaw("/fw/ghp610fw.bin", string(firmware("1.0.1.60").Encode()))
		began := time.Now()
		p := w.phone(t, upgraded())
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		s := p.Status()
		if s.Firmware != "1.0.1.60" || s.Upgrades != 1 || s.Boots != 2 || s.LastError != "" {
			t.Errorf("%+v", s)
		}
		want := []string{"https /p/t/cfg" + macA + ".xml", "http /fw/ghp610fw.bin", "https /p/t/cfg" + macA + ".xml", "http /fw/ghp610fw.bin"}
		if diff := cmp.Diff(want, w.requests()); diff != "" || w.agent != "Grandstream Model HW GHP621W SW 1.0.1.60 DevId "+macA {
			t.Errorf("%s as %q", diff, w.agent)
		}
		if took := p.Fetches()[2].At.Sub(began); took != time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

// TestPhone_refuses_firmware: a wrong image is judged once and changes nothing.
func TestPhone_refuses_firmware(t *testing.T) {
	t.Parallel()
	other := firmware("1.0.1.60")
	other.Models = []string{"GRP2614"}
	damaged := firmware("1.0.1.60").Encode()
	damaged[len(damaged)-7] ^= 1
	for what, tc := range map[string]struct {
		image []byte
		why   string
	}{
		"another model's": {other.Encode(), "for GRP2614 and not for a GHP621W"},
		"damaged":         {damaged, "check sum"},
		"cut at rest":     {firmware("1.0.1.60").Encode()[:40_000], "bytes and says"},
		"a page":          {[]byte("<html>"), "no firmware"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.put("/p/t/cfg"+macA+".xml", "hotel.name=A")
				w.putRaw("/fw/ghp610fw.bin", string(tc.image))
				p := w.phone(t, upgraded())
				time.Sleep(24 * time.Hour)
				synctest.Wait()
				s := p.Status()
				if s.Firmware != "1.0.1.54" || s.Upgrades != 0 || s.Boots != 1 || !strings.Contains(s.LastError, tc.why) || len(w.requests()) != 2 {
					t.Errorf("%+v", s)
				}
				wants(t, p, "hotel.name=A")
			})
		})
	}
}

// TestPhone_resumes_firmware: what broke off is continued with a range, and taken
// only when it is whole.
func TestPhone_resumes_firmware(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put("/p/t/cfg"+macA+".xml", "hotel.name=A")
		image := firmware("1.0.1.60").Encode()
		var ranges []string
		w.answer(func(rw http.ResponseWriter, r *http.Request) bool {
			if !strings.HasPrefix(r.URL.Path, "/fw/") {
				return false
			}
			ranges = append(ranges, r.Header.Get("Range"))
			if len(ranges) == 1 {
				rw.Header().Set("Content-Length", fmt.Sprint(len(image)))
				_, _ = rw.Write(image[:30_000])
				panic(http.ErrAbortHandler)
			}
			http.ServeContent(rw, r, "", time.Time{}, bytes.NewReader(image))
			return true
		})
		p := w.phone(t, upgraded())
		time.Sleep(time.Second)
		synctest.Wait()
		if s := p.Status(); s.Firmware != "1.0.1.54" || !strings.Contains(s.LastError, "broke off after 30000 bytes") {
			t.Errorf("after a part: %+v", s)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if s := p.Status(); s.Firmware != "1.0.1.60" || s.Upgrades != 1 {
			t.Errorf("%+v", s)
		}
		if diff := cmp.Diff([]string{"", "bytes=30000-", ""}, ranges); diff != "" { // the last one after its restart
			t.Error(diff)
		}
	})
}

// TestPhone_firmware_modes: when the phone looks for firmware, and under which name.
func TestPhone_firmware_modes(t *testing.T) {
	t.Parallel()
	const check = "provisioning.firmware.checkcondition="
	for what, tc := range map[string]struct {
		settings []string
		changed  string // setting that the second configuration brings
		want     []string
	}{
		"always":                   {[]string{check + "AlwaysCheck"}, "", []string{"ghp610fw.bin", "ghp610fw.bin"}},
		"not told":                 {nil, "", []string{"ghp610fw.bin", "ghp610fw.bin"}},
		"never":                    {[]string{check + "SkipCheck"}, "", nil},
		"affix as it was":          {[]string{check + "CheckWhenChange"}, "", []string{"ghp610fw.bin"}},
		"affix changes":            {[]string{check + "CheckWhenChange"}, "provisioning.firmware.filepostfix=_1.0.1.60", []string{"ghp610fw.bin", "ghp610fw.bin_1.0.1.60"}},
		"prefix and postfix":       {[]string{"provisioning.firmware.fileprefix=gs_", "provisioning.firmware.filepostfix=.1"}, "", []string{"gs_ghp610fw.bin.1", "gs_ghp610fw.bin.1"}},
		"a scheme leads to nobody": {[]string{"provisioning.firmware.serverpath=http://prov.example.org/fw"}, "", nil},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.put("/p/t/cfg"+macA+".xml", "hotel.name=A")
				w.putRaw("/fw/gs_ghp610fw.bin", "only what is named so is used")
				p := w.phone(t, upgraded(tc.settings...))
				synctest.Wait()
				w.put("/p/t/cfg"+macA+".xml", tc.changed)
				p.Reboot()
				synctest.Wait()
				var asked []string
				for _, r := range w.requests() {
					if _, name, ok := strings.Cut(r, "/fw/"); ok {
						asked = append(asked, name)
					}
				}
				if diff := cmp.Diff(tc.want, asked); diff != "" || p.Status().Firmware != "1.0.1.54" {
					t.Errorf("%s %+v", diff, p.Status())
				}
			})
		})
	}
}

// TestPhone_looks_for_firmware_when_told: the button counts in every mode; the
// timer looks for firmware too, at a random moment of its interval.
func TestPhone_looks_for_firmware_when_told(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put("/p/t/cfg"+macA+".xml", "hotel.name=A")
		p := w.phone(t, upgraded("provisioning.firmware.checkcondition=SkipCheck"))
		synctest.Wait()
		w.requests()
		p.Provision()
		synctest.Wait()
		if got := strings.Join(w.requests(), " "); !strings.Contains(got, "/fw/ghp610fw.bin") {
			t.Errorf("at a press of the button it asked for %s", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put("/p/t/cfg"+macA+".xml", "hotel.name=A")
		p := w.phone(t, upgraded("provisioning.auto.mode=YesUpgradeMin", "provisioning.auto.minute=120", "provisioning.auto.randomtime.enable=Yes"))
		time.Sleep(3 * 120 * time.Minute)
		synctest.Wait()
		var gaps []time.Duration
		last := time.Time{}
		for _, f := range p.Fetches() {
			if f.Name != "ghp610fw.bin" {
				continue
			}
			if !last.IsZero() {
				gaps = append(gaps, f.At.Sub(last))
			}
			last = f.At
		}
		same := true
		for _, g := range gaps {
			same = same && g == gaps[0]
			if g < time.Minute || g > 120*time.Minute {
				t.Errorf("a gap of %s", g)
			}
		}
		if len(gaps) < 3 || same {
			t.Errorf("the gaps are %v", gaps)
		}
	})
}

// TestPhone_fetches_extras: a phone with a screen fetches its phonebook and its
// wallpaper from where its settings say.
func TestPhone_fetches_extras(t *testing.T) {
	t.Parallel()
	all, err := sim.All()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.putRaw("/book/phonebook.xml", "<AddressBook/>")
		w.putRaw("/pictures/sea.jpg", "a picture")
		p := w.phone(t, func(c *phone.Config) {
			c.Persona, c.Model = all[1], "GRP2614"
			c.Settings = map[string]string{"phonebook.download.mode": "EnabledUseHTTPS", "phonebook.download.server": "prov.example.org/book",
				"lcd.wallpaper.source": "Download", "lcd.wallpaper.serverPath": "http://prov.example.org/pictures/sea.jpg"}
		})
		synctest.Wait()
		got := w.requests()
		if diff := cmp.Diff([]string{"https /book/phonebook.xml", "http /pictures/sea.jpg"}, got[len(got)-2:]); diff != "" {
			t.Error(diff)
		}
		if string(p.Extra("phonebook")) != "<AddressBook/>" || string(p.Extra("wallpaper")) != "a picture" || p.Extra("ringtone") != nil {
			t.Errorf("it holds %q and %q", p.Extra("phonebook"), p.Extra("wallpaper"))
		}
	})
}
