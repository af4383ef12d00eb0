package sim

import (
	"strings"
	"time"

	"bellwether/internal/phone"
)

var _ phone.Reporting = (*Persona)(nil)

// Reports reads where the phone reports, in the words of the guide's Figure 2-1. That
// the period is in minutes follows from its "every hour" and 60; without one it is
// once an hour (pessimistic). UC firmware has a version that says so, and tells a
// location.
func (*Persona) Reports(d phone.Device, s map[string]string) phone.Reports {
	every := number(s["ems_server/keep_alive_period"], 60)
	if every == 0 {
		every = 60
	}
	user := s["ems_server/user_name"]
	if user == "" {
		user = "system"
	}
	return phone.Reports{URL: s["ems_server/provisioning/url"], Every: time.Duration(every) * time.Minute, User: user, UC: strings.HasPrefix(d.Firmware, ucMark),
		Proxy: s["voip/signalling/sip/proxy_address"], Number: s["voip/line/0/id"]}
}

// ucMark begins the version of firmware for Microsoft's server.
const ucMark = "UC_"
