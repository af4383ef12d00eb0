package e2e

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// byCertificate: with a CA of openssl's whose rule is confirmed on what was seen.
func (d *doors) byCertificate(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must(t, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "2", "-subj", "/CN=Maker of the table")
	shows := func(k knocker) []string {
		key, csr, pem := at(k.mac+".key"), at(k.mac+".csr"), at(k.mac+".pem")
		must(t, "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", csr, "-subj", "/O=Example/CN="+k.mac)
		must(t, "openssl", "x509", "-req", "-in", csr, "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-out", pem, "-days", "2")
		return []string{"--cert", pem, "--key", key}
	}
	own := shows(d.adopted)
	call[any](t, d.chief, http.MethodPost, "/trusted-cas", map[string]string{"name": "Maker", "pem": read(t, at("ca.pem"))}, d.cookie)
	var ca struct{ ID, Name string }
	for _, c := range call[list[struct{ ID, Name string }]](t, d.chief, http.MethodGet, "/trusted-cas", nil, d.cookie).Items {
		if c.Name == "Maker" {
			ca = c
		}
	}
	type rule struct {
		Field   string `json:"field"`
		Pattern string `json:"pattern"`
	}
	type seen struct {
		Items    []struct{ ID string }
		Proposed rule
	}
	var s seen
	if _, body := d.fetch(t, d.https+d.adopted.file(), own...); isConfig(body) {
		t.Fatalf("before its rule is confirmed it gives the configuration:\n%s", body)
	}
	eventually(t, "the certificate was seen", func() bool {
		s = call[seen](t, d.chief, http.MethodGet, "/trusted-cas/"+ca.ID+"/subjects", nil, d.cookie)
		return len(s.Items) == 1
	})
	etag := d.chief.send(t, http.MethodGet, "/trusted-cas/"+ca.ID, nil, d.cookie).header.Get("ETag")
	call[any](t, d.chief, http.MethodPost, "/trusted-cas/"+ca.ID+"/confirm", map[string]any{"subject_id": s.Items[0].ID, "rule": s.Proposed, "mac": d.adopted.mac}, "If-Match: "+etag, d.cookie)

	d.served(t, "adopted", d.adopted.file(), own...)
	for _, k := range d.others() {
		d.refused(t, k.what, k.file(), shows(k)...)
		d.refused(t, "the adopted one's certificate, the name of "+k.what, k.file(), own...)
	}
	d.claimed(t, d.waiting.mac, func(c claim) bool { return strings.Contains(c.Subject, "CN="+d.waiting.mac) })
	d.pooled(t, d.unknown.mac, "CN="+d.unknown.mac)
}

// legacyFlag: the adopted phone's name suffices, and no other's.
func (d *doors) legacyFlag(t *testing.T) {
	for _, s := range call[list[struct{ ID string }]](t, d.house, http.MethodGet, org+"/sites", nil).Items {
		etag := d.send(t, http.MethodGet, org+"/sites/"+s.ID, nil).header.Get("ETag")
		body := map[string]any{"legacy_until": inAnHour(), "subnets": []any{map[string]any{"cidr": "127.0.0.0/8", "legacy": true}}}
		if a := d.send(t, http.MethodPatch, org+"/sites/"+s.ID, body, "If-Match: "+etag); a.status/100 != 2 {
			t.Logf("%s: %d %s", s.ID, a.status, a.body) // sites may not share a network: the first has it
		}
	}
	for _, path := range []string{d.adopted.file(), d.adopted.own(d.adopted.file())} {
		for door, body := range d.everywhere(t, true, path) {
			if !isConfig(body) {
				t.Errorf("%s, adopted:\n%s", door, body)
			}
		}
	}
	for _, k := range d.others() {
		for door, body := range d.everywhere(t, true, k.file()) {
			if !isBootstrap(body) {
				t.Errorf("%s, %s:\n%s", door, k.what, body)
			}
		}
	}
}

// inform is a phone's Inform.
func inform(k knocker) string {
	return `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:cwmp="urn:dslforum-org:cwmp-1-1">` +
		`<soap:Header><cwmp:ID soap:mustUnderstand="1">7</cwmp:ID></soap:Header><soap:Body><cwmp:Inform><DeviceId><Manufacturer>Grandstream</Manufacturer><OUI>00005E</OUI><ProductClass>GHP621W</ProductClass><SerialNumber>` + strings.ToUpper(k.mac) + `</SerialNumber></DeviceId>` +
		`<Event soap-enc:arrayType="cwmp:EventStruct[1]"><EventStruct><EventCode>1 BOOT</EventCode><CommandKey></CommandKey></EventStruct></Event><MaxEnvelopes>1</MaxEnvelopes><CurrentTime>2026-01-01T00:00:00Z</CurrentTime><RetryCount>0</RetryCount>` +
		`<ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[1]"><ParameterValueStruct><Name>Device.DeviceInfo.SoftwareVersion</Name><Value xsi:type="xsd:string">1.0.1.54</Value></ParameterValueStruct></ParameterList></cwmp:Inform></soap:Body></soap:Envelope>`
}

// session informs, by digest: curl begins that with an empty request, as phones that
// are made of it do. It then asks with an empty request what is to be done.
func (d *doors) session(t *testing.T, url string, k knocker, user, password string) (informed, next, body string) {
	t.Helper()
	jar := filepath.Join(t.TempDir(), "jar")
	args := []string{"--cookie", jar, "--cookie-jar", jar, "--header", "Content-Type: text/xml", "--header", "SOAPAction:"}
	informed, body = d.fetch(t, url, append(args, "--digest", "--user", user+":"+password, "--data-binary", inform(k))...)
	if informed != "200" || !strings.Contains(body, "InformResponse") {
		return informed, "", body
	}
	next, body = d.fetch(t, url, append(args, "--request", "POST", "--data-binary", "")...)
	return informed, next, body
}

// told is what the phone's own file says of TR-069.
func (d *doors) told(t *testing.T) (user, password string) {
	t.Helper()
	body := d.served(t, "adopted", d.adopted.own(d.adopted.file()))
	value := func(key string) string {
		return strings.TrimSuffix(strings.SplitN(find(t, body, `"`+key+`">[^<]+<`), ">", 2)[1], "<")
	}
	return value("tr069.username"), value("tr069.password")
}

// manager: the adopted phone's session begins and has its command; others with a
// password that is not theirs are asked for it again.
func (d *doors) manager(t *testing.T) {
	user, password := d.told(t)
	if informed, next, body := d.session(t, d.manage, d.adopted, user, password); informed != "200" || next != "204" {
		t.Fatalf("adopted, the first time: %s, then %s\n%s", informed, next, body)
	}
	call[any](t, d.house, http.MethodPost, org+"/devices/"+d.adopted.mac+"/commands", map[string]string{"kind": "reboot"})
	if informed, next, body := d.session(t, d.manage, d.adopted, user, password); informed != "200" || next != "200" || !strings.Contains(body, "Reboot") {
		t.Errorf("adopted: %s, then %s\n%s", informed, next, body)
	}
	for _, k := range d.others() {
		if informed, _, body := d.session(t, d.manage, k, user, password); informed != "401" || strings.Contains(body, "Envelope") {
			t.Errorf("%s: %s\n%s", k.what, informed, body)
		}
	}
}

// clearManager: the adopted phone is told where the other door is, and nothing that
// is secret.
func (d *doors) clearManager(t *testing.T) {
	user, password := d.told(t)
	informed, next, body := d.session(t, d.manageClear, d.adopted, user, password)
	if informed != "200" || next != "200" || !strings.Contains(body, "ManagementServer.URL") || !strings.Contains(body, managerURL) || strings.Contains(body, "assword") {
		t.Errorf("adopted: %s, then %s\n%s", informed, next, body)
	}
	for _, k := range d.others() {
		if informed, _, body := d.session(t, d.manageClear, k, user, password); informed != "401" {
			t.Errorf("%s: %s\n%s", k.what, informed, body)
		}
	}
}
