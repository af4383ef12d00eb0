package cwmpd

import (
	"context"
	"net/http"
	"strconv"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/cwmp"
)

// Channel is the name of TR-069 among the ways to a phone.
const Channel = "cwmp"

// proceed hands the phone's answer to who waits for it and asks the next thing, or
// ends the session. The session's lock is held.
func (h *handler) proceed(ctx context.Context, m message, one *session, answer cwmp.Message) {
	if one.step == nil && answer != nil {
		h.Log.DebugContext(ctx, "answer to nothing", "device", one.who.Device().ID, "method", answer.Method())
		answer = nil
	}
	if one.step != nil {
		answer = one.expected(answer)
	}
	ask, err := h.next(ctx, one, answer)
	if err != nil {
		h.Log.ErrorContext(ctx, "session broken off", "device", one.who.Device().ID, "error", err)
		one.end(context.WithoutCancel(ctx), h.Server, "something went wrong on the server")
		h.table.drop(one)
		plain(m.w, http.StatusServiceUnavailable, fault.Message(err))
		return
	}
	if ask == nil {
		h.finish(m, one)
		return
	}
	one.asks++
	one.asked, one.method = "bw-"+strconv.Itoa(one.asks), ask.Method()
	h.send(m, one, cwmp.Envelope{ID: one.asked, HasID: true, Body: ask})
}

// expected takes what a phone answered for the answer to what it was asked: by what
// is waited for first, and its id does not matter, as phones get it wrong. What is
// no answer at all to that counts as a refusal.
func (one *session) expected(answer cwmp.Message) cwmp.Message {
	one.mute = false
	switch answer.(type) {
	case nil:
		one.mute = true
		return &cwmp.Fault{Code: cwmp.FaultMethod, String: "the phone answered with an empty message"}
	case *cwmp.Fault:
		return answer
	}
	if answer.Method() != one.method+"Response" {
		one.mute = true
		return &cwmp.Fault{Code: cwmp.FaultInternal, String: "the phone answered " + one.method + " with " + answer.Method()}
	}
	return answer
}

// next runs jobs until one has something to ask; nil where nothing is left to do.
func (h *handler) next(ctx context.Context, one *session, answer cwmp.Message) (cwmp.Message, error) {
	for {
		if one.step != nil {
			ask, then := one.step(ctx, answer)
			if one.step = then; ask != nil {
				return ask, nil
			}
			answer = nil
			if then != nil {
				continue
			}
		}
		switch {
		case one.asks >= limit.CWMPRequests:
			return nil, nil
		case len(one.todo) > 0:
			one.step, one.todo = one.todo[0], one.todo[1:]
		default:
			job, err := h.command(ctx, one)
			if job == nil || err != nil {
				return nil, err
			}
			one.step = job
		}
	}
}

// ask is a job of one request; then takes the answer, and may be nil.
func ask(m cwmp.Message, then func(ctx context.Context, answer cwmp.Message)) step {
	return func(context.Context, cwmp.Message) (cwmp.Message, step) {
		return m, func(ctx context.Context, answer cwmp.Message) (cwmp.Message, step) {
			if then != nil {
				then(ctx, answer)
			}
			return nil, nil
		}
	}
}

// rootOf is the root of the phone's data model; phones that tell none are taken for
// what SIP phones have.
func (one *session) rootOf() string {
	if one.root != "" {
		return one.root
	}
	return "Device."
}

// sendBack tells a phone that proved nothing where to come back: to the door that
// others cannot hear, with a token that says only that it asked here. It is the same
// for every phone.
func (h *handler) sendBack(one *session, met provision.Meeting) step {
	url := h.House.Bootstrap(met)
	if url == "" {
		return func(context.Context, cwmp.Message) (cwmp.Message, step) { return nil, nil }
	}
	return ask(&cwmp.SetParameterValues{Parameters: []cwmp.ParameterValue{{Name: one.rootOf() + "ManagementServer.URL", Value: url, Type: cwmp.String}}}, nil)
}

// moveOver sends a phone that reported in clear to the door that others cannot
// hear. Its credential is the same there.
func (h *handler) moveOver(one *session) step {
	url := h.Address()
	if url == "" {
		return func(context.Context, cwmp.Message) (cwmp.Message, step) { return nil, nil }
	}
	return ask(&cwmp.SetParameterValues{Parameters: []cwmp.ParameterValue{{Name: one.rootOf() + "ManagementServer.URL", Value: url, Type: cwmp.String}}}, nil)
}

// giveCredential gives a proven phone the user and the password that are its own.
// Until it has used them what it showed now stays good.
func (h *handler) giveCredential(one *session, a identity.AuthenticatedDevice) step {
	return func(ctx context.Context, _ cwmp.Message) (cwmp.Message, step) {
		c, err := h.Manager.Credential(ctx, a)
		if err != nil {
			h.Log.ErrorContext(ctx, "credential not given", "device", a.DeviceID(), "error", err)
			return nil, nil
		}
		root := one.rootOf() + "ManagementServer."
		values := []cwmp.ParameterValue{
			{Name: root + "Username", Value: c.User, Type: cwmp.String}, {Name: root + "Password", Value: c.Password.Reveal(), Type: cwmp.String},
			{Name: root + "ConnectionRequestUsername", Value: c.User, Type: cwmp.String}, {Name: root + "ConnectionRequestPassword", Value: c.Call.Reveal(), Type: cwmp.String},
			{Name: root + "PeriodicInformEnable", Value: "1", Type: cwmp.Boolean}, {Name: root + "PeriodicInformInterval", Value: strconv.Itoa(int(h.Every.Seconds())), Type: cwmp.UnsignedInt},
		}
		if url := h.Address(); url != "" {
			values = append(values, cwmp.ParameterValue{Name: root + "URL", Value: url, Type: cwmp.String})
		}
		return &cwmp.SetParameterValues{Parameters: values}, func(ctx context.Context, answer cwmp.Message) (cwmp.Message, step) {
			if f, ok := answer.(*cwmp.Fault); ok {
				h.Log.WarnContext(ctx, "the phone did not take its credential", "device", a.DeviceID(), "code", f.Code, "fault", f.String)
			}
			return nil, nil
		}
	}
}

// giveFile has a phone fetch its configuration: one that was just claimed, or that
// has forgotten everything.
func (h *handler) giveFile(a identity.AuthenticatedDevice) step {
	return func(ctx context.Context, _ cwmp.Message) (cwmp.Message, step) {
		url, err := h.House.OwnURL(ctx, a)
		if err != nil {
			h.Log.WarnContext(ctx, "no configuration to fetch", "device", a.DeviceID(), "error", err)
			return nil, nil
		}
		return ask(&cwmp.Download{FileType: cwmp.FileConfig, URL: url}, nil)(ctx, nil)
	}
}

// command claims what the phone is to do next and makes a job of it; nil where
// nothing waits.
func (h *handler) command(ctx context.Context, one *session) (step, error) {
	if !one.who.Known() {
		return nil, nil
	}
	c, ok, err := h.Manager.Next(ctx, one.who.Device().ID, Channel, func(k command.Kind) bool { return carries(one, k) })
	if err != nil || !ok {
		return nil, err
	}
	one.doing = &c
	return h.job(one, c), nil
}

// carries reports whether TR-069 can bring a kind of command to the phone. Where
// others could hear it, that is a restart alone.
func carries(one *session, k command.Kind) bool {
	if _, proven := one.who.Authenticated(); !proven {
		return k == command.Reboot
	}
	switch k {
	case command.DeliverRevision, command.GetValues, command.Reboot, command.FactoryReset, command.Upgrade, command.Ping, command.Traceroute:
		return true
	}
	return false
}
