package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/report"
)

// DeviceEvent is something that a phone told of itself by requesting an address.
type DeviceEvent struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at" doc:"when the server heard of it"`
	Event   string    `json:"event" enum:"setup_completed,registered,unregistered,register_failed,idle_to_busy,busy_to_idle,provisioned,ip_changed,off_hook,on_hook,incoming,outgoing,missed,established,terminated,answered,blind_transfer,attended_transfer,transfer_completed,transfer_failed,hold,unhold,mute,unmute"`
	Line    int       `json:"line" doc:"0 where it is not known which"`
	Number  string    `json:"number" doc:"the last digits of the other side's number at most, as the phone says; empty for none"`
	Address string    `json:"address" doc:"that the phone says that it has now; empty for none"`
}

func deviceEventOf(e report.Event) DeviceEvent {
	return DeviceEvent{ID: e.ID, At: e.At, Event: string(e.Event), Line: e.Line, Number: e.Number, Address: e.Address}
}

// Telephony is what a phone last told of its lines and its calls.
type Telephony struct {
	Lines  []LineWord `json:"lines"`
	Call   string     `json:"call" enum:"unknown,idle,ringing,dialling,talking,held"`
	CallAt *time.Time `json:"call_at"`
}

// LineWord is what a phone last told of the registration of a line.
type LineWord struct {
	Line  int        `json:"line"`
	User  string     `json:"user" doc:"of the account that is on the line"`
	State string     `json:"state" enum:"unknown,registered,unregistered,failed"`
	At    *time.Time `json:"at"`
}

func telephonyOf(w report.Words, lines []account.Line) Telephony {
	said := func(s report.Subject) (string, *time.Time) {
		if w[s].State == "" {
			return "unknown", nil
		}
		return string(w[s].State), optional(w[s].At)
	}
	out := Telephony{Lines: []LineWord{}}
	out.Call, out.CallAt = said(report.Call)
	for _, l := range lines {
		word := LineWord{Line: l.N, User: l.Account.UserID}
		word.State, word.At = said(report.Line(l.N))
		out.Lines = append(out.Lines, word)
	}
	return out
}

func (a *API) deviceEvents() {
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/events", "list-device-events", "What a phone lately told of itself by its action URLs, newest first"), func(ctx context.Context, in *DeviceRef) (*List[DeviceEvent], error) {
		ctx, d, err := a.device(ctx, in, access.RequestRead)
		if err != nil {
			return nil, err
		}
		list, err := a.Reports.Events(ctx, d.ID)
		return whole(list, deviceEventOf), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/telephony", "get-device-telephony", "The registration of a phone's lines and the state of its calls, as it last told by its action URLs"), func(ctx context.Context, in *DeviceRef) (*Plain[Telephony], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		words, err := a.Reports.Words(ctx, d.ID)
		if err != nil {
			return nil, err
		}
		lines, err := a.Accounts.Lines(ctx, d.ID)
		return plain(telephonyOf(words, lines[d.ID])), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/report-key", "rotate-report-key", "Give a phone a new key for its action URLs with its next file; the one before is good until the new one was used"), func(ctx context.Context, in *DeviceRef) (*Nothing, error) {
		ctx, d, err := a.deviceToChange(ctx, in)
		if err != nil {
			return nil, err
		}
		return nil, a.Identity.RotateReport(ctx, d)
	})
}
