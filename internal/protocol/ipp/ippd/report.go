package ippd

import (
	"context"
	"net/http"
	"strings"

	"bellwether/internal/domain/alarm"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/manager"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
	"bellwether/internal/protocol/ipp"
	"bellwether/internal/vendors"
)

// report takes a report. What a phone tells is written down before it hears of it.
func (s *Server) report(m request) {
	ctx := m.r.Context()
	p, err := ipp.DecodeReport(m.text)
	if err != nil {
		s.malformed(m, err)
		return
	}
	met, ok := s.meet(m, p)
	if !ok {
		return
	}
	d := met.Who.Device()
	heard, err := s.Manager.Beats(ctx, met.Who, manager.Beat{Phone: phoneOf(p), Session: p.Session, Door: string(vendors.IPP), Address: m.from.String(), Agent: agentOf(m.r, p), Every: s.House.ReportEvery})
	if err != nil {
		s.Log.ErrorContext(ctx, "report not written down", "device", d.ID, "error", err)
		met.Note("it was told to come again later", http.StatusServiceUnavailable, len(m.text))
		later(m.w)
		return
	}
	if heard.News || m.path.Op == ipp.Init {
		s.happened(ctx, d, p, m.path.Op, heard)
	}
	var todo []command.Command
	if heard.Pending {
		todo = s.claim(ctx, d)
	}
	if heard.News || m.path.Op == ipp.Init || len(todo) > 0 {
		met.Note(told(m.path.Op, p, todo), http.StatusOK, len(m.text))
	}
	s.hand(m, d, p, todo)
}

// meet has the house judge who reports, and answers whoever is nobody: what holds
// for a name alone is the same for every name.
func (s *Server) meet(m request, p ipp.Report) (provision.Meeting, bool) {
	a, err := mac.Parse(p.MAC)
	if err != nil {
		a = ""
	}
	v := provision.Visit{Door: vendors.IPP, Name: string(m.path.Op), MAC: a, Model: p.Model, Firmware: p.Firmware, UserAgent: agentOf(m.r, p), Token: m.path.Token, Address: m.from}
	v.User, v.Password = p.User, secret.NewString(p.User)
	if user, password, ok := m.r.BasicAuth(); ok {
		v.User, v.Password = user, secret.NewString(password)
	} else if p.User != "system" {
		v.User, v.Password = "", secret.String{}
	}
	met := s.House.Meet(m.r.Context(), v)
	switch {
	case met.Said.Err != nil:
		s.Log.ErrorContext(m.r.Context(), "report not judged", "peer", m.from, "error", met.Said.Err)
		met.Note("it was told to come again later", http.StatusServiceUnavailable, len(m.text))
		later(m.w)
	case met.Who.Known():
		return met, true
	case m.path.Token != "":
		met.Note("nothing of it was taken in", http.StatusNotFound, len(m.text))
		refuse(m.w, http.StatusNotFound, "nobody reports here")
	default:
		met.Note("that it was seen is all that was taken in", http.StatusOK, len(m.text))
		s.send(m, ipp.AppendReply(nil, nil))
	}
	return met, false
}

// malformed refuses what is no report.
func (s *Server) malformed(m request, err error) {
	s.Log.DebugContext(m.r.Context(), "report not understood", "peer", m.from, "error", err)
	refuse(m.w, http.StatusBadRequest, fault.Message(err))
}

// agentOf is how the phone names itself: to HTTP, or in the report.
func agentOf(r *http.Request, p ipp.Report) string {
	if a := r.UserAgent(); strings.Contains(a, "HD") || p.Agent == "" {
		return a
	}
	return p.Agent
}

// phoneOf is what a report says of the phone. Where only UC phones have a location,
// others' words for it are their own and kept all the same.
func phoneOf(p ipp.Report) manager.Phone {
	return manager.Phone{Protocol: manager.IPP, Told: manager.Told{Maker: "AudioCodes", Model: p.Model, Software: p.Firmware, Address: p.IP,
		Standing: manager.Standing{Status: statusOf(p.Status), Subnet: p.Subnet, VLAN: p.VLAN, User: p.UserName, UserID: p.UserID, Number: p.Phone, Proxy: p.Proxy, Location: p.Location, Region: p.Region, Agent: p.Agent}}}
}

// statusOf is our word for the phone's. One that is not known stays as it came, if it
// is short enough to be a word.
func statusOf(s ipp.Status) device.Status {
	switch {
	case s == ipp.Offline:
		return device.SignedOut
	case len(s) > 16:
		return ""
	}
	return device.Status(s)
}

// told is a report in the words of the ledger.
func told(op ipp.Operation, p ipp.Report, todo []command.Command) string {
	out := "it told that it is " + string(p.Status)
	if p.Status == "" {
		out = "it told nothing of how it stands"
	}
	if op == ipp.Init {
		out = "its first report: " + out
	}
	if len(todo) == 0 {
		return out
	}
	kinds := make([]string, len(todo))
	for i, c := range todo {
		kinds[i] = string(c.Kind)
	}
	return out + "; it was told to do: " + strings.Join(kinds, ", ")
}

// happened takes what a report says of commands that went out before.
func (s *Server) happened(ctx context.Context, d device.Device, p ipp.Report, op ipp.Operation, heard manager.Heard) {
	anew := op == ipp.Init || p.Status == ipp.Started && heard.Before != device.Started && heard.Before != ""
	if anew && heard.Booted {
		s.confirm(ctx, d, command.Reboot, "the phone told that it started anew")
	}
	if heard.News {
		s.upgraded(ctx, d, p.Firmware)
	}
	if p.Status == ipp.Registered && heard.Before != device.Registered {
		if err := s.Manager.Overcome(ctx, d, "the phone told that it is registered", alarm.RegisterFailure, alarm.LyncLoginFailure); err != nil {
			s.Log.ErrorContext(ctx, "end of an alarm not written down", "device", d.ID, "error", err)
		}
	}
}

// upgraded confirms an image by the version that the phone tells.
func (s *Server) upgraded(ctx context.Context, d device.Device, version string) {
	c, ok, err := s.Manager.LatestOf(ctx, d.ID, command.Upgrade)
	if err != nil || !ok || c.Channel != Name || version == "" || c.State == command.Confirmed {
		return
	}
	if i, err := s.House.ImageFor(ctx, d, c.Args.Resource); err == nil && i.Version == version {
		s.ended(ctx, d, c, s.Manager.Answer(ctx, d.ID, c.ID, command.Outcome{State: command.Confirmed, Reason: "the phone runs " + version}))
	}
}

// confirm confirms the newest command of a kind that the phone was sent.
func (s *Server) confirm(ctx context.Context, d device.Device, k command.Kind, reason string) {
	c, ok, err := s.Manager.LatestOf(ctx, d.ID, k)
	if err == nil && ok && c.Channel == Name && (c.State == command.Sent || c.State == command.Delivered || c.State == command.Unknown) {
		err = s.Manager.Answer(ctx, d.ID, c.ID, command.Outcome{State: command.Confirmed, Reason: reason})
	}
	if err != nil {
		s.Log.ErrorContext(ctx, "end of a command not written down", "device", d.ID, "kind", k, "error", err)
	}
}
