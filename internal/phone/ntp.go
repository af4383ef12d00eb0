package phone

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // what RFC 5905 has
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Of NTP version 4 (RFC 5905 §7.3): a packet of 48 octets, in a signed one
// followed by the key's number and a digest over the key and the packet.
const (
	ntpPacket = 48
	ntpSigned = ntpPacket + 4 + md5.Size
	ntpEpoch  = 2208988800 // seconds from 1900 to 1970
)

// TimeKey is what time servers sign with. No setting of a phone is known to hold
// it, so it is typed in by hand.
type TimeKey struct {
	Number uint32
	Key    string
}

// keepTime asks the time servers at once, in their interval, and again as soon
// as they change. It stops with ctx.
func (p *Phone) keepTime(ctx context.Context) {
	for ctx.Err() == nil {
		since := p.changes()
		s := p.services().Time
		p.askTime(ctx, s)
		minutes := float64(s.Every) / float64(time.Minute)
		p.rest(ctx, time.Duration(minutes*float64(p.cfg.MinutesAs)), since)
	}
}

// askTime takes the time of the first server that gives one.
func (p *Phone) askTime(ctx context.Context, s TimeService) {
	for _, server := range s.Servers {
		offset, err := p.timeOf(ctx, withPort(server, "123"), s.Signed)
		p.mu.Lock()
		if p.status.TimeError = ""; err != nil {
			p.status.TimeError = server + ": " + err.Error()
		} else {
			p.status.TimeFrom = server
		}
		p.mu.Unlock()
		if err == nil {
			p.beside.mu.Lock()
			p.beside.offset = offset
			p.beside.mu.Unlock()
			return
		}
		p.say(LogWarning, "no time from "+server+": "+err.Error())
	}
}

// timeOf asks a server how far the machine's clock is off.
func (p *Phone) timeOf(ctx context.Context, addr string, signed bool) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience/6)
	defer cancel()
	conn, err := p.cfg.Network.Dial(ctx, "udp", addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	sent := p.cfg.Clock.Now()
	ask := make([]byte, ntpPacket, ntpSigned)
	ask[0] = 4<<3 | 3 // version 4, client
	binary.BigEndian.PutUint64(ask[40:], ntpTime(sent))
	if signed {
		ask = p.cfg.TimeKey.sign(ask)
	}
	if _, err := conn.Write(ask); err != nil {
		return 0, err
	}
	answer := make([]byte, 512)
	n, err := conn.Read(answer)
	if err != nil {
		return 0, errors.New("the server does not answer")
	}
	if answer = answer[:n]; signed && !p.cfg.TimeKey.signed(answer) {
		return 0, errors.New("the time is not signed with the phone's key")
	}
	return judgeTime(ask, answer, sent, p.cfg.Clock.Now())
}

// judgeTime checks an answer (RFC 5905 §8) and works out the offset.
func judgeTime(ask, answer []byte, sent, got time.Time) (time.Duration, error) {
	switch {
	case len(answer) < ntpPacket || answer[0]&7 != 4:
		return 0, errors.New("the answer is none of a time server")
	case !bytes.Equal(answer[24:32], ask[40:48]):
		return 0, errors.New("the answer is to another question")
	case answer[0]>>6 == 3 || answer[1] == 0 || answer[1] > 15:
		return 0, fmt.Errorf("the server has no time itself (stratum %d)", answer[1])
	}
	there := timeNTP(binary.BigEndian.Uint64(answer[32:])).Sub(sent)
	back := timeNTP(binary.BigEndian.Uint64(answer[40:])).Sub(got)
	return there/2 + back/2, nil
}

func (k TimeKey) digest(packet []byte) []byte {
	sum := md5.Sum(append([]byte(k.Key), packet[:ntpPacket]...)) //nolint:gosec // see above
	return sum[:]
}

func (k TimeKey) sign(packet []byte) []byte {
	return append(binary.BigEndian.AppendUint32(packet, k.Number), k.digest(packet)...)
}

func (k TimeKey) signed(answer []byte) bool {
	return len(answer) == ntpSigned && k.Key != "" && binary.BigEndian.Uint32(answer[ntpPacket:]) == k.Number &&
		subtle.ConstantTimeCompare(answer[ntpPacket+4:], k.digest(answer)) == 1
}

// ntpTime is seconds and their fraction since 1900.
func ntpTime(t time.Time) uint64 {
	return uint64(t.Unix()+ntpEpoch)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}

// timeNTP is the inverse; from 2036 on the seconds begin again (RFC 5905 §6).
func timeNTP(v uint64) time.Time {
	seconds := int64(v >> 32)
	if seconds < 1<<31 {
		seconds += 1 << 32
	}
	return time.Unix(seconds-ntpEpoch, int64(v&0xffffffff*uint64(time.Second)>>32)).UTC()
}
