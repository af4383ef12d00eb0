package connreq

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
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
func (c *Channel) call(ctx context.Context, at, user, password string) (problem string) {
	status, header, problem := c.get(ctx, at, "")
	if problem != "" || status != http.StatusUnauthorized {
		return said(problem, status)
	}
	const odd = "it asks for a password in a way that is not known"
	ask, err := digest.FindChallenge(header)
	if err != nil {
		return odd
	}
	answer, err := digest.Digest(ask, digest.Options{Method: http.MethodGet, URI: pathOf(at), Username: user, Password: password, Count: 1})
	if err != nil {
		return odd
	}
	status, _, problem = c.get(ctx, at, answer.String())
	return said(problem, status)
}

// said is what a phone's answer to a call means.
func said(problem string, status int) string {
	switch {
	case problem != "":
		return problem
	case status == http.StatusOK, status == http.StatusNoContent, status == http.StatusAccepted:
		return ""
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return badPassword
	case status == http.StatusServiceUnavailable:
		return "it is busy"
	}
	return "it answered " + strconv.Itoa(status)
}

// get asks once. What the phone says besides status and header is of no account.
func (c *Channel) get(ctx context.Context, at, authorization string) (status int, h http.Header, problem string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return 0, nil, "the address that it named cannot be called"
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := c.client.Do(req)
	if err != nil {
		return 0, nil, inWords(err)
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	_, _ = io.CopyN(io.Discard, res.Body, limit.HeaderBytes)
	return res.StatusCode, res.Header, ""
}

func inWords(err error) string {
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return "it does not answer"
	case fault.Is(err, fault.Denied):
		return "that address may not be called" // the whole error tells the path, which is secret
	}
	return "it cannot be reached"
}

// pathOf is what of an address stands in a request: some phones hold a secret
// there, and compare it byte by byte.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "/"
	}
	return u.RequestURI()
}
