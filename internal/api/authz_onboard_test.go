package api_test

import "bellwether/internal/domain/access"

// ofOnboarding adds what takes phones in.
func ofOnboarding(p map[string]rule) {
	read, write := access.DeviceRead, access.DeviceWrite
	nobody := fixed(object{"devices": []object{{"device": "nobody"}}})
	p["GET /orgs/{org}/unclaimed"] = rule{on: org, enter: read}
	p["POST /orgs/{org}/devices/approve"] = rule{on: org, enter: read, need: write, any: true, body: nobody}
	p["POST /orgs/{org}/devices/reject"] = rule{on: org, enter: read, need: write, any: true, body: nobody}
	p["POST /orgs/{org}/devices/{device}/release"] = rule{on: device, enter: read, need: write}
}
