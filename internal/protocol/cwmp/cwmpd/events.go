package cwmpd

import (
	"context"
	"fmt"
	"time"

	"bellwether/internal/domain/command"
	"bellwether/internal/platform/fault"
	"bellwether/internal/protocol/cwmp"
)

// happened takes the events of an Inform for what they say of commands that were
// sent before.
func (h *handler) happened(ctx context.Context, one *session, in *cwmp.Inform) {
	booted := in.Has(cwmp.EventBoot)
	for _, e := range in.Events {
		switch e.Code {
		case cwmp.EventMReboot:
			booted = !h.confirmKey(ctx, one, e.Key, command.Reboot) && booted
		case cwmp.EventBootstrap:
			h.confirmLatest(ctx, one, command.FactoryReset, "the phone came back as from its factory")
		case cwmp.EventDiagnosticsComplete:
			for _, k := range []command.Kind{command.Ping, command.Traceroute} {
				if c, ok := h.latest(ctx, one, k); ok && !c.State.Terminal() {
					one.todo = append(one.todo, h.readDiagnosis(one, c))
				}
			}
		}
	}
	if booted && !in.Has(cwmp.EventBootstrap) {
		h.confirmLatest(ctx, one, command.Reboot, "the phone started anew")
	}
	if in.Has(cwmp.EventBoot) || in.Has(cwmp.EventValueChange) || in.Has(cwmp.EventTransferComplete) || in.Has(cwmp.EventMDownload) {
		h.upgraded(ctx, one)
	}
}

// upgraded confirms an image by the version that the phone runs, since some never
// say how a transfer ended.
func (h *handler) upgraded(ctx context.Context, one *session) {
	c, ok := h.latest(ctx, one, command.Upgrade)
	a, proven := one.who.Authenticated()
	if !ok || c.State.Terminal() || !proven || one.phone.Told.Software == "" {
		return
	}
	if i, err := h.House.ImageURL(ctx, a, c.Args.Resource); err == nil && i.Version == one.phone.Told.Software {
		h.answer(ctx, one, c, command.Outcome{State: command.Confirmed, Reason: "the phone runs " + i.Version})
	}
}

// confirmKey confirms the command that a phone names, and reports whether there is
// one of the kind.
func (h *handler) confirmKey(ctx context.Context, one *session, key string, k command.Kind) bool {
	c, err := h.Manager.ByKey(ctx, one.who.Device().ID, key)
	if err != nil || c.Kind != k {
		return false
	}
	h.answer(ctx, one, c, command.Outcome{State: command.Confirmed, Reason: "the phone said by its key that it was done"})
	return true
}

// latest finds the command of a kind that a phone may still speak of: with its key
// lost, or none kept.
func (h *handler) latest(ctx context.Context, one *session, k command.Kind) (command.Command, bool) {
	c, ok, err := h.Manager.LatestOf(ctx, one.who.Device().ID, k)
	if err != nil {
		h.Log.ErrorContext(ctx, "commands not read", "device", one.who.Device().ID, "error", err)
	}
	return c, ok && err == nil
}

func (h *handler) confirmLatest(ctx context.Context, one *session, k command.Kind, reason string) {
	if c, ok := h.latest(ctx, one, k); ok && (c.State == command.Sent || c.State == command.Delivered || c.State == command.Unknown) {
		h.answer(ctx, one, c, command.Outcome{State: command.Confirmed, Reason: reason})
	}
}

// theirs answers what the phone asks or tells by itself; false for what is an answer
// of the phone's own. What it tells of a transfer is written down before it hears
// that it was understood.
func (h *handler) theirs(ctx context.Context, one *session, m cwmp.Message) (cwmp.Message, bool) {
	switch t := m.(type) {
	case *cwmp.TransferComplete:
		if err := h.transferred(ctx, one, t); err != nil {
			h.Log.ErrorContext(ctx, "end of a transfer not written down", "device", one.who.Device().ID, "error", err)
			return &cwmp.Fault{Code: cwmp.FaultServerRetry, String: "not written down; tell it again"}, true
		}
		return &cwmp.TransferCompleteResponse{}, true
	case *cwmp.AutonomousTransferComplete:
		return &cwmp.AutonomousTransferCompleteResponse{}, true
	case *cwmp.GetRPCMethods:
		if one.step != nil {
			return nil, false
		}
		return &cwmp.GetRPCMethodsResponse{Methods: []string{"Inform", "GetRPCMethods", "TransferComplete", "AutonomousTransferComplete"}}, true
	case *cwmp.RequestDownload, *cwmp.Kicked:
		return &cwmp.Fault{Code: cwmp.FaultServerMethod, String: "this server has nothing for that"}, true
	case *cwmp.Unknown:
		if one.step != nil {
			return nil, false
		}
		return &cwmp.Fault{Code: cwmp.FaultServerMethod, String: "this server does not know " + short(t.Name)}, true
	}
	return nil, false
}

func short(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return s
}

// transferred writes down how a transfer ended: by its key, and where the phone
// kept none by what it was sent last.
func (h *handler) transferred(ctx context.Context, one *session, t *cwmp.TransferComplete) error {
	if !one.who.Known() {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	device := one.who.Device().ID
	c, err := h.Manager.ByKey(ctx, device, t.Key)
	if fault.Is(err, fault.NotFound) {
		ok := false
		if c, ok = h.latest(ctx, one, command.Upgrade); !ok || c.State.Terminal() || !t.Start.IsZero() && t.Start.Before(c.SentAt.Add(-clockSlack)) {
			return nil // of a transfer that nobody here asked for
		}
		err = nil
	}
	if err != nil {
		return err
	}
	o := command.Outcome{State: command.Confirmed, Reason: "the phone said that the transfer went well"}
	switch {
	case t.Failure.Code != 0:
		o = command.Outcome{State: command.Failed, Reason: "the transfer failed: " + reasonOf(t.Failure)}
	case c.Kind == command.DeliverRevision:
		o = command.Outcome{State: command.Delivered, Reason: "the phone said that it took its configuration"}
	case c.Kind == command.Upgrade:
		o.State = command.Delivered
		o.Reason = "the phone took the image; the version that it tells next confirms it"
	}
	return h.Manager.Answer(ctx, device, c.ID, o)
}

// clockSlack is how wrong a phone's clock may be.
const clockSlack = 10 * time.Minute

func reasonOf(f cwmp.Failure) string {
	text := cwmp.FaultText(f.Code)
	if f.String != "" && f.String != text {
		text += ": " + f.String
	}
	return fmt.Sprintf("%d %s", f.Code, text)
}
