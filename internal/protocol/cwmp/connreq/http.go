package connreq

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/icholy/digest"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// callTime is how long one call may take.
const callTime = 5 * time.Second

// Wake calls a phone. How that went is written down: a phone that could not be
// called counts as one that only reports, until a call gets through.
func (c *Channel) Wake(ctx context.Context, d device.Device) error {
	p, err := c.Phones.Phone(ctx, d.ID)
	if err != nil {
		return err
	}
	u, why := c.target(ctx, d, p)
	if u == nil {
		return fault.New(fault.Unavailable, "the phone cannot be called: %s", why)
	}
	words, err := c.Phones.CallPasswords(ctx, d)
	if err != nil {
		return err
	}
	problem := "no password to call it with"
	for _, w := range words {
		if problem = c.call(ctx, u.String(), d.MAC.String(), w.Reveal()); problem != badPassword {
			break
		}
	}
	if err := c.Phones.Called(context.WithoutCancel(ctx), d, problem); err != nil {
		return err
	}
	if problem != "" {
		return fault.New(fault.Unavailable, "the phone was called in vain: %s", problem)
	}
	return nil
}

const badPassword = "it takes another user or password"

// call makes one call, with the answer to the phone's challenge; "" is that the
// phone took it.
func (c *Channel) call(ctx context.Context, url, user, password string) (problem string) {
	res, problem := c.get(ctx, url, "")
	if problem != "" || res.StatusCode != http.StatusUnauthorized {
		return cmpProblem(problem, res)
	}
	ask, err := digest.FindChallenge(res.Header)
	if err != nil {
		return "it asks for a password in a way that is not known"
	}
	said, err := digest.Digest(ask, digest.Options{Method: http.MethodGet, URI: pathOf(url), Username: user, Password: password, Count: 1})
	if err != nil {
		return "it asks for a password in a way that is not known"
	}
	res, problem = c.get(ctx, url, said.String())
	return cmpProblem(problem, res)
}

func cmpProblem(problem string, res *http.Response) string {
	switch {
	case problem != "":
		return problem
	case res.StatusCode == http.StatusOK, res.StatusCode == http.StatusNoContent, res.StatusCode == http.StatusAccepted:
		return ""
	case res.StatusCode == http.StatusUnauthorized, res.StatusCode == http.StatusForbidden:
		return badPassword
	case res.StatusCode == http.StatusServiceUnavailable:
		return "it is busy"
	}
	return "it answered " + res.Status
}

// get asks once. The body is of no account and closed when it returns.
func (c *Channel) get(ctx context.Context, url, authorization string) (*http.Response, string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, "the address that it named cannot be called"
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := c.client.Do(req)
	if err != nil {
		return nil, inWords(err)
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	_, _ = io.CopyN(io.Discard, res.Body, limit.HeaderBytes)
	return res, ""
}

func inWords(err error) string {
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return "it does not answer"
	case fault.Is(err, fault.Denied):
		return fault.Message(err)
	}
	return "it cannot be reached"
}

// pathOf is what of an address stands in a request: some phones hold a secret
// there, and compare it byte by byte.
func pathOf(url string) string {
	req, err := http.NewRequest(http.MethodGet, url, nil) //nolint:noctx // it is never sent
	if err != nil {
		return "/"
	}
	return req.URL.RequestURI()
}
