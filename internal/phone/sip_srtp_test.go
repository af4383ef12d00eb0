package phone

import (
	"crypto/aes"
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
)

// RFC 3711, appendix B.3: the keys that come of one master key.
func TestDerive(t *testing.T) {
	t.Parallel()
	key, _ := hex.DecodeString("E1F97A0D3E018BE0D64FA32C06DE4139")
	salt, _ := hex.DecodeString("0EC675AD498AFEEBB6960B3AABE6")
	master, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	for label, want := range []string{"C61E7A93744F39EE10734AFE3FF7A087", "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4", "30CBBC08863D8C85D49DB34A9AE1"} {
		if got := strings.ToUpper(hex.EncodeToString(derive(master, salt, byte(label), len(want)/2))); got != want {
			t.Errorf("label %d: %s, want %s", label, got, want)
		}
	}
}

func TestNewSRTP_refuses(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"", "1 AES_CM_128_HMAC_SHA1_80", "1 AES_CM_128_HMAC_SHA1_80 inline:!!", "1 AES_CM_128_HMAC_SHA1_80 inline:YWJj", "1 NULL inline:YWJj"} {
		if _, err := newSRTP(line); err == nil {
			t.Errorf("%q is a key", line)
		}
	}
}

// A phone that is to speak SIP needs sockets and an address.
func TestNew_SIP_needs_a_network(t *testing.T) {
	t.Parallel()
	c := Config{MAC: "00005e005301", Model: "any", Persona: nobody{}, ServerURL: "http://192.0.2.1/", Network: dial.NewMemNet(), SIP: &SIP{}}
	if _, err := New(c); !fault.Is(err, fault.Invalid) {
		t.Errorf("without an address: %v", err)
	}
	c.SIP.Address = netip.MustParseAddr("192.0.2.77")
	if _, err := New(c); err != nil {
		t.Errorf("with both: %v", err)
	}
	c.Network = struct{ Network }{dial.NewMemNet()}
	if _, err := New(c); !fault.Is(err, fault.Invalid) {
		t.Errorf("with a network that only dials: %v", err)
	}
}

// nobody is a persona that knows no telephone.
type nobody struct{ Persona }

func (nobody) Models() []string                             { return []string{"any"} }
func (nobody) Firmware() string                             { return "1" }
func (nobody) Factory(Device, *rand.Rand) map[string]string { return map[string]string{} }
func (nobody) Point(*url.URL) map[string]string             { return nil }
