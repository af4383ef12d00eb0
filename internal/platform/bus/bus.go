// Package bus passes hints between the parts and the nodes of the program: "look
// again at the devices of this organization". A hint may be lost or come twice;
// whatever must not be lost is a row or a job.
//
// Open gives NATS, embedded without a listening socket or external; Memory gives
// an implementation without goroutines of NATS, for virtual time. Both pass the
// suite in bustest.
package bus

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Bus publishes to whoever is subscribed at the moment. It is safe for
// concurrent use.
type Bus interface {
	// Publish sends data, at most limit.BusBytes of it, to the subscribers of
	// subject, on all nodes. It does not wait for them.
	Publish(subject string, data []byte) error
	// Subscribe has fn called for each message on subject, one at a time and in
	// the order in which one publisher sent them. In the subject a part may be
	// "*" for any one, and the last ">" for one or more. After unsubscribe has
	// returned, fn is called no more. Neither fn nor what it waits for may call
	// unsubscribe.
	Subscribe(subject string, fn func(subject string, data []byte)) (unsubscribe func(), err error)
	// Close ends all subscriptions. It waits until what was published before
	// has been handed to the server.
	Close() error
}

// Config says which bus.
type Config struct {
	URL string // "" = embedded; else nats://…[,nats://…]
	Log *slog.Logger
}

// Open starts the embedded bus or connects to an external one. It fails with
// fault.Unavailable where that does not answer.
func Open(ctx context.Context, c Config) (Bus, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.URL == "" {
		return openEmbedded(c)
	}
	return openExternal(ctx, c)
}

// Change is the content of a hint that a collection of an organization changed.
type Change struct {
	Collection string `json:"collection"` // as in the API: "devices"
	ID         string `json:"id"`         // "" = look at the whole collection
}

// Subject returns where changes of an organization's collection are published.
// "*" stands for any collection.
func Subject(org, collection string) string { return "org." + org + "." + collection }

// WakeSubject returns where it is published that a command waits for a device.
func WakeSubject(device string) string { return "device." + device + ".wake" }

// Announce publishes a change. A hint that cannot be sent is dropped: whoever
// shows the collection looks again by itself after a while.
func Announce(b Bus, org, collection, id string) {
	data, err := json.Marshal(Change{Collection: collection, ID: id})
	if err != nil {
		return
	}
	_ = b.Publish(Subject(org, collection), data)
}

// checkSubject refuses what NATS would take for something else. Wildcards are
// for subscribers only.
func checkSubject(subject string, wildcards bool) error {
	parts := strings.Split(subject, ".")
	for i, p := range parts {
		switch {
		case p == "", strings.ContainsAny(p, " \t\r\n"):
			return badSubject(subject)
		case p == "*" || p == ">" && i == len(parts)-1:
			if !wildcards {
				return badSubject(subject)
			}
		case strings.ContainsAny(p, "*>"):
			return badSubject(subject)
		}
	}
	return nil
}

func badSubject(subject string) error {
	return fault.New(fault.Internal, "%q is no subject for the bus", subject)
}

func checkSize(data []byte) error {
	if len(data) > limit.BusBytes {
		return fault.New(fault.Internal, "a bus message of %d bytes is larger than %d", len(data), limit.BusBytes)
	}
	return nil
}
