package cwmpd_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/icholy/digest"

	"bellwether/internal/platform/mac"
	"bellwether/internal/protocol/cwmp"
	"bellwether/internal/testkit"
)

// cpe speaks TR-069 as a phone would, message by message.
type cpe struct {
	t        testing.TB
	url      string
	user     string
	password string
	mac      mac.Address
	client   *http.Client
	software string
	retry    int
	cookie   string // instead of what the server said
	last     *http.Response
}

func newCPE(t testing.TB, h *testkit.House, url string, m mac.Address) *cpe {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: h.TLS(t)}
	t.Cleanup(transport.CloseIdleConnections)
	return &cpe{t: t, url: url, mac: m, software: "1.0.1.54", client: &http.Client{Transport: transport, Jar: jar}}
}

// post sends one message and returns the status and what came back, nil for an
// empty answer.
func (c *cpe) post(m cwmp.Message, authorization string) (int, cwmp.Message, cwmp.Envelope) {
	c.t.Helper()
	var text []byte
	if m != nil {
		text = cwmp.Append(nil, cwmp.Envelope{Namespace: cwmp.Namespace11, ID: "7", HasID: true, Body: m}, cwmp.Options{})
	}
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.url, bytes.NewReader(text))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", `text/xml; charset="utf-8"`)
	req.Header.Set("SOAPAction", "")
	if c.cookie != "" {
		req.Header.Set("Cookie", c.cookie)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := c.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	c.last = res
	if res.StatusCode != http.StatusOK {
		return res.StatusCode, nil, cwmp.Envelope{}
	}
	e, err := cwmp.Decode(body)
	if err != nil {
		c.t.Fatalf("the server's message: %v\n%s", err, body)
	}
	return res.StatusCode, e.Body, e
}

func (c *cpe) message(events ...string) *cwmp.Inform {
	in := &cwmp.Inform{Device: cwmp.DeviceID{Manufacturer: "Grandstream", OUI: "000B82", ProductClass: "GHP621W", SerialNumber: strings.ToUpper(c.mac.String())}, MaxEnvelopes: 1, RetryCount: c.retry,
		Parameters: []cwmp.ParameterValue{
			{Name: "Device.DeviceInfo.SoftwareVersion", Value: c.software, Type: cwmp.String},
			{Name: "Device.ManagementServer.ConnectionRequestURL", Value: "http://127.0.0.1:7547/call", Type: cwmp.String},
			{Name: "Device.LAN.IPAddress", Value: "192.0.2.30", Type: cwmp.String},
		}}
	for _, e := range events {
		code, key, _ := strings.Cut(e, "|")
		in.Events = append(in.Events, cwmp.Event{Code: code, Key: key})
	}
	return in
}

// inform begins a session and answers the challenge where there is one and a user
// to answer with.
func (c *cpe) inform(events ...string) (status int) {
	c.t.Helper()
	return c.begin(c.message(events...))
}

// begin is inform with a message of the test's own.
func (c *cpe) begin(in *cwmp.Inform) (status int) {
	c.t.Helper()
	status, m, e := c.post(in, "")
	if status == http.StatusUnauthorized && c.user != "" {
		ask, err := digest.FindChallenge(c.last.Header)
		if err != nil {
			c.t.Fatal(err)
		}
		said, err := digest.Digest(ask, digest.Options{Method: http.MethodPost, URI: c.last.Request.URL.RequestURI(), Username: c.user, Password: c.password, Count: 1})
		if err != nil {
			c.t.Fatal(err)
		}
		status, m, e = c.post(in, said.String())
	}
	if status == http.StatusOK {
		if _, ok := m.(*cwmp.InformResponse); !ok || e.ID != "7" || e.Namespace != cwmp.Namespace11 {
			c.t.Fatalf("the answer to the Inform is %T, id %q, %s", m, e.ID, e.Namespace)
		}
	}
	return status
}

// want fails where the server does not ask for what is wanted.
func want[M cwmp.Message](c *cpe, answer cwmp.Message) M {
	c.t.Helper()
	status, m, _ := c.post(answer, "")
	out, ok := m.(M)
	if !ok {
		c.t.Fatalf("the server answers %d, %T instead", status, m)
	}
	return out
}

// ends fails where the session is not over.
func (c *cpe) ends(answer cwmp.Message) {
	c.t.Helper()
	if status, m, _ := c.post(answer, ""); status != http.StatusNoContent {
		c.t.Fatalf("the session goes on: %d, %T %+v", status, m, m)
	}
}
