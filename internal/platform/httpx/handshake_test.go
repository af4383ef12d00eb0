package httpx

import "testing"

func TestHandshake(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][2]string{
		"http: TLS handshake error from 192.0.2.7:4711: remote error: tls: bad certificate": {"192.0.2.7", "remote error: tls: bad certificate"},
		"http: TLS handshake error from [2001:db8::7]:4711: EOF":                            {"2001:db8::7", "EOF"},
		"http: TLS handshake error from nowhere: EOF":                                       {},
		"http: panic serving 192.0.2.7:4711: oh":                                            {},
	} {
		peer, problem, ok := noTLS(line)
		if ok != (want[0] != "") || ok && (peer.Addr().String() != want[0] || problem != want[1]) {
			t.Errorf("%q: %s, %q, %v", line, peer, problem, ok)
		}
	}
}

func FuzzHandshake(f *testing.F) {
	f.Add("http: TLS handshake error from 192.0.2.7:4711: EOF")
	f.Fuzz(func(t *testing.T, line string) {
		if peer, _, ok := noTLS(line); ok && !peer.IsValid() {
			t.Fatalf("%q: %s, %v", line, peer, ok)
		}
	})
}
