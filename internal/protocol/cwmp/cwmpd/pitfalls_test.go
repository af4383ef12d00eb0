package cwmpd_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/command"
	"bellwether/internal/protocol/cwmp"
	"bellwether/internal/testkit"
)

// The pitfalls are those that servers of TR-069 have met with foreign phones. The
// messages here are hand-built in their manner; those of the codec are in its own
// pitfalls_test.go.

// raw sends one message over a connection of the test's own, as it stands.
func raw(t *testing.T, conn net.Conn, text string) *http.Response {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: http.MethodPost})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close() // it was only read
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res
}

func envelope(m cwmp.Message) string {
	return string(cwmp.Append(nil, cwmp.Envelope{ID: "1", HasID: true, Body: m}, cwmp.Options{}))
}

func open(t *testing.T, h *testkit.House) net.Conn {
	t.Helper()
	conn, err := h.Net.Dial(t.Context(), "tcp", h.Addr(t, inClear))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // the server may have closed it
	return conn
}

func post(text string, fields ...string) string {
	return fmt.Sprintf("POST /acs HTTP/1.1\r\nHost: acs\r\n%sContent-Length: %d\r\n\r\n%s", strings.Join(append(fields, ""), "\r\n"), len(text), text)
}

// Pitfalls 12, 13: no cookie ever comes back, the connection is the session; and
// one connection carries the sessions of several phones one after another.
func TestPitfall_no_cookies(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	for _, p := range w.Phones[:2] {
		c := settled(t, h, p, overTLS)
		c.client.Jar = nil
		c.inform("1 BOOT")
		c.ends(nil)
		get := commanded(t, h, p.ID, command.Order{Kind: command.Reboot})
		c.inform("2 PERIODIC")
		want[*cwmp.Reboot](c, nil)
		c.ends(&cwmp.RebootResponse{})
		if s := state(t, h, get.ID); s.State != command.Delivered {
			t.Errorf("the restart is %s", s.State)
		}
	}
}

// Pitfall 13: a connection for each message, and the cookie is the session. 12: it
// comes back as the phone likes to write it; one of an earlier session is of no
// account.
func TestPitfall_cookies(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	for name, form := range map[string]string{
		"plain": "bwsession=%s", "with what the server said": "bwsession=%s; Path=/; HttpOnly; Secure", "quoted": `bwsession="%s"`,
		"after others": "a=b; bwsession=%s", "with commas": "a=b,bwsession=%s,c=d", "beside an old one": "bwsession=00000000000000000000000000000000; bwsession=%s",
	} {
		t.Run(name, func(t *testing.T) {
			c := settled(t, h, w.Phones[2], overTLS)
			c.client.Transport.(*http.Transport).DisableKeepAlives = true
			c.client.Jar = nil
			c.cookie = "bwsession=ffffffffffffffffffffffffffffffff"
			c.inform("2 PERIODIC")
			said, err := http.ParseSetCookie(c.last.Header.Get("Set-Cookie"))
			if err != nil || said.Path != "/" || !said.Secure || !said.HttpOnly || len(said.Value) != 32 || strings.Contains(said.Value, w.Phones[2].MAC.String()) {
				t.Fatalf("the cookie: %v, %v", said, err)
			}
			read := commanded(t, h, w.Phones[2].ID, command.Order{Kind: command.GetValues, Args: command.Args{Keys: []string{"Device.DeviceInfo.UpTime"}}})
			c.cookie = fmt.Sprintf(form, said.Value)
			want[*cwmp.GetParameterValues](c, nil)
			c.ends(uptime())
			if s := state(t, h, read.ID); s.State != command.Confirmed {
				t.Errorf("the values are %s", s.State)
			}
		})
	}
}

// Pitfalls 6, 10: a phone answers what it cannot do with an empty message, with the
// answer to something else, or under another id. That fails this command, and the
// session goes on.
func TestPitfall_odd_answers(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	p := w.Phones[0]
	c := settled(t, h, p, overTLS)
	c.inform("1 BOOT")
	c.ends(nil)
	for name, answer := range map[string]cwmp.Message{
		"nothing": nil, "another answer": &cwmp.GetParameterNamesResponse{}, "a fault": &cwmp.Fault{Code: cwmp.FaultMethod, String: "Method not supported"},
		"a fault without a code": &cwmp.Fault{String: "no"}, "a method nobody knows": &cwmp.Unknown{Name: "X_Odd"},
	} {
		reset := commanded(t, h, p.ID, command.Order{Kind: command.FactoryReset})
		read := commanded(t, h, p.ID, command.Order{Kind: command.GetValues, Args: command.Args{Keys: []string{"Device.DeviceInfo.UpTime"}}})
		c.inform("2 PERIODIC")
		want[*cwmp.FactoryReset](c, nil)
		want[*cwmp.GetParameterValues](c, answer)
		c.ends(uptime())
		if s := state(t, h, reset.ID); s.State != command.Failed || s.Reason == "" {
			t.Errorf("%s: the reset is %s, %s", name, s.State, s.Reason)
		}
		if s := state(t, h, read.ID); s.State != command.Confirmed {
			t.Errorf("%s: the values after it are %s", name, s.State)
		}
	}
}

// uptime tells what the test above asks for.
func uptime() cwmp.Message {
	return &cwmp.GetParameterValuesResponse{Parameters: []cwmp.ParameterValue{{Name: "Device.DeviceInfo.UpTime", Value: "17", Type: cwmp.UnsignedInt}}}
}

// Pitfall 11 on one connection without cookies: a new Inform in the middle.
func TestPitfall_inform_again(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	c := settled(t, h, w.Phones[0], overTLS)
	c.client.Jar = nil
	for range 3 {
		c.inform("1 BOOT")
	}
	c.ends(nil)
}

// Pitfall 14: what is sent unasked and is wrong does not keep the phone from its
// challenge, and a nonce of an earlier session is answered by a new one.
func TestPitfall_challenge(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	c := settled(t, h, w.Phones[0], overTLS)
	for range 6 { // however often it does
		status, _, _ := c.post(c.message("2 PERIODIC"), "Basic YWRtaW46")
		if status != http.StatusUnauthorized || len(c.last.Header.Values("WWW-Authenticate")) != 2 {
			t.Fatalf("an empty password sent unasked gets %d", status)
		}
		if s := c.inform("2 PERIODIC"); s != http.StatusOK {
			t.Fatalf("after it the right one gets %d", s)
		}
		c.ends(nil)
	}
	status, _, _ := c.post(c.message("2 PERIODIC"), fmt.Sprintf(`Digest username=%q, realm="management", nonce="0.00000000000000000000000000000000", uri="/acs", response="00000000000000000000000000000000"`, c.user))
	if status != http.StatusUnauthorized || !strings.Contains(c.last.Header.Get("WWW-Authenticate"), "stale=true") {
		t.Errorf("an old nonce gets %d, %q", status, c.last.Header.Get("WWW-Authenticate"))
	}
}

// Pitfall 15: packed, in pieces, by old HTTP, after a question.
func TestPitfall_http(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	c := newCPE(t, h, address(t, h, inClear), w.Phones[0].MAC)
	text := envelope(c.message("1 BOOT"))
	pack := func(open func(io.Writer) io.WriteCloser) string {
		var b bytes.Buffer
		z := open(&b)
		_, err := io.WriteString(z, text)
		if err == nil {
			err = z.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	gz := pack(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	zl := pack(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
	fl := pack(func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, flate.BestSpeed); return z })
	for _, tc := range []struct {
		name, text string
		status     int
	}{
		{"gzip", post(gz, "Content-Encoding: gzip"), http.StatusUnauthorized},
		{"deflate", post(zl, "Content-Encoding: deflate"), http.StatusUnauthorized},
		{"deflate without its frame", post(fl, "Content-Encoding: deflate"), http.StatusUnauthorized},
		{"cut gzip", post(gz[:len(gz)/2], "Content-Encoding: gzip"), http.StatusBadRequest},
		{"unknown packing", post(gz, "Content-Encoding: br"), http.StatusUnsupportedMediaType},
		{"in pieces", fmt.Sprintf("POST /acs HTTP/1.1\r\nHost: acs\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", 10, text[:10], len(text)-10, text[10:]), http.StatusUnauthorized},
		{"HTTP/1.0", fmt.Sprintf("POST / HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s", len(text), text), http.StatusUnauthorized},
		{"fields in lower case", fmt.Sprintf("POST /acs HTTP/1.1\r\nhost: acs\r\nsoapaction:\r\ncontent-type:\r\ncontent-length: %d\r\n\r\n%s", len(text), text), http.StatusUnauthorized},
		{"no XML", post("hello"), http.StatusBadRequest},
		{"cut XML", post(text[:len(text)/2]), http.StatusBadRequest},
		{"nothing, of no session", post(""), http.StatusUnauthorized},
		{"nothing, after a session", post("", "Cookie: bwsession=00000000000000000000000000000000"), http.StatusNoContent},
		{"an answer of no session", post(envelope(&cwmp.RebootResponse{})), http.StatusBadRequest},
		{"GET", "GET /acs HTTP/1.1\r\nHost: acs\r\n\r\n", http.StatusMethodNotAllowed},
	} {
		res := raw(t, open(t, h), tc.text)
		if res.StatusCode != tc.status {
			t.Errorf("%s gets %d, not %d", tc.name, res.StatusCode, tc.status)
		}
		if tc.status == http.StatusUnauthorized && res.ContentLength < 0 {
			t.Errorf("%s: no length is told", tc.name)
		}
	}
}

// Pitfall 25: the connection is closed with the last message, and not before.
func TestPitfall_close(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	c := settled(t, h, w.Phones[0], overTLS)
	c.inform("1 BOOT")
	if c.last.Close || c.last.Header.Get("Content-Length") == "" || len(c.last.TransferEncoding) > 0 {
		t.Errorf("after the Inform: close %t, length %q, %v", c.last.Close, c.last.Header.Get("Content-Length"), c.last.TransferEncoding)
	}
	c.ends(nil)
	if !c.last.Close {
		t.Error("the last answer does not close the connection")
	}
}

// Pitfalls 7, 20: a transfer that is told of twice, several in one session, without
// its key, after days, or failed; and what nobody asked for.
func TestPitfall_transfers(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	p := w.Phones[0]
	c := settled(t, h, p, overTLS)
	c.inform("1 BOOT")
	want[*cwmp.TransferCompleteResponse](c, &cwmp.TransferComplete{Key: "nobody's"})
	c.ends(nil)
	image := upload(t, h, w.Org.ID, "ghp610fw.bin", "1.0.1.60")
	upgrade := func() (command.Command, string) {
		t.Helper()
		cmd := commanded(t, h, p.ID, command.Order{Kind: command.Upgrade, Args: command.Args{Resource: image}})
		c.inform("2 PERIODIC")
		ask := want[*cwmp.Download](c, nil)
		if ask.FileType != cwmp.FileFirmware || len(ask.URL) > 256 || !strings.HasSuffix(ask.URL, "/ghp610fw.bin") || ask.Username != "" {
			t.Errorf("it is to fetch %+v", ask)
		}
		c.ends(&cwmp.DownloadResponse{Status: cwmp.Committed})
		if s := state(t, h, cmd.ID); s.State != command.Sent {
			t.Errorf("once it was told of it is %s", s.State)
		}
		return cmd, ask.Key
	}
	cmd, key := upgrade()
	c.inform("7 TRANSFER COMPLETE", "M Download|"+key)
	want[*cwmp.TransferCompleteResponse](c, &cwmp.TransferComplete{Key: key, Failure: cwmp.Failure{Code: 9017, String: "cut off"}})
	want[*cwmp.TransferCompleteResponse](c, &cwmp.TransferComplete{Key: key, Failure: cwmp.Failure{Code: 9017, String: "cut off"}})
	c.ends(nil)
	if s := state(t, h, cmd.ID); s.State != command.Failed || !strings.Contains(s.Reason, "9017") {
		t.Errorf("a transfer that failed is %s: %s", s.State, s.Reason)
	}
	cmd, _ = upgrade()
	c.inform("1 BOOT", "7 TRANSFER COMPLETE")
	want[*cwmp.TransferCompleteResponse](c, &cwmp.TransferComplete{}) // its key is lost
	c.ends(nil)
	if s := state(t, h, cmd.ID); s.State != command.Delivered {
		t.Errorf("a transfer without its key is %s: %s", s.State, s.Reason)
	}
	c.software = "1.0.1.60"
	c.inform("4 VALUE CHANGE")
	c.ends(nil)
	if s := state(t, h, cmd.ID); s.State != command.Confirmed {
		t.Errorf("once the phone runs the image it is %s: %s", s.State, s.Reason)
	}
}

// Pitfall 16 and the fault of a list of names: a part that the phone refuses is
// halved until the names are found that it cannot tell.
func TestPitfall_faulty_names(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	c := settled(t, h, w.Phones[0], overTLS)
	c.inform("1 BOOT")
	c.ends(nil)
	var names []string
	for i := range 70 {
		names = append(names, fmt.Sprintf("Device.X.P%d", i))
	}
	bad := []string{names[3], names[40], names[41]}
	read := commanded(t, h, w.Phones[0].ID, command.Order{Kind: command.GetValues, Args: command.Args{Keys: names}})
	c.inform("2 PERIODIC")
	_, m, _ := c.post(nil, "")
	asks := 0
	for ask, ok := m.(*cwmp.GetParameterValues); ok; ask, ok = m.(*cwmp.GetParameterValues) {
		if asks++; len(ask.Names) > 32 || asks > 60 {
			t.Fatalf("request %d is for %d names", asks, len(ask.Names))
		}
		var answer cwmp.Message = &cwmp.Fault{Code: cwmp.FaultInternal, String: "GPV handler error"}
		if !slices.ContainsFunc(ask.Names, func(n string) bool { return slices.Contains(bad, n) }) {
			got := &cwmp.GetParameterValuesResponse{}
			for _, n := range ask.Names {
				got.Parameters = append(got.Parameters, cwmp.ParameterValue{Name: n, Value: "v", Type: cwmp.String})
			}
			answer = got
		}
		_, m, _ = c.post(answer, "")
	}
	s := state(t, h, read.ID)
	var faulty []string
	for _, v := range s.Result.Values {
		if v.Fault != "" {
			faulty = append(faulty, v.Name)
		}
	}
	slices.Sort(faulty)
	slices.Sort(bad)
	if s.State != command.Confirmed || len(s.Result.Values) != len(names) || !slices.Equal(faulty, bad) {
		t.Errorf("%s with %d values, faulty %v after %d requests", s.State, len(s.Result.Values), faulty, asks)
	}
}

// upload stores an image for the phones of a World and returns its id.
func upload(t *testing.T, h *testkit.House, orgID, name, version string) string {
	t.Helper()
	f := testkit.File{Field: "file", Name: name, Data: bytes.Repeat([]byte("image "), 1000), Fields: map[string]string{"models": testkit.Model, "file_version": version}}
	return testkit.Call[struct {
		ID string `json:"id"`
	}](t, h.API(t, access.RoleAdministrator), http.MethodPost, "/orgs/"+orgID+"/firmware", f).ID
}
