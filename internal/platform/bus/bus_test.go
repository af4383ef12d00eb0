package bus_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"

	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

const wait = 20 * time.Second

// pairs returns, per implementation, two handles on one bus: two nodes, or twice
// the same where there can be only one.
func pairs() map[string]func(t *testing.T) (a, b bus.Bus) {
	return map[string]func(t *testing.T) (a, b bus.Bus){
		"memory": func(*testing.T) (bus.Bus, bus.Bus) { m := bus.NewMemory(); return m, m },
		"embedded": func(t *testing.T) (bus.Bus, bus.Bus) {
			b := open(t, "")
			return b, b
		},
		"external": func(t *testing.T) (bus.Bus, bus.Bus) {
			url := external(t)
			return open(t, url), open(t, url)
		},
	}
}

func open(t *testing.T, url string) bus.Bus {
	t.Helper()
	b, err := bus.Open(context.Background(), bus.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return b
}

// external starts a NATS server on a loopback port, as an operator would.
func external(t *testing.T) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(wait) {
		t.Fatal("no NATS server")
	}
	return s.ClientURL()
}

func each(t *testing.T, body func(t *testing.T, a, b bus.Bus)) {
	for name, pair := range pairs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := pair(t)
			body(t, a, b)
		})
	}
}

func publish(t *testing.T, b bus.Bus, subject, data string) {
	t.Helper()
	if err := b.Publish(subject, []byte(data)); err != nil {
		t.Fatal(err)
	}
}

func subscribe(t *testing.T, b bus.Bus, subject string) (got chan string, stop func()) {
	t.Helper()
	got = make(chan string, 1000)
	stop, err := b.Subscribe(subject, func(s string, data []byte) { got <- s + " " + string(data) })
	if err != nil {
		t.Fatal(err)
	}
	return got, stop
}

func take(t *testing.T, c chan string, n int) []string {
	t.Helper()
	var list []string
	for range n {
		select {
		case s := <-c:
			list = append(list, s)
		case <-time.After(wait):
			t.Fatalf("only %v came", list)
		}
	}
	return list
}

func TestBus_order_and_reach(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, a, b bus.Bus) {
		near, _ := subscribe(t, a, "org.1.devices")
		far, _ := subscribe(t, b, "org.1.devices")
		var want []string
		for i := range 200 {
			publish(t, a, "org.1.devices", fmt.Sprint(i))
			want = append(want, fmt.Sprintf("org.1.devices %d", i))
		}
		for name, c := range map[string]chan string{"near": near, "far": far} {
			if diff := cmp.Diff(want, take(t, c, len(want))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}

func TestBus_wildcards(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, a, b bus.Bus) {
		got := map[string]chan string{}
		for _, s := range []string{"org.1.*", "org.>", "org.*.devices", "org.1.devices.>", "org"} {
			got[s], _ = subscribe(t, b, s)
		}
		for _, s := range []string{"org.1.devices", "org.2.devices", "org.1.tasks", "org", "org.1", "org.1.devices.x"} {
			publish(t, a, s, "m")
		}
		publish(t, a, "org.1.devices.end", "m")
		for s, want := range map[string][]string{
			"org.1.*":         {"org.1.devices m", "org.1.tasks m"},
			"org.*.devices":   {"org.1.devices m", "org.2.devices m"},
			"org.1.devices.>": {"org.1.devices.x m", "org.1.devices.end m"},
			"org":             {"org m"},
			"org.>":           {"org.1.devices m", "org.2.devices m", "org.1.tasks m", "org.1 m", "org.1.devices.x m", "org.1.devices.end m"},
		} {
			if diff := cmp.Diff(want, take(t, got[s], len(want))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", s, diff)
			}
		}
	})
}

func TestBus_unsubscribe(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, a, b bus.Bus) {
		gone, stop := subscribe(t, b, "x.y")
		kept, _ := subscribe(t, b, "x.y")
		publish(t, a, "x.y", "1")
		take(t, gone, 1)
		stop()
		stop()
		publish(t, a, "x.y", "2")
		take(t, kept, 2)
		if len(gone) > 0 {
			t.Errorf("%q came after the end", <-gone)
		}
	})
}

func TestBus_refuses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, a, _ bus.Bus) {
		for _, s := range []string{"", ".", "a..b", "a b", "a.*", "a.>", "a*.b", "a.>.b", "a\r\nPUB b"} {
			if err := a.Publish(s, nil); !fault.Is(err, fault.Internal) {
				t.Errorf("Publish(%q) = %v", s, err)
			}
		}
		if err := a.Publish("a", []byte(strings.Repeat("x", limit.BusBytes+1))); !fault.Is(err, fault.Internal) {
			t.Errorf("a large message: %v", err)
		}
		if _, err := a.Subscribe("a.>.b", nil); !fault.Is(err, fault.Internal) {
			t.Errorf("Subscribe = %v", err)
		}
	})
}

func TestBus_closed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, a, _ bus.Bus) {
		got, stop := subscribe(t, a, "a")
		publish(t, a, "a", "1")
		take(t, got, 1)
		if err := a.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
		if err := a.Publish("a", nil); !fault.Is(err, fault.Unavailable) {
			t.Errorf("Publish = %v, want Unavailable", err)
		}
		if _, err := a.Subscribe("a", nil); !fault.Is(err, fault.Unavailable) {
			t.Errorf("Subscribe = %v, want Unavailable", err)
		}
		stop()
	})
}

func TestOpen_no_server(t *testing.T) {
	t.Parallel()
	_, err := bus.Open(context.Background(), bus.Config{URL: "nats://127.0.0.1:1"})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("Open = %v, want Unavailable", err)
	}
}

func TestAnnounce(t *testing.T) {
	t.Parallel()
	m := bus.NewMemory()
	got, stop := subscribe(t, m, bus.Subject("o1", "*"))
	defer stop()
	bus.Announce(m, "o1", "devices", "d1")
	if s := take(t, got, 1)[0]; s != `org.o1.devices {"collection":"devices","id":"d1"}` {
		t.Errorf("got %s", s)
	}
}
