package cwmpd

import (
	"context"
	"slices"
	"strconv"

	"bellwether/internal/domain/command"
	"bellwether/internal/protocol/cwmp"
)

// watch has a phone tell at once when an account is registered or no longer: once for
// each firmware, for the accounts whose state it just told.
func (r *reading) watch() {
	names := slices.DeleteFunc(slices.Clone(r.States), func(n string) bool { return !r.told[n] })
	mark := r.one.phone.Told.Software + " " + strconv.Itoa(len(names))
	if len(names) == 0 || r.one.phone.Watched == mark {
		return
	}
	set := &cwmp.SetParameterAttributes{}
	for _, n := range names {
		set.Parameters = append(set.Parameters, cwmp.AttributeChange{ParameterAttribute: cwmp.ParameterAttribute{Name: n, Notification: cwmp.NotifyActive}, ChangeNotification: true})
	}
	one := r.one
	one.todo = append(one.todo, ask(set, func(ctx context.Context, answer cwmp.Message) {
		if one.mute {
			return
		}
		if f, ok := answer.(*cwmp.Fault); ok {
			r.Log.InfoContext(ctx, "the phone does not tell by itself when an account is registered", "device", one.who.Device().ID, "code", f.Code)
		}
		one.phone.Watched = mark // a refusal is for this firmware, too
		if err := r.Manager.Watched(context.WithoutCancel(ctx), one.who.Device().ID, mark); err != nil {
			r.Log.ErrorContext(ctx, "what the phone watches not written down", "device", one.who.Device().ID, "error", err)
		}
	}))
}

// news takes in the values that came with an Inform.
func (h *handler) news(ctx context.Context, one *session, in *cwmp.Inform) {
	var values []command.Value
	for _, p := range in.Parameters {
		if !sensitive([]byte(p.Name)) {
			values = append(values, command.Value{Name: p.Name, Value: p.Value, Type: "xsd:" + p.Type})
		}
	}
	if err := h.Manager.Heard(context.WithoutCancel(ctx), one.phone, values); err != nil {
		h.Log.ErrorContext(ctx, "what the phone told by itself not written down", "device", one.who.Device().ID, "error", err)
	}
}
