package access

import (
	"errors"
	"time"

	"bellwether/internal/platform/fault"
)

// The codes of errors about signing in, for the API.
const (
	CodeNotSignedIn    = "not_signed_in"   // no session or token, or one that has ended
	CodeBadCredentials = "bad_credentials" // the same for a wrong login and a wrong password
	CodeLocked         = "locked"          // too many failures; see RetryAfter
)

func badCredentials() error {
	return fault.New(fault.Denied, "login or password is wrong").WithCode(CodeBadCredentials)
}

// locked is the cause of an error with CodeLocked.
type locked struct{ wait time.Duration }

// Error says how long to wait, in whole minutes or, below one, seconds.
func (l locked) Error() string {
	if l.wait <= time.Minute {
		return "try again in " + l.wait.Round(time.Second).String()
	}
	return "try again in " + (l.wait + time.Minute - 1).Truncate(time.Minute).String()
}

func lockedFor(wait time.Duration) error {
	err := fault.Wrap(fault.Denied, locked{wait}, "too many failed sign-ins")
	var f *fault.Error
	errors.As(err, &f)
	return f.WithCode(CodeLocked)
}

// RetryAfter returns how long to wait before the next try, where err says so.
func RetryAfter(err error) (time.Duration, bool) {
	var l locked
	ok := errors.As(err, &l)
	return l.wait, ok
}

// hidden is the answer for what does not exist and for what may not be seen.
func hidden(what string) error {
	return fault.New(fault.NotFound, "there is no such %s, or you may not see it", what)
}
