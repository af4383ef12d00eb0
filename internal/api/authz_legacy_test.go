package api_test

import "bellwether/internal/domain/access"

// ofLegacy adds the life of legacy flags and trusted networks.
func ofLegacy(p map[string]rule) {
	p["GET /orgs/{org}/sites/{id}/legacy"] = rule{on: site, enter: access.SiteRead}
	p["POST /orgs/{org}/sites/{id}/trust-lan"] = rule{on: site, enter: access.SiteRead, need: access.DeviceWrite, body: fixed(object{"hours": 1, "subnets": []string{"203.0.113.0/24"}})}
	p["DELETE /orgs/{org}/sites/{id}/trust-lan"] = rule{on: site, enter: access.SiteRead, need: access.DeviceWrite}
}
