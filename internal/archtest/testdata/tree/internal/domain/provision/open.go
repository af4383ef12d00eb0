package provision

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	who "bellwether/internal/domain/identity"
	"bellwether/internal/platform/secret"
)

type opener struct{ token secret.String }

func (o opener) open(ctx context.Context, d who.AuthenticatedDevice) {
	_ = time.Now()                        // want "may not use time.Now: time comes from platform/clock"
	time.Sleep(time.Second)               // want "may not use time.Sleep"
	_ = context.WithValue(ctx, 1, 2)      // want "a context carries facts about the request, never a service"
	fmt.Println(os.Getenv("HOME"))        // want "only cli talks to the terminal" // want "settings are read once, in config"
	slog.Info("x")                        // want "the log is a *slog.Logger that was handed in"
	_, _ = net.Dial("tcp", "x")           // want "goes through platform/dial and its deny list"
	_, _ = http.Get("http://example.org") // want "gets its transport from platform/dial"
	_ = secret.ForDevice("x")
	_ = secret.ForBackup() // want "may not use secret.ForBackup: backup"
	_ = o.token.Reveal()
	forged := who.AuthenticatedDevice{} // want "only internal/domain/identity can tell who asks"
	var empty who.AuthenticatedDevice   // want "only internal/domain/identity can tell who asks"
}
