package api_test

import (
	"bellwether/internal/domain/access"
)

// rule says what an operation needs and how it is tried.
type rule struct {
	on    subject           // what the path names, and so which targets are tried
	enter access.Permission // needed somewhere in the organization or tenant; else 403 where it is visible
	need  access.Permission // needed on the target itself; "" means that enter is enough
	any   bool              // need is enough somewhere in the organization
	in    func(spot) spot   // where need is judged, if not on the target
	body  func(c *cast, t target) any
	query string
	match string // If-Match: a version that is never right, so that what is allowed changes nothing
}

// subject is the kind of thing that an operation is about.
type subject string

const (
	open      subject = "open"      // for whoever asks
	signedIn  subject = "signed in" // for every operator
	platform  subject = "platform"
	tenant    subject = "tenant"
	org       subject = "org"
	device    subject = "device"
	site      subject = "site"
	tmpl      subject = "template"
	account   subject = "account"
	sipServer subject = "sip server"
	tasks     subject = "task"
	plan      subject = "plan"
	operator  subject = "operator"
	grant     subject = "grant"
	role      subject = "role"
	token     subject = "token"
	session   subject = "session"
	placed    subject = "placed" // the body names the place
	siting    subject = "siting" // the path names an organization, the body a site or a device in one
	groups    subject = "group"
	holder    subject = "placeholder"
	lessons   subject = "lesson"
	images    subject = "image"
	files     subject = "file"
	profiles  subject = "redirection profile"
	cas       subject = "trusted CA"
	makers    subject = "trusted CA of the platform"
	alarms    subject = "alarm"
	ownAlarm  subject = "alarm of the platform"
)

const never = `"999999"`

// policy is the table of all operations. One that is missing fails the test.
func policy() map[string]rule {
	p := map[string]rule{
		"POST /session":         {on: open, body: fixed(object{"login": "nobody", "password": "wrong password"})},
		"GET /setup/{token}":    {on: open},
		"POST /setup/{token}":   {on: open, body: fixed(object{})},
		"GET /session":          {on: signedIn},
		"DELETE /session":       {on: signedIn},
		"GET /sessions":         {on: signedIn, need: access.OperatorWrite}, // of an API token
		"GET /tokens":           {on: signedIn},
		"GET /roles":            {on: signedIn},
		"GET /operators":        {on: signedIn},
		"GET /tenants":          {on: signedIn},
		"GET /orgs":             {on: signedIn},
		"GET /models":           {on: signedIn},
		"GET /parameters":       {on: signedIn},
		"GET /system":           {on: platform, need: access.SystemRead},
		"GET /unclaimed":        {on: platform, need: access.UnclaimedRead},
		"POST /tenants":         {on: platform, need: access.TenantWrite, body: func(c *cast, _ target) any { return object{"name": c.name("Tenant")} }},
		"POST /operators":       {on: placed, need: access.OperatorWrite, body: newOperator},
		"POST /roles":           {on: placed, need: access.RoleWrite, body: newRole},
		"POST /tokens":          {on: placed, need: access.TokenWrite, body: newToken},
		"GET /operators/{id}":   {on: operator, enter: access.OperatorRead},
		"PATCH /operators/{id}": {on: operator, enter: access.OperatorRead, need: access.OperatorWrite, match: never, body: fixed(object{"name": "x"})},

		"POST /operators/{id}/grants":           {on: operator, enter: access.OperatorRead, need: access.OperatorWrite, body: newGrant},
		"DELETE /operators/{id}/grants/{grant}": {on: grant, enter: access.OperatorRead, need: access.OperatorWrite},
		"PATCH /roles/{id}":                     {on: role, enter: access.RoleRead, need: access.RoleWrite, match: never, body: fixed(object{"name": "x"})},
		"DELETE /roles/{id}":                    {on: role, enter: access.RoleRead, need: access.RoleWrite, match: never},
		"DELETE /tokens/{id}":                   {on: token, need: access.OperatorWrite},
		"DELETE /sessions/{id}":                 {on: session, need: access.OperatorWrite},

		"GET /tenants/{tenant}":                 {on: tenant, enter: access.OrgRead},
		"PATCH /tenants/{tenant}":               {on: tenant, enter: access.OrgRead, need: access.TenantWrite, match: never, body: fixed(object{"name": "x"})},
		"GET /tenants/{tenant}/orgs":            {on: tenant, enter: access.OrgRead},
		"POST /tenants/{tenant}/orgs":           {on: tenant, enter: access.OrgRead, need: access.OrgWrite, body: func(c *cast, _ target) any { return object{"name": c.name("Org")} }},
		"GET /tenants/{tenant}/lessons":         {on: tenant, enter: access.TemplateRead},
		"POST /tenants/{tenant}/lessons":        {on: tenant, enter: access.TemplateRead, need: access.TemplateWrite, body: newLesson},
		"DELETE /tenants/{tenant}/lessons/{id}": {on: lessons, enter: access.TemplateRead, need: access.TemplateWrite, match: never},
	}
	ofRedirection(p)
	inOrg(p)
	ofTrust(p)
	ofAlarms(p)
	ofFiles(p)
	ofDevices(p)
	ofCommands(p)
	ofOnboarding(p)
	ofPages(p)
	ofArrivals(p)
	ofLegacy(p)
	ofAdoption(p)
	ofLedger(p)
	ofMoving(p)
	return p
}

// ofRedirection adds what is about redirection profiles.
func ofRedirection(p map[string]rule) {
	read, write := access.RPSRead, access.RPSWrite
	for path, r := range map[string]rule{
		"GET ":               {on: tenant, enter: read},
		"POST ":              {on: tenant, enter: read, need: write, body: func(c *cast, _ target) any { return newProfile(c.name("Redirection")) }},
		"GET /{id}":          {on: profiles, enter: read},
		"PATCH /{id}":        {on: profiles, enter: read, need: write, match: never, body: fixed(object{"name": "x"})},
		"DELETE /{id}":       {on: profiles, enter: read, need: write, match: never},
		"GET /{id}/versions": {on: profiles, enter: read},
		"GET /{id}/orgs":     {on: profiles, enter: read},
		"PUT /{id}/orgs":     {on: profiles, enter: read, need: write, any: true, body: fixed(object{"orgs": []string{}})},
		"GET /{id}/devices":  {on: profiles, enter: read},
		"POST /{id}/devices": {on: profiles, enter: read, need: access.DeviceWrite, any: true, body: fixed(object{})},
		"POST /{id}/plans":   {on: profiles, enter: read, need: access.PlanPush, any: true},
		"GET /{id}/export":   {on: profiles, enter: read, query: "?vendor=grandstream"},
	} {
		method, rest, _ := cut(path)
		p[method+" /tenants/{tenant}/rps"+rest] = r
	}
}

// ofTrust adds the trusted CAs, of the platform and of an organization.
func ofTrust(p map[string]rule) {
	for base, r := range map[string]rule{
		"/trusted-cas":            {on: makers, enter: access.SystemRead, need: access.TenantWrite},
		"/orgs/{org}/trusted-cas": {on: cas, enter: access.OrgRead, need: access.OrgWrite},
	} {
		rule := fixed(object{"subject_id": "x", "rule": object{"field": "cn", "pattern": "(.*)"}})
		confirm := fixed(object{"subject_id": "x", "rule": object{"field": "cn", "pattern": "(.*)"}, "mac": "020000000001"})
		whole, read := org, access.Permission("")
		if r.on == makers {
			whole, read = platform, r.enter
		}
		p["GET "+base] = onCA(whole, r.enter, read, nil, "")
		p["POST "+base] = onCA(whole, r.enter, r.need, newCA, "")
		p["GET "+base+"/{id}"] = onCA(r.on, r.enter, "", nil, "")
		p["PATCH "+base+"/{id}"] = onCA(r.on, r.enter, r.need, fixed(object{"name": "x"}), never)
		p["DELETE "+base+"/{id}"] = onCA(r.on, r.enter, r.need, nil, never)
		p["GET "+base+"/{id}/subjects"] = onCA(r.on, r.enter, r.enter, nil, "")
		p["POST "+base+"/{id}/try"] = onCA(r.on, r.enter, r.enter, rule, "")
		p["POST "+base+"/{id}/confirm"] = onCA(r.on, r.enter, r.need, confirm, never)
	}
}

func onCA(on subject, enter, need access.Permission, body func(*cast, target) any, match string) rule {
	return rule{on: on, enter: enter, need: need, body: body, match: match}
}

// inOrg adds what lies under an organization.
func inOrg(p map[string]rule) {
	for path, r := range map[string]rule{
		"GET ":                  {on: org, enter: access.OrgRead},
		"PATCH ":                {on: org, enter: access.OrgRead, need: access.OrgWrite, match: never, body: fixed(object{"name": "x"})},
		"GET /events":           {on: org, enter: access.DeviceRead},
		"GET /dashboard-counts": {on: org, enter: access.DeviceRead},
		"GET /audit":            {on: org, enter: access.AuditRead, need: access.AuditRead},
		"GET /requests":         {on: org, enter: access.RequestRead},
		"GET /dhcp":             {on: org, enter: access.DeviceRead, query: "?server=dnsmasq"},
		"GET /sites":            {on: org, enter: access.SiteRead},
		"POST /sites":           {on: org, enter: access.SiteRead, need: access.SiteWrite, in: newSite, body: func(c *cast, _ target) any { return object{"name": c.name("Site")} }},
		"GET /sites/{id}":       {on: site, enter: access.SiteRead},
		"PATCH /sites/{id}":     {on: site, enter: access.SiteRead, need: access.SiteWrite, match: never, body: fixed(object{"name": "x"})},
		"DELETE /sites/{id}":    {on: site, enter: access.SiteRead, need: access.SiteWrite, match: never},

		"GET /templates":                {on: org, enter: access.TemplateRead},
		"POST /templates":               {on: org, enter: access.TemplateRead, need: access.TemplateWrite, body: newTemplate},
		"GET /templates/{id}":           {on: tmpl, enter: access.TemplateRead},
		"PATCH /templates/{id}":         {on: tmpl, enter: access.TemplateRead, need: access.TemplateWrite, match: never, body: fixed(object{"name": "x"})},
		"DELETE /templates/{id}":        {on: tmpl, enter: access.TemplateRead, need: access.TemplateWrite, match: never},
		"GET /templates/{id}/versions":  {on: tmpl, enter: access.TemplateRead},
		"POST /templates/{id}/versions": {on: tmpl, enter: access.TemplateRead, need: access.TemplateWrite, body: fixed(object{})},

		"GET /templates/{id}/diff":      {on: tmpl, enter: access.TemplateRead},
		"POST /templates/{id}/copy":     {on: tmpl, enter: access.TemplateRead, need: access.TemplateWrite, body: func(_ *cast, t target) any { return object{"org": t.path["org"]} }},
		"POST /templates/{id}/defaults": {on: tmpl, enter: access.TemplateRead, need: access.TemplateWrite, body: fixed(object{"keys": []string{}})},
		"GET /templates/{id}/download":  {on: tmpl, enter: access.TemplateRead},
		"POST /templates/{id}/restore":  {on: tmpl, enter: access.TemplateRead, need: access.TemplateWrite, match: never},
		"POST /templates/{id}/generate": {on: tmpl, enter: access.TemplateRead, need: access.PlanPush, any: true, body: fixed(object{})},
		"PUT /templates/{id}/draft":     {on: tmpl, enter: access.TemplateRead, need: access.TemplateWrite, match: never, body: fixed("")},

		"GET /placeholders":           {on: org, enter: access.TemplateRead},
		"POST /placeholders":          {on: org, enter: access.TemplateRead, need: access.TemplateWrite, body: newPlaceholder},
		"GET /placeholders/known":     {on: org, enter: access.TemplateRead},
		"GET /placeholders/{id}":      {on: holder, enter: access.TemplateRead},
		"GET /placeholders/{id}/uses": {on: holder, enter: access.TemplateRead},
		"PATCH /placeholders/{id}":    {on: holder, enter: access.TemplateRead, need: access.TemplateWrite, match: never, body: fixed(object{"value": "x"})},
		"DELETE /placeholders/{id}":   {on: holder, enter: access.TemplateRead, need: access.TemplateWrite, match: never},

		"GET /claims": {on: org, enter: access.DeviceRead},

		"GET /groups":         {on: org, enter: access.DeviceRead},
		"POST /groups":        {on: org, enter: access.DeviceRead, need: access.DeviceWrite, body: func(c *cast, _ target) any { return object{"name": c.name("Group")} }},
		"GET /groups/{id}":    {on: groups, enter: access.DeviceRead},
		"PATCH /groups/{id}":  {on: groups, enter: access.DeviceRead, need: access.DeviceWrite, match: never, body: fixed(object{"name": "x"})},
		"DELETE /groups/{id}": {on: groups, enter: access.DeviceRead, need: access.DeviceWrite, match: never},

		"GET /config-files":             {on: org, enter: access.DeviceRead},
		"POST /config-files":            {on: siting, enter: access.DeviceRead, need: access.DeviceWrite, body: newConfigFile},
		"GET /config-files/{device}":    {on: device, enter: access.DeviceRead, need: access.SecretReveal},
		"DELETE /config-files/{device}": {on: device, enter: access.DeviceRead, need: access.DeviceWrite, match: never},

		"GET /accounts":            {on: org, enter: access.AccountRead},
		"POST /accounts":           {on: org, enter: access.AccountRead, need: access.AccountWrite, body: newAccount},
		"GET /accounts/{id}":       {on: account, enter: access.AccountRead},
		"PATCH /accounts/{id}":     {on: account, enter: access.AccountRead, need: access.AccountWrite, match: never, body: fixed(object{"name": "x"})},
		"DELETE /accounts/{id}":    {on: account, enter: access.AccountRead, need: access.AccountWrite, match: never},
		"GET /sip-servers":         {on: org, enter: access.AccountRead},
		"POST /sip-servers":        {on: org, enter: access.AccountRead, need: access.AccountWrite, body: func(c *cast, _ target) any { return object{"name": c.name("PBX"), "address": "pbx.example.org"} }},
		"GET /sip-servers/{id}":    {on: sipServer, enter: access.AccountRead},
		"PATCH /sip-servers/{id}":  {on: sipServer, enter: access.AccountRead, need: access.AccountWrite, match: never, body: fixed(object{"name": "x"})},
		"DELETE /sip-servers/{id}": {on: sipServer, enter: access.AccountRead, need: access.AccountWrite, match: never},

		"POST /plans":                      {on: org, enter: access.DeviceRead, need: access.PlanPush, any: true, body: fixed(object{"targets": object{"all": true}})},
		"GET /plans/{hash}/files/{device}": {on: device, enter: access.DeviceRead},
		"POST /plans/{hash}/push":          {on: plan, enter: access.PlanPush, body: fixed(object{})},
		"GET /tasks":                       {on: org, enter: access.TaskRead},
		"GET /tasks/{id}":                  {on: tasks, enter: access.TaskRead},
		"GET /tasks/{id}/runs":             {on: tasks, enter: access.TaskRead},
		"POST /tasks/{id}/cancel":          {on: tasks, enter: access.TaskRead, need: access.TaskWrite},
	} {
		method, rest, _ := cut(path)
		p[method+" /orgs/{org}"+rest] = r
	}
}

// ofAlarms adds the alarms of organizations and those of the platform.
func ofAlarms(p map[string]rule) {
	read, write := access.AlarmRead, access.AlarmWrite
	p["GET /orgs/{org}/alarms"] = rule{on: org, enter: read}
	p["GET /orgs/{org}/alarms/{id}"] = rule{on: alarms, enter: read}
	p["GET /alarms"] = rule{on: platform, need: read}
	p["GET /alarms/{id}"] = rule{on: ownAlarm, need: read}
	for verb, body := range map[string]any{"ack": nil, "unack": nil, "unmask": nil, "mask": object{"until": "2020-01-01T00:00:00Z"}, "clear": object{}, "note": object{"text": ""}} {
		p["POST /orgs/{org}/alarms/{id}/"+verb] = rule{on: alarms, enter: read, need: write, body: bodyOrNone(body)}
		p["POST /alarms/{id}/"+verb] = rule{on: ownAlarm, need: write, body: bodyOrNone(body)}
	}
}

func bodyOrNone(body any) func(*cast, target) any {
	if body == nil {
		return nil
	}
	return fixed(body)
}

// ofFiles adds the two collections of stored files.
func ofFiles(p map[string]rule) {
	read, write := access.ResourceRead, access.ResourceWrite
	for path, on := range map[string]subject{"/orgs/{org}/firmware": images, "/orgs/{org}/resources": files} {
		p["GET "+path] = rule{on: org, enter: read}
		p["POST "+path] = rule{on: org, enter: read, need: write, body: newFile}
		p["GET "+path+"/{id}"] = rule{on: on, enter: read}
		p["GET "+path+"/{id}/content"] = rule{on: on, enter: read}
		p["PATCH "+path+"/{id}"] = rule{on: on, enter: read, need: write, match: never, body: fixed(object{"description": "x"})}
		p["DELETE "+path+"/{id}"] = rule{on: on, enter: read, need: write, match: never}
	}
	p["POST /orgs/{org}/resources/phonebook"] = rule{on: org, enter: read, need: write, body: newPhonebook}
}

// ofDevices adds what is about one device.
func ofDevices(p map[string]rule) {
	read, write := access.DeviceRead, access.DeviceWrite
	for path, r := range map[string]rule{
		"GET ":                {on: device, enter: read},
		"PATCH ":              {on: device, enter: read, need: write, match: never, body: fixed(object{"name": "x"})},
		"DELETE ":             {on: device, enter: read, need: write, match: never},
		"POST /adopt":         {on: device, enter: read, need: write},
		"GET /claims":         {on: device, enter: read},
		"POST /door-password": {on: device, enter: read, need: access.SecretReveal},
		"POST /claim-window":  {on: device, enter: read, need: write, body: fixed(object{"hours": 1})},

		"POST /claims/{id}/approve": {on: device, enter: read, need: write},
		"POST /claims/{id}/reject":  {on: device, enter: read, need: write},
		"POST /claims/{id}/prove":   {on: device, enter: read, need: access.ClaimProve, body: fixed(object{"serial": "x"})},
		"POST /replace":             {on: device, enter: read, need: write, match: never, body: fixed(object{"mac": "02:00:00:00:99:01"})},
		"POST /replace/dry-run":     {on: device, enter: read, need: write, body: fixed(object{"mac": "02:00:00:00:99:01"})},
		"POST /was-reset":           {on: device, enter: read, need: write},
		"GET /config":               {on: device, enter: read},
		"GET /config/rendered":      {on: device, enter: read},
		"GET /revisions":            {on: device, enter: read},
		"GET /provisioning":         {on: device, enter: read, need: access.SecretReveal},

		"GET /revisions/{seq}":      {on: device, enter: read},
		"GET /revisions/{seq}/diff": {on: device, enter: read},
		"PUT /revisions/{seq}/pin":  {on: device, enter: read, need: write, body: fixed(object{"pinned": true})},
		"GET /revisions/at":         {on: device, enter: read, query: "?time=2040-01-01T00:00:00Z"},

		"GET /rps":                     {on: device, enter: read},
		"GET /lines":                   {on: device, enter: read},
		"PUT /handsets":                {on: device, enter: read, need: write, body: fixed(object{"table": []object{}})},
		"PUT /lines/{line}":            {on: device, enter: read, need: write, body: fixed(object{"account_id": ""})},
		"GET /overrides/text":          {on: device, enter: read},
		"PUT /overrides/text":          {on: device, enter: read, need: write, match: "*", body: fixed([]byte(""))},
		"POST /overrides/defaults":     {on: device, enter: read, need: write, body: fixed(object{"keys": []string{}})},
		"POST /overrides/copy-account": {on: device, enter: read, need: write, body: fixed(object{"from": 1, "to": []int{2}})},
		"PUT /overrides":               {on: device, enter: read, need: write, match: "*", body: fixed(object{"items": []object{}})},
	} {
		method, rest, _ := cut(path)
		p[method+" /orgs/{org}/devices/{device}"+rest] = r
	}
	p["GET /orgs/{org}/devices"] = rule{on: org, enter: read}
	p["POST /orgs/{org}/devices"] = rule{on: siting, enter: read, need: write, body: newDevice}
}
