package ipp

import (
	"encoding/json"
	"strconv"

	"bellwether/internal/platform/fault"
)

// AppendReport writes a report as phones do, with what stands for the password.
func AppendReport(out []byte, p Report, password string) []byte {
	out = append(out, '{')
	for i, f := range []struct{ name, value string }{
		{"sessionId", p.Session}, {"emsUserName", p.User}, {"emsUserPassword", password}, {"mac", p.MAC}, {"ip", p.IP}, {"subnet", p.Subnet}, {"vLanId", p.VLAN}, {"model", p.Model},
		{"fwVersion", p.Firmware}, {"userAgent", p.Agent}, {"userName", p.UserName}, {"userId", p.UserID}, {"phoneNumber", p.Phone}, {"sipProxy", p.Proxy}, {"status", string(p.Status)},
		{"location", p.Location}, {"region", p.Region},
	} {
		if i > 0 {
			out = append(out, ',')
		}
		out = member(out, f.name, f.value)
	}
	return append(out, '}')
}

// AppendAlerts writes a message of alarms, with what stands for the password.
func AppendAlerts(out []byte, a Alerts, password string) []byte {
	out = append(out, '{')
	out = append(member(out, "sessionId", a.Session), ',')
	out = append(member(out, "emsUserName", a.User), ',')
	out = append(member(out, "emsUserPassword", password), `,"alerts":[`...)
	for i, one := range a.List {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"uniqueId":`...)
		if n, err := strconv.Atoi(one.ID); err == nil {
			out = strconv.AppendInt(out, int64(n), 10)
		} else {
			out = text(out, one.ID)
		}
		for _, f := range []struct{ name, value string }{{"name", one.Name}, {"description", one.Text}, {"date", one.Date}, {"severity", strconv.Itoa(int(one.Severity))}, {"source", one.Source}} {
			out = member(append(out, ','), f.name, f.value)
		}
		out = append(strconv.AppendInt(append(out, `,"type":`...), int64(one.Type), 10), `,"probableCause":`...)
		out = append(strconv.AppendInt(out, int64(one.Cause), 10), ',')
		out = append(member(out, "additionalInfo1", one.Info[0]), ',')
		out = append(member(out, "additionalInfo2", one.Info[1]), '}')
	}
	return append(out, "]}"...)
}

// AppendReply writes the answer to a report: what the phone is to do, each a text
// that is JSON itself.
func AppendReply(out []byte, actions []Action) []byte {
	out = append(out, `{"requests":[`...)
	for i, a := range actions {
		if i > 0 {
			out = append(out, ',')
		}
		out = text(out, string(a.append(nil)))
	}
	return append(out, "]}"...)
}

// append writes one action. A restart that nobody qualified has the very bytes that
// captures show.
func (a Action) append(out []byte) []byte {
	if a == (Action{Cmd: Reset, ID: a.ID}) {
		return append(out, `{"cmd": "reset"}`...)
	}
	out = member(append(out, '{'), "cmd", a.Cmd)
	more := func(name, value string) {
		if value != "" {
			out = member(append(out, ','), name, value)
		}
	}
	number := func(name string, n int) {
		if n > 0 {
			out = append(text(append(out, ','), name), ':')
			out = strconv.AppendInt(out, int64(n), 10)
		}
	}
	more("id", a.ID)
	more("text", a.Text)
	number("duration", a.Seconds)
	number("delay", a.Delay)
	more("file", a.File)
	if a.Force {
		more("mode", "force")
	}
	return append(out, '}')
}

// DecodeReply reads the answer to a report: the virtual phone's side.
func DecodeReply(b []byte) (out []Action, err error) {
	err = message(b, func(r *reader, name string) error {
		if name != "requests" {
			return r.skip(0)
		}
		return r.list(1, func() error {
			s, err := r.quoted()
			if err != nil {
				return err
			}
			a, err := decodeAction([]byte(s))
			out = append(out, a)
			return err
		})
	})
	return out, err
}

func decodeAction(b []byte) (a Action, err error) {
	err = message(b, func(r *reader, name string) error {
		s, err := r.text(0)
		switch name {
		case "cmd":
			a.Cmd = s
		case "id":
			a.ID = s
		case "text":
			a.Text = s
		case "duration":
			a.Seconds, _ = strconv.Atoi(s) // 0 leaves it to the phone
		case "delay":
			a.Delay, _ = strconv.Atoi(s) // 0 is at once
		case "file":
			a.File = s
		case "mode":
			a.Force = s == "force"
		}
		return err
	})
	if err == nil && a.Cmd == "" {
		err = fault.New(fault.Invalid, "the request names no command")
	}
	return a, err
}

func member(out []byte, name, value string) []byte {
	out = append(text(out, name), ':')
	return text(out, value)
}

func text(out []byte, s string) []byte {
	for i := range len(s) { // most need no escape
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			b, _ := json.Marshal(s) // of a string never fails
			return append(out, b...)
		}
	}
	return append(append(append(out, '"'), s...), '"')
}
