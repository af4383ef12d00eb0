package cwmpd

import (
	"context"
	"fmt"
	"strings"

	"bellwether/internal/domain/command"
	"bellwether/internal/platform/fault"
	"bellwether/internal/protocol/cwmp"
)

// job makes requests of a command.
func (h *handler) job(one *session, c command.Command) step {
	switch c.Kind {
	case command.DeliverRevision:
		return h.deliver(one, c)
	case command.GetValues:
		return h.getValues(one, c)
	case command.Reboot:
		return h.once(one, c, &cwmp.Reboot{Key: c.Key()}, "the phone said that it restarts once the session is over")
	case command.FactoryReset:
		return h.once(one, c, &cwmp.FactoryReset{}, "the phone said that it forgets everything once the session is over")
	case command.Upgrade:
		return h.upgrade(one, c)
	case command.Ping, command.Traceroute:
		return h.diagnose(one, c)
	}
	return func(ctx context.Context, _ cwmp.Message) (cwmp.Message, step) {
		h.answer(ctx, one, c, command.Outcome{State: command.Failed, Reason: "TR-069 does not carry this"})
		return nil, nil
	}
}

// answer writes down what became of the command under way. Where that fails the
// command stays as it is, and its answer counts as lost.
func (h *handler) answer(ctx context.Context, one *session, c command.Command, o command.Outcome) {
	if one.doing != nil && one.doing.ID == c.ID {
		one.doing = nil
	}
	if err := h.Manager.Answer(context.WithoutCancel(ctx), c.DeviceID, c.ID, o); err != nil {
		h.Log.ErrorContext(ctx, "answer not written down", "command", c.ID, "error", err)
	}
}

// refused says what a phone's fault means for people.
func refused(f *cwmp.Fault) string {
	text := cwmp.FaultText(f.Code)
	if f.String != "" && !strings.EqualFold(f.String, text) {
		text = strings.TrimPrefix(text+": "+f.String, ": ")
	}
	for _, p := range f.Set {
		text += fmt.Sprintf("; %s: %s", p.Name, strings.TrimSpace(cwmp.FaultText(p.Code)+" "+p.String))
	}
	return fmt.Sprintf("the phone refused it (%d %s)", f.Code, text)
}

// once asks one request, whose answer says that the phone will do it. That it did
// comes with a later report.
func (h *handler) once(one *session, c command.Command, m cwmp.Message, will string) step {
	return ask(m, func(ctx context.Context, answer cwmp.Message) {
		if f, ok := answer.(*cwmp.Fault); ok {
			h.answer(ctx, one, c, command.Outcome{State: command.Failed, Reason: refused(f)})
			return
		}
		h.answer(ctx, one, c, command.Outcome{State: command.Delivered, Reason: will})
	})
}

// deliver has the phone fetch its file. That it took it is for the door to say where
// it fetched it.
func (h *handler) deliver(one *session, c command.Command) step {
	return h.transfer(one, c, func(ctx context.Context) (*cwmp.Download, error) {
		a, _ := one.who.Authenticated()
		url, err := h.House.OwnURL(ctx, a)
		return &cwmp.Download{Key: c.Key(), FileType: cwmp.FileConfig, URL: url}, err
	})
}

// upgrade has the phone fetch an image.
func (h *handler) upgrade(one *session, c command.Command) step {
	return h.transfer(one, c, func(ctx context.Context) (*cwmp.Download, error) {
		a, _ := one.who.Authenticated()
		i, err := h.House.ImageURL(ctx, a, c.Args.Resource)
		return &cwmp.Download{Key: c.Key(), FileType: cwmp.FileFirmware, URL: i.URL, FileSize: i.Size, Target: i.Name}, err
	})
}

// transfer has the phone fetch a file. What became of it comes with
// TransferComplete, in this session or a later one.
func (h *handler) transfer(one *session, c command.Command, request func(context.Context) (*cwmp.Download, error)) step {
	return func(ctx context.Context, _ cwmp.Message) (cwmp.Message, step) {
		m, err := request(ctx)
		if err != nil {
			h.answer(ctx, one, c, command.Outcome{State: command.Failed, Reason: fault.Message(err)})
			return nil, nil
		}
		return m, func(ctx context.Context, answer cwmp.Message) (cwmp.Message, step) {
			switch a := answer.(type) {
			case *cwmp.Fault:
				h.answer(ctx, one, c, command.Outcome{State: command.Failed, Reason: refused(a)})
			case *cwmp.DownloadResponse:
				one.doing = nil // it has it; a session that breaks off now takes nothing away
				if a.Status == cwmp.Applied && c.Kind == command.Upgrade {
					h.answer(ctx, one, c, command.Outcome{State: command.Delivered, Reason: "the phone took the image"})
				}
			}
			return nil, nil
		}
	}
}

// The objects of diagnostics (TR-106, TR-143), below the root.
const (
	pingObject  = "LAN.IPPingDiagnostics."
	traceObject = "LAN.TraceRouteDiagnostics."
)

func diagnostics(k command.Kind) string {
	if k == command.Ping {
		return pingObject
	}
	return traceObject
}

// diagnose starts a diagnosis. Its results are read once the phone reports that it
// is done.
func (h *handler) diagnose(one *session, c command.Command) step {
	object := one.rootOf() + diagnostics(c.Kind)
	values := []cwmp.ParameterValue{{Name: object + "Host", Value: c.Args.Host, Type: cwmp.String}}
	if c.Args.Count > 0 {
		name := "NumberOfRepetitions"
		if c.Kind == command.Traceroute {
			name = "MaxHopCount"
		}
		values = append(values, cwmp.ParameterValue{Name: object + name, Value: fmt.Sprint(c.Args.Count), Type: cwmp.UnsignedInt})
	}
	values = append(values, cwmp.ParameterValue{Name: object + "DiagnosticsState", Value: "Requested", Type: cwmp.String})
	return ask(&cwmp.SetParameterValues{Parameters: values}, func(ctx context.Context, answer cwmp.Message) {
		if f, ok := answer.(*cwmp.Fault); ok {
			h.answer(ctx, one, c, command.Outcome{State: command.Failed, Reason: refused(f)})
			return
		}
		one.doing = nil
	})
}

// readDiagnosis reads the results of a diagnosis that is done.
func (h *handler) readDiagnosis(one *session, c command.Command) step {
	object := one.rootOf() + diagnostics(c.Kind)
	return ask(&cwmp.GetParameterValues{Names: []string{object}}, func(ctx context.Context, answer cwmp.Message) {
		switch a := answer.(type) {
		case *cwmp.Fault:
			h.answer(ctx, one, c, command.Outcome{State: command.Failed, Reason: refused(a)})
		case *cwmp.GetParameterValuesResponse:
			var text strings.Builder
			state := ""
			for _, p := range a.Parameters {
				name := strings.TrimPrefix(p.Name, object)
				fmt.Fprintf(&text, "%s: %s\n", name, p.Value)
				if name == "DiagnosticsState" {
					state = p.Value
				}
			}
			o := command.Outcome{State: command.Confirmed, Reason: "the phone told its results", Result: command.Result{Text: text.String()}}
			if strings.HasPrefix(state, "Error") {
				o.State, o.Reason = command.Failed, "the phone could not do it: "+state
			}
			h.answer(ctx, one, c, o)
		}
	})
}
