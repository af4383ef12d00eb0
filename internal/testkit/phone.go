package testkit

import (
	"context"
	"log/slog"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/domain/template"
	"bellwether/internal/phone"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors/allsim"
)

// Items makes a template's values of a map.
func Items(values map[string]string) []template.Item {
	var out []template.Item
	for k, v := range values {
		out = append(out, template.Item{Key: param.Key(k), Value: v})
	}
	return out
}

// Virtual makes the virtual phone of a device: it knows its secret address and
// trusts the house's authority. It is not switched on.
func (h *House) Virtual(t testing.TB, p Phone) *phone.Phone {
	t.Helper()
	return h.Box(t, p.MAC, p.URL)
}

// Box makes a virtual phone that looks for its files at a folder. It is not
// switched on.
func (h *House) Box(t testing.TB, m mac.Address, folder string) *phone.Phone {
	t.Helper()
	return h.Play(t, Model, m, folder)
}

// Play is Box for a phone of some model.
func (h *House) Play(t testing.TB, model string, m mac.Address, folder string) *phone.Phone {
	t.Helper()
	all, err := allsim.New()
	if err != nil {
		t.Fatalf("load the personas: %v", err)
	}
	persona, label, ok := all.Find("", model)
	if !ok {
		t.Fatalf("nobody plays the model %s", model)
	}
	roots := h.TLS(t)
	roots.ServerName = "" // a phone checks the host that it calls
	v, err := phone.New(phone.Config{MAC: m, Model: label, Persona: persona, ServerURL: folder, Network: h.Net, TLS: roots, Clock: h.Clock,
		Log: slog.New(slog.NewTextHandler(h.Log, nil))})
	if err != nil {
		t.Fatalf("make a virtual phone: %v", err)
	}
	return v
}

// SwitchOn runs a virtual phone until the test ends, and waits for its first
// round of fetching.
func SwitchOn(t testing.TB, v *phone.Phone) {
	t.Helper()
	ctx, off := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = v.Run(ctx) // it ends with the test
	}()
	t.Cleanup(func() {
		off()
		<-done
	})
	Wait(t, "the phone has looked for its files", func() bool { return v.Status().Looks > 0 })
}

// Refetch makes a running phone look for its files now and waits until it has.
func Refetch(t testing.TB, v *phone.Phone) {
	t.Helper()
	before := v.Status().Looks
	v.Provision()
	Wait(t, "the phone has looked for its files again", func() bool { return v.Status().Looks > before })
}
