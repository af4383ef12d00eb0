package phone_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
)

// stunServer answers binding requests (RFC 3489): it wants a proof, and says of
// everybody that he has one address.
type stunServer struct {
	conn   net.PacketConn
	mapped netip.AddrPort

	mu     sync.Mutex // guards what follows
	peer   net.Addr
	plain  int
	signed int
	bound  bool
}

func newStun(t *testing.T, w *world, mapped string) *stunServer {
	t.Helper()
	conn, err := w.net.ListenPacket(t.Context(), "udp", ":3478")
	if err != nil {
		t.Fatal(err)
	}
	s := &stunServer{conn: conn, mapped: netip.MustParseAddrPort(mapped)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.serve()
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return s
}

func (s *stunServer) serve() {
	buf := make([]byte, 1500)
	for {
		n, peer, err := s.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		_, _ = s.conn.WriteTo(s.answer(buf[:n], peer), peer)
	}
}

// answer reads a request's attributes and writes what it deserves.
func (s *stunServer) answer(b []byte, peer net.Addr) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.peer = peer
	if n := int(binary.BigEndian.Uint16(b[2:])); n != len(b)-20 {
		return nil
	}
	proved := false
	for at := 20; at+4 <= len(b); {
		kind, size := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		value := b[at+4 : at+4+size]
		switch kind {
		case 0xC001:
			s.bound = string(value) == "dslforum.org/TR-111 "
		case 0x0008:
			text := append([]byte(nil), b[:at]...)
			for len(text)%64 > 0 {
				text = append(text, 0)
			}
			h := hmac.New(sha1.New, []byte("stun-1"))
			h.Write(text)
			proved = hmac.Equal(value, h.Sum(nil))
		}
		at += 4 + (size+3)/4*4
	}
	id := b[4:20]
	if !proved {
		s.plain++
		return append([]byte{0x01, 0x11, 0, 0}, id...)
	}
	s.signed++
	out := append([]byte{0x01, 0x01, 0, 12}, id...)
	out = append(out, 0, 1, 0, 8, 0, 1)
	out = binary.BigEndian.AppendUint16(out, s.mapped.Port())
	ip := s.mapped.Addr().As4()
	return append(out, ip[:]...)
}

func (s *stunServer) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.plain + s.signed
}

func (s *stunServer) seen() (plain, signed int, bound bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.plain, s.signed, s.bound
}

// request sends a connection request by UDP, from the socket that the phone knows.
func (s *stunServer) request(t *testing.T, ts int64, id, user, password string) {
	t.Helper()
	h := hmac.New(sha1.New, []byte(password))
	fmt.Fprintf(h, "%d%s%s%s", ts, id, user, "0123456789abcdef")
	s.mu.Lock()
	peer := s.peer
	s.mu.Unlock()
	msg := fmt.Sprintf("GET http://%s?ts=%d&id=%s&un=%s&cn=0123456789abcdef&sig=%s HTTP/1.1\r\nHost: %s\r\n\r\n", s.mapped, ts, id, user, hex.EncodeToString(h.Sum(nil)), s.mapped)
	if _, err := s.conn.WriteTo([]byte(msg), peer); err != nil {
		t.Fatal(err)
	}
}
