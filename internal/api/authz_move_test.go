package api_test

import "bellwether/internal/domain/access"

// ofMoving adds the move of a phone, here into the site that it stands in; that both
// ends are asked is TestMove's.
func ofMoving(p map[string]rule) {
	p["POST /orgs/{org}/devices/{device}/move"] = rule{on: device, enter: access.DeviceRead, need: access.DeviceWrite, match: never, body: func(_ *cast, t target) any {
		if n := len(t.at.sites); n > 0 {
			return object{"site_id": t.at.sites[n-1]}
		}
		return object{}
	}}
}
