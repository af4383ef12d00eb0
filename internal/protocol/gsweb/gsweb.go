// Package gsweb is what a Grandstream phone's own web page says to programs:
// requests and answers, in the two forms that are known. It is bytes alone; who
// asks is gswebclient.
//
// The maker publishes nothing of it. The forms are as three independent projects
// read and used them (a GXP2170 and a GRP2601P, a WP826, and GXP16xx): the newer
// firmware wants a hash of the password and a token, and has settings as
// JSON; the older one takes the password itself, and settings as a form. What
// differs between them and between firmwares is read either way.
package gsweb

import (
	"errors"
	"net/url"
)

// Request is one request to a page.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Kind   string // media type of Body, "" for none
	Body   string
}

// Session is a page that lets us in.
type Session struct {
	ID  string
	MAC string // as the page tells it, "" for not at all
}

// What an answer can be instead of one that was hoped for.
var (
	ErrRefused = errors.New("the page refuses it")
	ErrLocked  = errors.New("the page is locked after too many wrong passwords")
	ErrForm    = errors.New("the answer is none that is known of such a page")
)

// AtOnce is how many settings one request asks for in the newer form, and
// AtOncePlain in the older one, whose pages are small.
const (
	AtOnce      = 50
	AtOncePlain = 20
)

// MACNumber is the setting in which a page tells the phone's MAC.
const MACNumber = "67"

const (
	form     = "application/x-www-form-urlencoded"
	jsonKind = "application/json"
	longest  = 256 // bytes of a token or a session's id
)
