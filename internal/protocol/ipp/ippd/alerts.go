package ippd

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/domain/alarm"
	"bellwether/internal/domain/manager"
	"bellwether/internal/platform/mac"
	"bellwether/internal/protocol/ipp"
)

// alerts takes a message of alarms. They are written down, all or none, before the
// phone hears of it.
func (s *Server) alerts(m request) {
	ctx := m.r.Context()
	a, err := ipp.DecodeAlerts(m.text)
	if err != nil {
		s.malformed(m, err)
		return
	}
	phones := sources(a)
	p := ipp.Report{Session: a.Session, User: a.User}
	if len(phones) > 0 {
		p.MAC = phones[0].String()
	}
	met, ok := s.meet(m, p)
	if !ok {
		return
	}
	if len(phones) > 1 {
		met.Note("the message speaks of several phones; nothing of it was taken in", http.StatusNotFound, len(m.text))
		refuse(m.w, http.StatusNotFound, "nobody reports here")
		return
	}
	list := make([]manager.Alarm, len(a.List))
	for i, one := range a.List {
		list[i] = alarmOf(one)
	}
	beyond, err := s.Manager.Alarmed(ctx, met.Who, m.from.String(), list)
	if err != nil {
		s.Log.ErrorContext(ctx, "alarms not written down", "device", met.Who.Device().ID, "error", err)
		met.Note("it was told to come again later", http.StatusServiceUnavailable, len(m.text))
		later(m.w)
		return
	}
	met.Note(alarmed(list, beyond), http.StatusOK, len(m.text))
	s.send(m, []byte("{}"))
}

// sources are the phones that a message speaks of, each once.
func sources(a ipp.Alerts) (out []mac.Address) {
	for _, one := range a.List {
		at := strings.LastIndexAny(one.Source, "/ ")
		named := one.Source[at+1:]
		if rest, ok := strings.CutPrefix(strings.ToLower(named), "ipphone:"); ok {
			named = rest
		}
		if m, err := mac.Parse(named); err == nil && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// alarmOf is an alarm in our words. For the three that the guide describes what it
// says of them holds, whatever the phone says (rulings, AudioCodes alarms).
func alarmOf(a ipp.Alarm) manager.Alarm {
	out := manager.Alarm{Over: a.Severity == ipp.Cleared, Text: a.Text, Info: strings.Trim(a.Info[0]+"; "+a.Info[1], "; ")}
	if code := known(a.Name); code != "" {
		out.Code = code
		return out
	}
	out.Name = strings.TrimSpace(a.Name)
	if out.Name == "" {
		out.Name = "an alarm without a name"
	}
	out.Code, out.Severity = manager.Own(out.Name), severityOf(a.Severity)
	out.Type, out.Cause = numbered(a.Type, map[int]string{0: "Other", 1: "communicationsAlarm"}), numbered(a.Cause, map[int]string{0: "other", 5: "communicationsProtocolError"})
	return out
}

// known is the code of an alarm that the guide describes, by its name or its title in
// any spelling; "" for any other.
func known(name string) string {
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(name))
	switch strings.TrimPrefix(letters, "ipphone") {
	case "registerfailure", "registrationfailure":
		return alarm.RegisterFailure
	case "survivablemodestart":
		return alarm.SurvivableMode
	case "lyncloginfailure", "loginfailure":
		return alarm.LyncLoginFailure
	}
	return ""
}

func severityOf(s ipp.Severity) alarm.Severity {
	switch s {
	case ipp.Critical:
		return alarm.Critical
	case ipp.Major:
		return alarm.Major
	case ipp.Minor:
		return alarm.Minor
	case ipp.Warning:
		return alarm.Warning
	}
	return alarm.Indeterminate
}

// numbered is a number with its name, in the guide's form: communicationsAlarm(1).
func numbered(n int, names map[int]string) string {
	return names[n] + "(" + strconv.Itoa(n) + ")"
}

// alarmed is a message of alarms in the words of the ledger.
func alarmed(list []manager.Alarm, beyond int) string {
	raised, over := 0, 0
	for _, a := range list {
		if a.Over {
			over++
		} else {
			raised++
		}
	}
	out := "it told of " + strconv.Itoa(raised-beyond) + " alarms, and of " + strconv.Itoa(over) + " that are over"
	if beyond > 0 {
		out += "; " + strconv.Itoa(beyond) + " more were not raised, as too many of its own are open"
	}
	return out
}
