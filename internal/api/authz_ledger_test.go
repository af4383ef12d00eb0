package api_test

import "bellwether/internal/domain/access"

// ofLedger adds what tells of what phones asked for.
func ofLedger(p map[string]rule) {
	const someMAC = "?mac=02:00:00:00:00:77"
	p["GET /orgs/{org}/devices/{device}/waterfall"] = rule{on: device, enter: access.RequestRead}
	p["GET /orgs/{org}/unclaimed/waterfall"] = rule{on: org, enter: access.RequestRead, query: someMAC}
	p["GET /unclaimed/waterfall"] = rule{on: platform, need: access.UnclaimedRead, query: someMAC}
}
