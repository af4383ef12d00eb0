package phone

import (
	"encoding/binary"
	"testing"
	"time"
)

func TestNTPTime(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{time.Unix(0, 0), time.Date(2026, 3, 4, 5, 6, 7, 5e8, time.UTC), time.Date(2037, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if got := timeNTP(ntpTime(at)); got.Sub(at).Abs() > time.Microsecond {
			t.Errorf("%s comes back as %s", at, got)
		}
	}
}

func FuzzJudgeTime(f *testing.F) {
	sent := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	ask := make([]byte, ntpPacket)
	binary.BigEndian.PutUint64(ask[40:], ntpTime(sent))
	good := make([]byte, ntpPacket)
	good[0], good[1] = 4<<3|4, 1
	copy(good[24:32], ask[40:])
	binary.BigEndian.PutUint64(good[32:], ntpTime(sent.Add(time.Hour)))
	binary.BigEndian.PutUint64(good[40:], ntpTime(sent.Add(time.Hour)))
	if offset, err := judgeTime(ask, good, sent, sent); err != nil || (offset-time.Hour).Abs() > time.Microsecond {
		f.Fatalf("%s, %v", offset, err)
	}
	f.Add(good)
	f.Add([]byte{0xe3})
	key := TimeKey{Number: 1, Key: "k"}
	f.Fuzz(func(t *testing.T, answer []byte) {
		if _, err := judgeTime(ask, answer, sent, sent); err == nil && len(answer) < ntpPacket {
			t.Error("half an answer counts")
		}
		if key.signed(answer) && len(answer) != ntpSigned {
			t.Error("an answer of a wrong length is signed")
		}
	})
}
