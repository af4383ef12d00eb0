package api_test

import "bellwether/internal/domain/access"

// ofPages adds what goes through phones' own web pages. Without a password nothing
// is called.
func ofPages(p map[string]rule) {
	read, write := access.DeviceRead, access.DeviceWrite
	p["POST /orgs/{org}/devices/claim-over-lan"] = rule{on: org, enter: read, need: write, any: true, body: fixed(object{"device": "nobody", "password": ""})}
	p["GET /orgs/{org}/devices/{device}/as-it-was"] = rule{on: device, enter: read}
	p["POST /orgs/{org}/devices/{device}/give-back"] = rule{on: device, enter: read, need: write, body: fixed(object{"password": ""})}
}
