package api_test

import (
	"bellwether/internal/domain/access"
	"bellwether/internal/domain/adoption"
	orgs "bellwether/internal/domain/org"
	"bellwether/internal/testkit"
)

const adoptions subject = "adoption rule"

// ofAdoption adds the adoption rules. They name sites, so that who sees a part of
// the organization alone sees none.
func ofAdoption(p map[string]rule) {
	read, write := access.DeviceRead, access.OrgWrite
	p["GET /orgs/{org}/adoption-rules"] = rule{on: org, enter: read, need: read}
	p["POST /orgs/{org}/adoption-rules"] = rule{on: org, enter: read, need: write, body: func(c *cast, _ target) any { return object{"name": c.name("Adoption"), "enabled": false} }}
	p["POST /orgs/{org}/adoption-rules/dry-run"] = rule{on: org, enter: read, need: read}
	p["GET /orgs/{org}/adoption-rules/{id}"] = rule{on: adoptions, enter: read, need: read}
	p["PATCH /orgs/{org}/adoption-rules/{id}"] = rule{on: adoptions, enter: read, need: write, match: never, body: fixed(object{"name": "x"})}
	p["DELETE /orgs/{org}/adoption-rules/{id}"] = rule{on: adoptions, enter: read, need: write, match: never}
}

// adoption makes a rule and returns its id.
func (c *cast) adoption(o orgs.Org) string {
	c.t.Helper()
	r, err := c.Adoption.Create(testkit.System(), o, adoption.Input{Name: ptr(c.name("Stock")), Enabled: ptr(false)})
	c.must(err)
	return r.ID
}
