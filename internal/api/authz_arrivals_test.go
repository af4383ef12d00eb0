package api_test

import "bellwether/internal/domain/access"

// ofArrivals adds how phones find the way here.
func ofArrivals(p map[string]rule) {
	p["GET /orgs/{org}/setup-cards"] = rule{on: org, enter: access.DeviceRead}
}
