package phone

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// page is what the phone plays of multicast paging. The agent's mu guards it.
type page struct {
	conns  []net.PacketConn
	level  int // 1 the most important; 0 for none
	heard  time.Time
	played int
}

// pageEnd is how long a page is quiet before it is over.
const pageEnd = 3 * time.Second

func (p *page) close() {
	for _, c := range p.conns {
		_ = c.Close()
	}
}

// listenPages listens at the addresses of the settings.
func (a *agent) listenPages(ctx context.Context) {
	for i, addr := range a.voice.Pages {
		if ap, err := netip.ParseAddrPort(addr); err != nil || !ap.IsValid() {
			continue
		}
		conn, err := a.net.ListenPacket(ctx, "udp", addr)
		if err != nil {
			continue // somebody else has it: no page is heard there
		}
		a.pages.conns = append(a.pages.conns, conn)
		a.wg.Go(func() {
			buf := make([]byte, 2048)
			for {
				n, _, err := conn.ReadFrom(buf)
				if err != nil {
					return
				}
				if a.isPage(buf[:n]) {
					a.paged(ctx, i+1)
				}
			}
		})
	}
}

// isPage reads whether a packet is of the channel: plain RTP for 0, else the
// Polycom form, whose second byte is the channel (alert 0x0f, transmit 0x10, end
// 0xff; Polycom engineering advisory 64008, from memory).
func (a *agent) isPage(b []byte) bool {
	if a.voice.PageChannel == 0 {
		return len(b) >= 12 && b[0]>>6 == 2
	}
	return len(b) >= 2 && (b[0] == 0x0f || b[0] == 0x10) && int(b[1]) == a.voice.PageChannel
}

// paged plays a page where it is important enough: over a call by the barging
// level, over another page where that is allowed.
func (a *agent) paged(ctx context.Context, level int) {
	calls, _ := a.busy(nil)
	a.mu.Lock()
	now := a.clock.Now()
	playing := a.pages.level != 0 && now.Sub(a.pages.heard) < pageEnd
	if playing && a.pages.level != level && !(a.voice.PageOverPage && level < a.pages.level) {
		a.mu.Unlock()
		return
	}
	if calls > 0 && (a.voice.PageBarge == 0 || level >= a.voice.PageBarge) && !playing {
		a.mu.Unlock()
		return
	}
	first := !playing
	a.pages.level, a.pages.heard = level, now
	a.pages.played++
	a.mu.Unlock()
	if first && calls > 0 {
		a.holdOthers(ctx, nil)
	}
}

// Paging returns the level of the page that is played, 0 for none.
func (p *Phone) Paging() int {
	a := p.talker()
	if a == nil {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.clock.Now().Sub(a.pages.heard) >= pageEnd {
		return 0
	}
	return a.pages.level
}
