package cwmpd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/manager"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/cwmp"
)

// reading reads values in parts. A part that the phone refuses is halved until the
// names are found that it cannot tell. What it leaves out is asked for once more, an
// object that it cannot tell as a whole name by name; and nothing that it was not asked
// for is taken.
type reading struct {
	*handler
	one     *session
	command command.Command
	manager.Reading

	parts   []part
	size    int // names asked for at once
	values  []command.Value
	asked   map[string]bool
	told    map[string]bool
	objects []string          // asked for as a whole
	refused []manager.Refusal // names that it cannot tell
	strays  int               // values that nobody asked for
}

// part is what one request asks for.
type part struct {
	names []string
	again bool // the phone left them out before
}

// getValues makes requests of a command to tell values.
func (h *handler) getValues(one *session, c command.Command) step {
	return func(ctx context.Context, _ cwmp.Message) (cwmp.Message, step) {
		found, err := h.Manager.Reading(ctx, one.phone, c)
		if err != nil {
			h.answer(ctx, one, c, command.Outcome{State: command.Failed, Reason: fault.Message(err)})
			return nil, nil
		}
		r := &reading{handler: h, one: one, command: c, Reading: found, size: limit.CWMPNames, values: found.Said, asked: map[string]bool{}, told: map[string]bool{}}
		r.add(found.Names)
		return r.next(ctx, nil)
	}
}

// add puts names behind what is to be asked.
func (r *reading) add(names []string) {
	for _, n := range names {
		r.asked[n] = true
		if strings.HasSuffix(n, ".") || n == "" {
			r.objects = append(r.objects, n)
		}
	}
	for chunk := range slices.Chunk(names, r.size) {
		r.parts = append(r.parts, part{names: chunk})
	}
}

// next asks for the next part, or answers the command.
func (r *reading) next(ctx context.Context, _ cwmp.Message) (cwmp.Message, step) {
	if len(r.parts) == 0 || r.one.asks >= limit.CWMPRequests-1 {
		r.finish(ctx)
		return nil, nil
	}
	p := r.parts[0]
	r.parts = r.parts[1:]
	return &cwmp.GetParameterValues{Names: p.names}, func(ctx context.Context, answer cwmp.Message) (cwmp.Message, step) {
		switch a := answer.(type) {
		case *cwmp.Fault:
			if ask := r.fault(p, a); ask != nil {
				return ask, r.listed(p.names[0])
			}
		case *cwmp.GetParameterValuesResponse:
			r.take(p, a.Parameters)
		}
		return nil, r.next
	}
}

// bisects reports whether a fault may be of some names of a part alone. A fault
// without a code may be anything.
func bisects(code int) bool {
	return slices.Contains([]int{0, cwmp.FaultInternal, cwmp.FaultResources, cwmp.FaultName}, code)
}

// fault takes a part that was refused apart, and returns what to ask instead where it
// is an object that the phone does not tell as a whole.
func (r *reading) fault(p part, f *cwmp.Fault) cwmp.Message {
	switch {
	case r.one.mute || !bisects(f.Code):
		for _, n := range p.names {
			r.lacks(n, refused(f))
		}
	case len(p.names) > 1:
		half := len(p.names) / 2
		if f.Code == cwmp.FaultResources { // it was too much: so it would be of the others
			r.size = half
			rest := r.parts
			r.parts = nil
			for _, o := range rest {
				for chunk := range slices.Chunk(o.names, r.size) {
					r.parts = append(r.parts, part{chunk, o.again})
				}
			}
		}
		r.parts = append([]part{{p.names[:half], p.again}, {p.names[half:], p.again}}, r.parts...)
	case strings.HasSuffix(p.names[0], ".") || p.names[0] == "":
		return &cwmp.GetParameterNames{Path: p.names[0]}
	default:
		r.lacks(p.names[0], refused(f))
		if f.Code != 0 {
			r.refused = append(r.refused, manager.Refusal{Name: p.names[0], Code: f.Code, Reason: cwmp.FaultText(f.Code)})
		}
	}
	return nil
}

// listed takes the names below an object and asks for those that have values.
func (r *reading) listed(object string) step {
	return func(ctx context.Context, answer cwmp.Message) (cwmp.Message, step) {
		switch a := answer.(type) {
		case *cwmp.Fault:
			r.lacks(object, refused(a))
		case *cwmp.GetParameterNamesResponse:
			names := leaves(object, a.Parameters)
			if len(names) == 0 {
				r.lacks(object, "the phone knows of nothing below it")
			}
			r.add(names)
		}
		return nil, r.next
	}
}

// leaves are the names of values below an object. Some phones list objects without
// their dot, the object itself, or what was not asked for.
func leaves(object string, list []cwmp.ParameterInfo) (out []string) {
	inner, seen := map[string]bool{}, map[string]bool{}
	for _, p := range list {
		for i := range p.Name {
			if p.Name[i] == '.' {
				inner[p.Name[:i]] = true
			}
		}
	}
	for _, p := range list {
		if strings.HasSuffix(p.Name, ".") || inner[p.Name] || seen[p.Name] || !strings.HasPrefix(p.Name, object) {
			continue
		}
		seen[p.Name] = true
		if out = append(out, p.Name); len(out) == limit.CWMPLeaves {
			break
		}
	}
	return out
}

func (r *reading) lacks(name, why string) {
	r.values = append(r.values, command.Value{Name: name, Key: string(r.Keys[name]), Fault: why})
}

// take takes what the phone told, and asks once more for what it left out.
func (r *reading) take(p part, list []cwmp.ParameterValue) {
	for _, v := range list {
		if r.told[v.Name] {
			continue
		}
		if !r.asked[v.Name] && !slices.ContainsFunc(r.objects, func(o string) bool { return strings.HasPrefix(v.Name, o) }) {
			r.strays++
			continue
		}
		r.told[v.Name] = true
		out := command.Value{Name: v.Name, Key: string(r.Keys[v.Name]), Value: v.Value, Type: "xsd:" + v.Type}
		if sensitive([]byte(v.Name)) {
			out.Value = ""
		}
		r.values = append(r.values, out)
	}
	missing := slices.DeleteFunc(slices.Clone(p.names), func(n string) bool {
		whole := strings.HasSuffix(n, ".") || n == ""
		return r.told[n] || whole && slices.ContainsFunc(list, func(v cwmp.ParameterValue) bool {
			return strings.HasPrefix(v.Name, n) && !slices.Contains(p.names, v.Name)
		})
	})
	if p.again && len(missing) == len(p.names) {
		for _, n := range missing {
			r.lacks(n, "the phone left it out of its answer")
		}
		return
	}
	if len(missing) > 0 {
		r.parts = append(r.parts, part{missing, true})
	}
}

// finish answers the command with what was told, and remembers what was refused.
func (r *reading) finish(ctx context.Context) {
	for _, p := range r.parts {
		for _, n := range p.names {
			r.lacks(n, "it was not asked: there are more names than one session has room for")
		}
	}
	if err := r.Manager.Refuse(context.WithoutCancel(ctx), r.one.phone, r.refused); err != nil {
		r.Log.ErrorContext(ctx, "refused names not written down", "device", r.one.who.Device().ID, "error", err)
	}
	o := command.Outcome{State: command.Confirmed, Reason: "the phone told it", Result: command.Result{Values: r.values}}
	if n := len(r.values) - len(r.told); len(r.told) == 0 && n > 0 {
		o.State, o.Reason = command.Failed, r.values[0].Fault
	} else if n > 0 {
		o.Reason = fmt.Sprintf("the phone told %d values; of %d it told none", len(r.told), n)
	}
	if r.strays > 0 {
		o.Result.Text = fmt.Sprintf("the phone told %d values that nobody asked for; they were passed over", r.strays)
	}
	r.answer(ctx, r.one, r.command, o)
	r.watch()
}
