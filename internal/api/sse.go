package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/httpx"
	"bellwether/internal/platform/scope"
)

const (
	streamBeat  = 15 * time.Second // a comment that keeps proxies from closing an idle stream
	streamQueue = 256              // changes that wait for a slow reader; beyond that it is told to look at all
	streamLife  = 10 * time.Minute // then the browser comes again, and is judged again
)

// events is the live stream of an organization: what changed, by collection and
// id. It carries no content; whoever reads it looks again.
func (a *API) events(w http.ResponseWriter, r *http.Request) {
	ctx, o, err := a.in(r.Context(), r.PathValue("org"), access.DeviceRead)
	if err != nil {
		k := fault.KindOf(err)
		writeProblem(w, statusOf(k, ""), "", fault.Message(err))
		return
	}
	out := http.NewResponseController(w)
	if err := out.SetWriteDeadline(time.Time{}); err != nil {
		writeProblem(w, http.StatusInternalServerError, "", "streaming is not possible on this connection")
		return
	}
	changes := make(chan string, streamQueue)
	leave, err := a.Bus.Subscribe(bus.Subject(o.ID, "*"), func(_ string, data []byte) { push(changes, narrowed(ctx, data)) })
	if err != nil {
		writeProblem(w, http.StatusServiceUnavailable, "", "live changes are not available now")
		return
	}
	defer leave()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	if !say(w, out, "event: hello\ndata: {}\n\n") {
		return
	}
	stopping := httpx.Stopping(ctx)
	beat, end := time.NewTicker(streamBeat), time.NewTimer(streamLife)
	defer beat.Stop()
	defer end.Stop()
	for {
		var line string
		select {
		case <-ctx.Done():
			return
		case <-end.C:
			return
		case <-stopping:
			return
		case <-beat.C:
			line = ": \n\n"
		case c := <-changes:
			line = "event: change\ndata: " + c + "\n\n"
		}
		if !say(w, out, line) {
			return
		}
	}
}

// narrowed is a change as the asker may hear it: who holds single sites only is
// told the collection and not which of its objects, since that may stand anywhere.
func narrowed(ctx context.Context, data []byte) string {
	if scope.From(ctx).Sites == nil {
		return string(data)
	}
	var c bus.Change
	if json.Unmarshal(data, &c) != nil {
		return "{}"
	}
	b, err := json.Marshal(bus.Change{Collection: c.Collection})
	if err != nil {
		return "{}"
	}
	return string(b)
}

// push queues a change; where the reader is too slow the oldest gives way to a
// word that everything should be looked at.
func push(to chan string, c string) {
	select {
	case to <- c:
		return
	default:
	}
	all, err := json.Marshal(bus.Change{Collection: "*"})
	if err != nil {
		return
	}
	for range 2 {
		select {
		case <-to:
		default:
		}
	}
	select {
	case to <- string(all):
	default:
	}
}

func say(w http.ResponseWriter, out *http.ResponseController, s string) bool {
	if _, err := fmt.Fprint(w, s); err != nil {
		return false
	}
	return out.Flush() == nil
}
