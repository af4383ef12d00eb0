package tftpd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/tftp"
)

// Config is what a door must be told.
type Config struct {
	Files   Opener
	Log     *slog.Logger
	Metrics *Metrics
	Clock   clock.Clock
	Network Listener
	// Retransmit is how long a block waits for its acknowledgement; 0 is
	// limit.TFTPRetransmit.
	Retransmit time.Duration
	Most       int // transfers at once; 0 is limit.TFTPTransfers, which is the most in any case
}

// Server is the door. Its limits hold for all its sockets together.
type Server struct {
	cfg   Config
	floor *floor
}

// New returns a door.
func New(c Config) *Server {
	if c.Retransmit <= 0 {
		c.Retransmit = limit.TFTPRetransmit
	}
	if c.Most <= 0 {
		c.Most = limit.TFTPTransfers
	}
	return &Server{cfg: c, floor: newFloor(min(c.Most, limit.TFTPTransfers), c.Metrics)}
}

// hubs is how many sockets the transfers of one listening socket share. A peer
// that asks again from the port that it had meets another one, which does not
// take a late block for one of the new transfer's.
const hubs = 2

// badReads is how many reads may fail one after another before a socket is given up.
const badReads = 100

// Run serves a socket until ctx ends, and then waits for the transfers, each of
// which ends with the block that it is at. It returns nil after an orderly end;
// the socket is closed.
func (s *Server) Run(ctx context.Context, conn net.PacketConn) (err error) {
	run, cancel := context.WithCancel(ctx)
	d := &desk{Server: s, conn: conn}
	var reading sync.WaitGroup
	defer func() {
		cancel()
		d.answering.Wait()
		for _, h := range d.hubs {
			err = errors.Join(err, h.close())
		}
		reading.Wait()
	}()
	for range hubs {
		h, err := s.newHub(run, conn)
		if err != nil {
			return errors.Join(err, conn.Close())
		}
		d.hubs = append(d.hubs, h)
		reading.Go(h.read)
	}
	stopped := context.AfterFunc(run, func() { _ = conn.Close() }) // it was only read, or a socket's end is said by the next read
	defer stopped()
	return d.read(run)
}

// desk takes the requests that come to one listening socket.
type desk struct {
	*Server
	conn      net.PacketConn
	hubs      []*hub
	next      int
	answering sync.WaitGroup
}

func (d *desk) read(ctx context.Context) error {
	buf := make([]byte, limit.TFTPRequest+1)
	for bad := 0; ; {
		n, from, err := d.conn.ReadFrom(buf)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // it is how the reading ends
		case err == nil:
			bad = 0
			d.heard(ctx, buf[:n], from)
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("serve tftp on %s: %w", d.conn.LocalAddr(), err)
		default:
			if bad++; bad >= badReads {
				return errors.Join(fmt.Errorf("serve tftp on %s: %w", d.conn.LocalAddr(), err), d.conn.Close())
			}
		}
	}
}

// heard begins what a datagram asks for. A request that comes again while its
// transfer runs is not heard: the transfer repeats its first block by itself.
func (d *desk) heard(ctx context.Context, b []byte, from net.Addr) {
	udp, ok := from.(*net.UDPAddr)
	r, err := tftp.Decode(b)
	switch {
	case !ok || errors.Is(err, tftp.ErrOther):
		d.drop("other")
	case errors.Is(err, tftp.ErrLong):
		d.drop("malformed")
		d.refuse(from, tftp.NotFound, errNotFound.Error())
	case err != nil:
		d.drop("malformed")
		d.refuse(from, tftp.Illegal, "this is no request that can be answered")
	case r.Write:
		d.drop("write")
		d.refuse(from, tftp.Violation, "this server is read only")
	default:
		p, why := d.floor.admit(udp.AddrPort())
		if p == nil {
			d.drop(why)
			return
		}
		h := d.hubs[d.next%len(d.hubs)]
		d.next++
		d.answering.Go(func() { d.transfer(ctx, h, p, r, udp) })
	}
}

func (s *Server) drop(reason string) { s.cfg.Metrics.dropped.WithLabelValues(reason).Inc() }

// refuse sends an error, which is never longer than what it answers is likely to
// be; one that is lost is sent again when the request is.
func (d *desk) refuse(to net.Addr, c tftp.Code, text string) {
	if _, err := d.conn.WriteTo(tftp.EncodeError(c, text), to); err != nil {
		d.cfg.Log.Debug("tftp error not sent", "peer", to.String(), "error", err)
	}
}
