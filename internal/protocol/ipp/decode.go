package ipp

import (
	"strconv"
	"strings"

	"bellwether/internal/platform/limit"
)

// DecodeReport reads what init and keep-alive carry. It fails with fault.Invalid for
// what is no object, or beyond a limit. A text that is longer than its limit is cut.
func DecodeReport(b []byte) (Report, error) {
	var p Report
	err := message(b, func(r *reader, name string) error {
		to := p.field(name)
		if to == nil {
			return r.skip(0)
		}
		s, err := r.text(0)
		*to = s
		return err
	})
	if err != nil {
		return Report{}, err
	}
	p.Status = Status(strings.ToLower(strings.TrimSpace(string(p.Status))))
	return p, nil
}

// field is where the value of a name belongs, nil for none.
func (p *Report) field(name string) *string {
	switch name {
	case "sessionid":
		return &p.Session
	case "emsusername":
		return &p.User
	case "mac":
		return &p.MAC
	case "ip":
		return &p.IP
	case "subnet":
		return &p.Subnet
	case "vlanid":
		return &p.VLAN
	case "model":
		return &p.Model
	case "fwversion":
		return &p.Firmware
	case "useragent":
		return &p.Agent
	case "username":
		return &p.UserName
	case "userid":
		return &p.UserID
	case "phonenumber":
		return &p.Phone
	case "sipproxy":
		return &p.Proxy
	case "status":
		return (*string)(&p.Status)
	case "location":
		return &p.Location
	case "region":
		return &p.Region
	}
	return nil
}

// DecodeAlerts reads a message of alarms. It fails as DecodeReport does.
func DecodeAlerts(b []byte) (Alerts, error) {
	var out Alerts
	err := message(b, func(r *reader, name string) (err error) {
		switch name {
		case "sessionid":
			out.Session, err = r.text(0)
		case "emsusername":
			out.User, err = r.text(0)
		case "alerts":
			err = r.alarms(&out)
		default:
			err = r.skip(0)
		}
		return err
	})
	if err != nil {
		return Alerts{}, err
	}
	return out, nil
}

// message reads one object that is all there is.
func message(b []byte, field func(r *reader, name string) error) error {
	if len(b) > limit.IPPBytes {
		return malformed("it has more than %d bytes", limit.IPPBytes)
	}
	r := &reader{b: b}
	if err := r.object(0, func(name string) error { return field(r, name) }); err != nil {
		return err
	}
	return r.end()
}

// alarms reads the list of them, or a single one that stands in its place.
func (r *reader) alarms(out *Alerts) error {
	one := func() error {
		if r.peek() != '{' {
			return r.skip(1)
		}
		if len(out.List) >= limit.IPPAlarms {
			return malformed("it has more than %d alarms", limit.IPPAlarms)
		}
		a := Alarm{Severity: Indeterminate}
		if err := r.object(1, func(name string) error { return a.read(r, name) }); err != nil {
			return err
		}
		out.List = append(out.List, a)
		return nil
	}
	if r.peek() == '[' {
		return r.list(1, one)
	}
	return one()
}

// read reads one field of an alarm.
func (a *Alarm) read(r *reader, name string) error {
	s, err := r.text(1)
	switch name {
	case "uniqueid":
		a.ID = s
	case "name":
		a.Name = s
	case "description":
		a.Text = s
	case "date":
		a.Date = s
	case "severity":
		a.Severity = severity(s)
	case "source":
		a.Source = s
	case "type":
		a.Type, _ = strconv.Atoi(s) // 0 is "other"
	case "probablecause":
		a.Cause, _ = strconv.Atoi(s) // the same
	case "additionalinfo1":
		a.Info[0] = s
	case "additionalinfo2":
		a.Info[1] = s
	}
	return err
}

// severity reads a number, or the word for it.
func severity(s string) Severity {
	s = strings.ToLower(strings.TrimSpace(s))
	if n, err := strconv.Atoi(s); err == nil && n >= int(Cleared) && n <= int(Critical) {
		return Severity(n)
	}
	for n, word := range words() {
		if s == word {
			return Severity(n)
		}
	}
	return Indeterminate
}

// words are those for the severities, by their numbers.
func words() []string {
	return []string{"cleared", "indeterminate", "warning", "minor", "major", "critical"}
}

// String is the word for it.
func (s Severity) String() string {
	if s < Cleared || s > Critical {
		return words()[Indeterminate]
	}
	return words()[s]
}
