package ippd

import (
	"context"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/ipp"
)

// Kinds are what a reply carries: nothing that holds a secret.
func Kinds() []command.Kind {
	return []command.Kind{command.DeliverRevision, command.Reboot, command.Upgrade, command.Message}
}

func carries(k command.Kind) bool {
	for _, one := range Kinds() {
		if k == one {
			return true
		}
	}
	return false
}

// claim takes the commands that the phone is to do now. Each is claimed in the
// database before it leaves the house; one that may not be repeated never leaves it
// twice. After one that restarts the phone no other goes with the same reply.
func (s *Server) claim(ctx context.Context, d device.Device) (out []command.Command) {
	for len(out) < limit.IPPActions {
		c, ok, err := s.Manager.Next(ctx, d.ID, Name, carries)
		if err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "command not claimed", "device", d.ID, "error", err)
		}
		if err != nil || !ok {
			return out
		}
		if out = append(out, c); c.Kind == command.Reboot || c.Kind == command.Upgrade {
			return out
		}
	}
	return out
}

// hand answers a report with commands. What went out whole counts as delivered: the
// protocol has no answer to a command. Of what did not, nobody knows what became.
func (s *Server) hand(m request, d device.Device, p ipp.Report, todo []command.Command) {
	ctx := context.WithoutCancel(m.r.Context())
	var actions []ipp.Action
	out := todo[:0]
	for _, c := range todo {
		a, err := s.actionOf(ctx, d, c)
		if err != nil {
			s.ended(ctx, d, c, s.Manager.Answer(ctx, d.ID, c.ID, command.Outcome{State: command.Failed, Reason: fault.Message(err)}))
			continue
		}
		actions, out = append(actions, a), append(out, c)
	}
	if todo = out; len(todo) > 0 {
		s.Manager.HandedIn(d.ID, p.Session)
	}
	m.plain = len(todo) == 0
	whole := s.send(m, ipp.AppendReply(nil, actions))
	for _, c := range todo {
		err := error(nil)
		switch {
		case !whole:
			err = s.Manager.Lost(ctx, c.ID, "the phone was gone before it had the answer that carries it")
		case c.Kind != command.DeliverRevision: // that is delivered when the phone has fetched it
			err = s.Manager.Answer(ctx, d.ID, c.ID, command.Outcome{State: command.Delivered, Reason: "the answer that carries it went out whole; phones of this make answer nothing to a command"})
		}
		s.ended(ctx, d, c, err)
	}
}

// ended logs that the end of a command could not be written down.
func (s *Server) ended(ctx context.Context, d device.Device, c command.Command, err error) {
	if err != nil {
		s.Log.ErrorContext(ctx, "end of a command not written down", "device", d.ID, "command", c.ID, "error", err)
	}
}

// actionOf is a command in the protocol's words. An image goes by its name: the phone
// fetches it where its own file says, since an address with its token is no word for
// others' ears.
func (s *Server) actionOf(ctx context.Context, d device.Device, c command.Command) (ipp.Action, error) {
	a := ipp.Action{ID: c.Key()}
	switch c.Kind {
	case command.Reboot:
		a.Cmd, a.Force = ipp.Reset, c.Args.Forced
	case command.Message:
		a.Cmd, a.Text, a.Seconds = ipp.SendMessage, c.Args.Text, c.Args.Seconds
	case command.DeliverRevision:
		a.Cmd = ipp.UpdateConfig
	case command.Upgrade:
		i, err := s.House.ImageFor(ctx, d, c.Args.Resource)
		if err != nil {
			return a, err
		}
		a.Cmd, a.File = ipp.UpdateFirmware, i.Name
	}
	return a, nil
}
