package onboard

import (
	"context"
	"net/netip"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Pages calls on the web pages of a make's phones. It fails with Unavailable
// where nobody answers, and with Conflict where the answer is none that is known.
type Pages interface {
	// Reach finds a page. No password is shown to it.
	Reach(ctx context.Context, c Call) (Page, error)
}

// Call is where a page is.
type Call struct {
	Address netip.Addr
	Port    int // 0: the usual ones
	Form    vendors.PageForm
	User    string
	Clear   bool // it may be one without TLS; else that is a Conflict with the code ClearOnly
}

// Page is one phone's web page. Its methods are called one after another.
type Page interface {
	// SignIn shows the password, once. It fails with Invalid and the code
	// WrongPassword where the page refuses it.
	SignIn(ctx context.Context, password secret.String) error
	// MAC is what the page tells of itself, "" where it tells nothing.
	MAC(ctx context.Context) (mac.Address, error)
	// Numbers are the numbers that the page has for settings by name, as far as it
	// tells them; none is no error.
	Numbers(ctx context.Context) (map[string]string, error)
	// Read returns settings by number, without those that the page does not have or
	// does not show.
	Read(ctx context.Context, numbers []string) (map[string]secret.String, error)
	// Write sets settings by number. Where it fails nobody knows which are set.
	Write(ctx context.Context, values map[string]secret.String) error
	// Restart restarts the phone.
	Restart(ctx context.Context) error
	// Close signs out.
	Close(ctx context.Context)
}

// The codes of what a page may say.
const (
	ClearOnly     = "clear_only"
	WrongPassword = "wrong_password"
	PageLocked    = "page_locked"
	PageUnknown   = "page_unknown"
	PageSilent    = "page_silent"
)

// NoPage is the fault of a page that answers in no known way.
func NoPage() error {
	return fault.New(fault.Conflict, "the phone's web page answers in no way that is known: set it by hand, as its set-up card says").WithCode(PageUnknown)
}
