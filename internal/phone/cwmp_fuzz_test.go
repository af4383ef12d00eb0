package phone

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"testing"
)

// FuzzJudgeDatagram: whatever comes in by UDP, only what is signed has the phone
// come.
func FuzzJudgeDatagram(f *testing.F) {
	h := hmac.New(sha1.New, []byte("pw"))
	h.Write([]byte("17" + "5" + "acs" + "ab"))
	good := "GET http://192.0.2.77:7547?ts=17&id=5&un=acs&cn=ab&sig=" + hex.EncodeToString(h.Sum(nil)) + " HTTP/1.1\r\nHost: 192.0.2.77:7547\r\n\r\n"
	if id, ts, ok := judgeDatagram([]byte(good), "acs", "pw"); id != "5" || ts != 17 || !ok {
		f.Fatalf("a good one is %q, %d, %v", id, ts, ok)
	}
	f.Add(good)
	f.Add("GET  HTTP/1.1")
	f.Fuzz(func(t *testing.T, s string) {
		if _, _, ok := judgeDatagram([]byte(s), "acs", "another"); ok {
			t.Errorf("%q has the phone come", s)
		}
		if _, _, ok := judgeDatagram([]byte(s), "acs", ""); ok {
			t.Errorf("%q has a phone come that has no password", s)
		}
	})
}

// FuzzMappedIn: no answer of a STUN server breaks its reader.
func FuzzMappedIn(f *testing.F) {
	good := append(append([]byte{1, 1, 0, 12}, make([]byte, 16)...), 0, 1, 0, 8, 0, 1, 0x9c, 0x40, 198, 51, 100, 9)
	if got := mappedIn(good).String(); got != "198.51.100.9:40000" {
		f.Fatalf("a good one is %s", got)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 20 { // read does not hand on less
			return
		}
		if got := mappedIn(b); got.IsValid() && len(b) < 32 {
			t.Errorf("%x holds %s", b, got)
		}
	})
}
