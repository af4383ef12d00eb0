package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"bellwether/internal/platform/clock"
)

// TestDoors goes through the table of identity.md, "door | presented | device
// adopted | device waiting or unknown", against the built program, with curl, tftp
// and lftp in the phone's place. Each row is a subtest with the table's words, and
// has a phone that is adopted, one that waits and one that nobody has.
//
// One row is not here: of "CWMP over TLS, bootstrap credential + proof 3" see cwmpd's
// TestServer_claimed. How much of an image anybody may have in a time is told by the
// doors' own tests.
func TestDoors(t *testing.T) {
	t.Parallel()
	d := openDoors(t)
	for _, row := range []struct {
		words string
		holds func(*testing.T)
	}{
		{"HTTPS, bootstrap token alone", d.tokenAlone},
		{"HTTPS, per-device token or password", d.ownSecret},
		{"HTTPS, bootstrap token + proof 3", d.approved},
		{"HTTPS, HTTP, FTP, TFTP, bare name", d.bareName},
		{"any HTTP door, dhcption160.cfg, dhcpoption160.cfg", d.option160},
		{"HTTP, FTP, TFTP, per-device token or password", d.clearSecret},
		{"any, firmware name", d.image},
		{"any, ringtone", d.ringtone},
		{"AudioCodes REST, path token", d.reports},
		{"AudioCodes REST, nothing that proves", d.reportsUnproven},
		{"CWMP over TLS, own credential", d.manager},
		{"CWMP in clear, credential", d.clearManager},
		{"HTTPS, confirmed certificate, MAC agrees", d.byCertificate},
		{"HTTPS, HTTP, FTP, TFTP, bare name or per-device token under the legacy flag", d.legacyFlag},
	} {
		t.Run(row.words, row.holds)
	}
}

// doors is a server with every door, and the three phones that knock.
type doors struct {
	*house
	chief                          *house // as the platform's owner sees it
	cookie                         string // of the owner's session
	tftp, ftp, manage, manageClear string
	rest                           string // where AudioCodes phones report
	adopted, waiting               knocker
	unknown                        knocker // of its secrets only the form is right
}

// knocker is a phone that asks, with all that it could show.
type knocker struct{ what, mac, token, user, password string }

func (k knocker) file() string        { return "cfg" + k.mac + ".xml" }
func (k knocker) own(n string) string { return "p/" + k.token + "/" + n }
func (k knocker) agent() string       { return "Grandstream Model HW GHP621W SW 1.0.1.54 DevId " + k.mac }

// managerURL is what phones are told of TR-069; they could not use this machine's own
// address.
const managerURL = "https://manage.example.org/acs"

const linePassword = "line-password-of-the-table"

func (d *doors) all() []knocker    { return []knocker{d.adopted, d.waiting, d.unknown} }
func (d *doors) others() []knocker { return []knocker{d.waiting, d.unknown} }

// openDoors fills a house by the demo, and opens it again with every door.
func openDoors(t *testing.T) *doors {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "demo")
	if code := demo(t, dir, "--phones", "1").stop(t, syscall.SIGTERM); code != 0 {
		t.Fatalf("the demo ended with %d", code)
	}
	env := []string{"BELLWETHER_PHONE_URLS_CWMP=" + managerURL, "BELLWETHER_PHONE_URLS_IPP=" + reportURL}
	for _, door := range []string{"FTP_LISTEN", "CWMP_HTTPS", "CWMP_HTTP", "IPP"} {
		env = append(env, "BELLWETHER_LISTEN_"+door+"=127.0.0.1:0")
	}
	d := &doors{house: serve(t, dir, env...)}
	at := func(what string) string {
		return strings.TrimPrefix(find(t, d.err.String(), "phones, "+what+` on \S+`), "phones, "+what+" on ")
	}
	d.tftp, d.ftp, d.manage, d.manageClear = at("TFTP"), at("FTP"), "https://"+at("TR-069 over TLS")+"/acs", "http://"+at("TR-069 in clear")+"/acs"
	d.rest = "http://" + strings.TrimPrefix(find(t, d.err.String(), `AudioCodes phones, reports on \S+`), "AudioCodes phones, reports on ") + "/"
	d.authorize(t)
	out, errs, code := run(t, "operator", "create", "--data", dir, "chief", "--role", "platform-owner")
	if code != 0 {
		t.Fatalf("operator create: %d\n%s%s", code, out, errs)
	}
	d.chief = &house{process: d.process, console: d.console}
	a := d.chief.send(t, http.MethodPost, find(t, out, `/setup/\S+`), map[string]string{"password": "quiet harbour lamp 93"})
	cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	if d.cookie = "Cookie: " + cookie; cookie == "" {
		t.Fatalf("the owner cannot sign in: %d %s", a.status, a.body)
	}
	r := d.room(t, "00005e005301", "501", linePassword)
	d.adopted = d.secrets(t, "adopted", r.MAC)
	call[any](t, d.house, http.MethodPost, org+"/devices", map[string]string{"mac": "00005e005302", "model": "GHP621W", "life": "waiting"})
	d.waiting = d.secrets(t, "waiting", "00005e005302")
	d.unknown = knocker{"unknown", "00005e0053fe", strings.Repeat("a", len(d.adopted.token)), strings.Repeat("b", len(d.adopted.user)), strings.Repeat("c", len(d.adopted.password))}
	return d
}

// secrets has a phone's secrets told.
func (d *doors) secrets(t *testing.T, what, mac string) knocker {
	t.Helper()
	at := org + "/devices/" + mac
	url := call[struct{ URL string }](t, d.house, http.MethodGet, at+"/provisioning", nil).URL
	own := call[struct{ User, Password string }](t, d.house, http.MethodPost, at+"/door-password", map[string]any{})
	return knocker{what, mac, strings.Split(url, "/")[4], own.User, own.Password}
}

// ask fetches by HTTP; head is the answer's header without what differs from moment
// to moment.
func (d *doors) ask(t testing.TB, url string, args ...string) (status, head, body string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "head")
	status, body = d.fetch(t, url, append([]string{"--dump-header", file}, args...)...)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return status, moments.ReplaceAllString(string(b), "$1…"), body
}

// moments is what differs between two answers that are alike.
var moments = regexp.MustCompile(`(?mi)(^(?:date|etag|last-modified|x-request-id): |nonce=)[^\r,]*`)

// taken fetches at a door in clear that speaks no HTTP; false for its plain refusal.
func (d *doors) taken(t testing.TB, door, path string) (string, bool) {
	t.Helper()
	host, port, _ := strings.Cut(d.tftp, ":")
	file := filepath.Join(t.TempDir(), "got")
	if door == "FTP" {
		other(t, "", "lftp", "-c", "set net:max-retries 1; set net:timeout 10; set dns:order inet; set ftp:ssl-allow false; get ftp://phone:x@"+d.ftp+"/"+path+" -o "+file)
	} else {
		other(t, "", "tftp", "-m", "octet", host, port, "-c", "get", path, file)
	}
	b, err := os.ReadFile(file)
	return string(b), err == nil && len(b) > 0
}

// everywhere fetches a path at all doors for files, or at those in clear.
func (d *doors) everywhere(t testing.TB, sealed bool, path string, args ...string) map[string]string {
	t.Helper()
	got := map[string]string{}
	bases := map[string]string{"HTTP": d.http}
	if sealed {
		bases["HTTPS"] = d.https
	}
	for door, base := range bases {
		if status, body := d.fetch(t, base+path, args...); status == "200" {
			got[door] = body
		} else {
			got[door] = "refused " + status
		}
	}
	for _, door := range []string{"FTP", "TFTP"} {
		body, ok := d.taken(t, door, path)
		if got[door] = body; !ok {
			got[door] = "refused"
		}
	}
	return got
}

// issued is a bootstrap's token.
var issued = regexp.MustCompile(`/p/(1[sh][0-9a-f]+)/`)

// alike is a bootstrap without the name and the token in it, whose lengths stay.
func alike(k knocker, body string) string {
	return strings.ReplaceAll(issued.ReplaceAllStringFunc(body, func(s string) string { return strings.Repeat("t", len(s)) }), k.mac, "the name asked")
}

func isConfig(body string) bool {
	return strings.Contains(body, ">"+linePassword+"<") && strings.Contains(body, "<gs_provision")
}

func isBootstrap(body string) bool {
	return strings.Contains(body, "BEGIN CERTIFICATE") && issued.MatchString(body) && !strings.Contains(body, "account.")
}

// refusal is what the HTTPS door says to everybody.
func (d *doors) refusal(t testing.TB) string {
	t.Helper()
	status, head, body := d.ask(t, d.https+"nothing.xml")
	if status != "404" {
		t.Fatalf("a name that there is not: %s", status)
	}
	return head + body
}

// refused fails unless the HTTPS door gives its plain refusal, byte for byte.
func (d *doors) refused(t *testing.T, what, path string, args ...string) {
	t.Helper()
	if _, head, body := d.ask(t, d.https+path, args...); head+body != d.refusal(t) {
		t.Errorf("%s gets\n%s%s", what, head, body)
	}
}

// served fails unless the HTTPS door gives the phone's configuration.
func (d *doors) served(t *testing.T, what, path string, args ...string) string {
	t.Helper()
	status, body := d.fetch(t, d.https+path, args...)
	if status != "200" || !isConfig(body) {
		t.Errorf("%s gets %s\n%s", what, status, body)
	}
	return body
}

// booted fails unless an answer is a bootstrap, and returns its token.
func (d *doors) booted(t *testing.T, mac string) string {
	t.Helper()
	_, body := d.fetch(t, d.https+"cfg"+mac+".xml")
	if !isBootstrap(body) {
		t.Fatalf("%s gets no bootstrap:\n%s", mac, body)
	}
	return issued.FindStringSubmatch(body)[1]
}

type claim struct{ ID, State, Subject string }

// claimed waits until somebody is listed who wants the phone.
func (d *doors) claimed(t *testing.T, mac string, good func(claim) bool) (out claim) {
	t.Helper()
	eventually(t, "a claim on "+mac+" is listed", func() bool {
		for _, c := range call[list[claim]](t, d.house, http.MethodGet, org+"/devices/"+mac+"/claims", nil).Items {
			if good(c) {
				out = c
				return true
			}
		}
		return false
	})
	return out
}

type stranger struct{ MAC, Subject string }

// pooled waits until a phone that nobody has is listed.
func (d *doors) pooled(t *testing.T, mac, subject string) {
	t.Helper()
	eventually(t, mac+" is listed", func() bool {
		for _, s := range call[list[stranger]](t, d.chief, http.MethodGet, "/unclaimed", nil, d.cookie).Items {
			if s.MAC == mac && strings.Contains(s.Subject, subject) {
				return true
			}
		}
		return false
	})
}

func inAnHour() time.Time { return (clock.System{}).Now().Add(time.Hour) }
