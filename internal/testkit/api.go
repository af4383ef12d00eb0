package testkit

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/platform/dial"
)

// Client calls the API as one operator. The zero Session is nobody.
type Client struct {
	Session string // of a signed-in operator
	Token   string // an API token instead
	base    string
	http    *http.Client
}

// API returns a client of the operator who has the role in the house's World;
// "" is nobody.
func (h *House) API(t testing.TB, role string) *Client {
	t.Helper()
	transport := dial.Transport(h.Net)
	t.Cleanup(transport.CloseIdleConnections)
	c := &Client{base: "http://" + h.Addr(t, "admin") + "/api/v1", http: &http.Client{Transport: transport}}
	if role != "" {
		op, ok := h.World(t).Operators[role]
		if !ok {
			t.Fatalf("no operator has the role %s", role)
		}
		c.Session = op.Session
	}
	return c
}

// File is a file that is sent in a form.
type File struct {
	Field, Name string
	Data        []byte
	Fields      map[string]string // further fields of the form
}

// Form encodes the file and returns the body and its media type.
func (f File) Form(t testing.TB) (body []byte, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile(f.Field, f.Name)
	if err == nil {
		_, err = part.Write(f.Data)
	}
	for name, value := range f.Fields {
		if err == nil {
			err = w.WriteField(name, value)
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatalf("write a form: %v", err)
	}
	return b.Bytes(), w.FormDataContentType()
}

// Answer is what the API answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// cookie is the name of the session's cookie over plain HTTP.
const cookie = "bellwether_session"

// Do sends a request; body is encoded as JSON unless it is nil, bytes or a File,
// which goes as a form. Headers come as "Name: value".
func (c *Client) Do(t testing.TB, method, path string, body any, headers ...string) Answer {
	t.Helper()
	var payload io.Reader
	kind := "application/json"
	switch v := body.(type) {
	case nil:
	case []byte:
		payload, kind = bytes.NewReader(v), "application/octet-stream"
	case File:
		var b []byte
		b, kind = v.Form(t)
		payload = bytes.NewReader(b)
	default:
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatalf("encode the body of %s %s: %v", method, path, err)
		}
		payload = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, c.base+path, payload)
	if err != nil {
		t.Fatalf("make a request: %v", err)
	}
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	if c.Session != "" {
		r.AddCookie(&http.Cookie{Name: cookie, Value: c.Session})
	}
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: read the answer: %v", method, path, err)
	}
	return Answer{resp.StatusCode, resp.Header, b}
}

// Call sends a request that has to succeed and decodes the answer.
func Call[T any](t testing.TB, c *Client, method, path string, body any, headers ...string) (out T) {
	t.Helper()
	a := c.Do(t, method, path, body, headers...)
	if a.Status/100 != 2 {
		t.Fatalf("%s %s: %d %s", method, path, a.Status, a.Body)
	}
	if len(a.Body) == 0 {
		return out
	}
	if err := json.Unmarshal(a.Body, &out); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, a.Body)
	}
	return out
}

// List is the body of a list.
type List[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor"`
	Total      int    `json:"total"`
}

// Stream opens an endless answer, which is closed with the test.
func (c *Client) Stream(t testing.TB, path string) io.Reader {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+path, nil)
	if err != nil {
		t.Fatalf("make a request: %v", err)
	}
	r.AddCookie(&http.Cookie{Name: cookie, Value: c.Session})
	resp, err := c.http.Do(r)
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s", path, resp.Status)
	}
	return resp.Body
}
