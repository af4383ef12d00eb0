package api_test

import (
	"strings"

	"bellwether/internal/domain/access"
)

// ofCommands adds what phones are to do, and the switch that holds it back.
func ofCommands(p map[string]rule) {
	read, do, freeze := access.DeviceRead, access.DeviceCommand, access.FreezeWrite
	why := fixed(object{"reason": "a trial"})
	for path, r := range map[string]rule{
		"PUT /freeze":                     {on: platform, need: freeze, body: why},
		"DELETE /freeze":                  {on: platform, need: freeze},
		"PUT /tenants/{tenant}/freeze":    {on: tenant, enter: access.OrgRead, need: freeze, body: why},
		"DELETE /tenants/{tenant}/freeze": {on: tenant, enter: access.OrgRead, need: freeze},
		"GET /orgs/{org}/commands":        {on: org, enter: read},
		"GET /orgs/{org}/drift-policies":  {on: org, enter: read},
		"PUT /orgs/{org}/drift-policies":  {on: org, enter: read, need: access.DeviceWrite, body: fixed(object{"items": []object{{"key": "*", "policy": "monitor"}}})},
		"GET /orgs/{org}/freezes":         {on: org, enter: read},
		"PUT /orgs/{org}/freeze":          {on: org, enter: read, need: freeze, body: why},
		"DELETE /orgs/{org}/freeze":       {on: org, enter: read, need: freeze},
	} {
		p[path] = r
	}
	for path, r := range map[string]rule{
		"GET /commands":                   {on: device, enter: read},
		"GET /command-options":            {on: device, enter: read},
		"POST /commands":                  {on: device, enter: read, need: do, body: fixed(object{"kind": "reboot"})},
		"GET /commands/{command}":         {on: device, enter: read},
		"POST /commands/{command}/cancel": {on: device, enter: read, need: do},
		"GET /freezes":                    {on: device, enter: read},
		"PUT /freeze":                     {on: device, enter: read, need: freeze, body: why},
		"DELETE /freeze":                  {on: device, enter: read, need: freeze},
		"GET /management":                 {on: device, enter: read},
		"GET /events":                     {on: device, enter: access.RequestRead},
		"GET /telephony":                  {on: device, enter: read},
		"POST /report-key":                {on: device, enter: read, need: access.DeviceWrite},
		"GET /conversation":               {on: device, enter: read},
		"GET /drift":                      {on: device, enter: read},
		"GET /drift-policies":             {on: device, enter: read},
		"PUT /drift-policies":             {on: device, enter: read, need: access.DeviceWrite, body: fixed(object{"items": []object{{"key": "*", "policy": "monitor"}}})},
		"GET /sync":                       {on: device, enter: read},
		"POST /sync":                      {on: device, enter: read, need: access.DeviceWrite},
		"POST /sync/apply":                {on: device, enter: read, need: access.DeviceWrite, body: fixed(object{"hash": "0"})},
		"GET /details":                    {on: device, enter: read},
		"GET /refused-names":              {on: device, enter: read},
	} {
		method, rest, _ := strings.Cut(path, " ")
		p[method+" /orgs/{org}/devices/{device}"+rest] = r
	}
}
