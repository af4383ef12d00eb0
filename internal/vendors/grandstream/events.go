package grandstream

import (
	"net/url"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/protocol/actionpath"
	"bellwether/internal/vendors"
)

var _ vendors.Teller = (*Vendor)(nil)

// eventSwitch is the phone's own switch for all of these requests (GHP6xx guide,
// "Enable Outbound Notification").
const eventSwitch param.Key = "ons.enable"

// eventKeys are where the addresses stand (GHP6xx guide, "Notification Events").
func eventKeys() map[vendors.Event]param.Key {
	return map[vendors.Event]param.Key{
		vendors.SetupCompleted: "ons.actionurl.setupcompleted", vendors.Registered: "ons.actionurl.registered", vendors.Unregistered: "ons.actionurl.unregistered",
		vendors.RegisterFailed: "ons.actionurl.registerfailed", vendors.IdleToBusy: "ons.actionurl.idletobusy", vendors.BusyToIdle: "ons.actionurl.busytoidle",
		vendors.Provisioned: "ons.actionurl.autopfinish", vendors.AddressChanged: "ons.actionurl.ipchanged", vendors.OffHook: "ons.actionurl.offhook", vendors.OnHook: "ons.actionurl.onhook",
		vendors.IncomingCall: "ons.actionurl.incomingcall", vendors.OutgoingCall: "ons.actionurl.outgoingcall", vendors.MissedCall: "ons.actionurl.missedcall",
		vendors.EstablishedCall: "ons.actionurl.establishedcall", vendors.TerminatedCall: "ons.actionurl.terminatedcall", vendors.AnsweredCall: "ons.actionurl.answernewincall",
		vendors.BlindTransfer: "ons.actionurl.blindtransfer", vendors.AttendedTransfer: "ons.actionurl.attendedtransfer", vendors.TransferCompleted: "ons.actionurl.transferfinished",
		vendors.TransferFailed: "ons.actionurl.transferfailed", vendors.HeldCall: "ons.actionurl.holdcall", vendors.UnheldCall: "ons.actionurl.unholdcall",
		vendors.MutedCall: "ons.actionurl.mute", vendors.UnmutedCall: "ons.actionurl.unmute",
	}
}

// Tells has a phone tell of what its family can, where the switch is on. What is
// asked for beside the key is what the event is about and no more: the account, and
// within a call the other side. The variables are those of the family's guides; the
// guide for the GHP6xx names none of its own.
func (v *Vendor) Tells(t param.Target, set []vendors.SpelledValue, base string) []vendors.SpelledValue {
	if t.Dialect == "" {
		t.Dialect = dialectAlias
	}
	if !v.tells(t, set) {
		return nil
	}
	var out []vendors.SpelledValue
	for event, key := range eventKeys() {
		if name, value, ok := v.catalog.Spell(key, base+string(event)+claimsOf(event), t); ok {
			out = append(out, vendors.SpelledValue{Name: name, Value: value})
		}
	}
	vendors.SortValues(out)
	return out
}

func (v *Vendor) tells(t param.Target, set []vendors.SpelledValue) bool {
	name, on, ok := v.catalog.Spell(eventSwitch, "yes", t)
	for _, s := range set {
		if ok && s.Name == name {
			return s.Value == on
		}
	}
	return false
}

// claimsOf is the query that an event is requested with.
func claimsOf(e vendors.Event) string {
	claims := [][2]string{{actionpath.MAC, "$mac"}}
	switch e {
	case vendors.SetupCompleted, vendors.Provisioned, vendors.IdleToBusy, vendors.BusyToIdle:
	case vendors.AddressChanged:
		claims = append(claims, [2]string{actionpath.Address, "$phone_ip"})
	case vendors.Registered, vendors.Unregistered, vendors.RegisterFailed, vendors.OffHook, vendors.OnHook:
		claims = append(claims, [2]string{actionpath.Account, "$active_user"})
	default:
		claims = append(claims, [2]string{actionpath.Account, "$active_user"}, [2]string{actionpath.Remote, "$remote"})
	}
	parts := make([]string, len(claims))
	for i, c := range claims {
		parts[i] = url.QueryEscape(c[0]) + "=" + c[1]
	}
	return "?" + strings.Join(parts, "&")
}
