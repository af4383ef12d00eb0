package phone

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what RFC 3711 has
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
)

// srtp encrypts one direction of a call: AES in counter mode with an 80-bit tag
// of HMAC-SHA1 (RFC 3711; keys of 256 bits by RFC 6188).
type srtp struct {
	block cipher.Block
	salt  [14]byte
	auth  []byte
	last  uint16
	roll  uint32
	begun bool
}

// newSRTP takes the key from a line of SDP: "1 AES_CM_128_HMAC_SHA1_80
// inline:<key and salt>|2^31".
func newSRTP(line string) (*srtp, error) {
	f := strings.Fields(line)
	if len(f) < 3 {
		return nil, errors.New("the line has no key")
	}
	text, _, _ := strings.Cut(strings.TrimPrefix(f[2], "inline:"), "|")
	key, err := base64.StdEncoding.DecodeString(text)
	size := map[string]int{"AES_CM_128_HMAC_SHA1_80": 16, "AES_256_CM_HMAC_SHA1_80": 32}[f[1]]
	if err != nil || size == 0 || len(key) != size+14 {
		return nil, errors.New("the key is not one of its suite")
	}
	master, err := aes.NewCipher(key[:size])
	if err != nil {
		return nil, err
	}
	s := &srtp{auth: derive(master, key[size:], 1, 20)}
	copy(s.salt[:], derive(master, key[size:], 2, 14))
	s.block, err = aes.NewCipher(derive(master, key[size:], 0, size))
	return s, err
}

// derive makes a session key (RFC 3711 §4.3.1).
func derive(master cipher.Block, salt []byte, label byte, size int) []byte {
	var iv [aes.BlockSize]byte
	copy(iv[:], salt)
	iv[7] ^= label
	out := make([]byte, size)
	cipher.NewCTR(master, iv[:]).XORKeyStream(out, out)
	return out
}

// protect encrypts a packet's payload and adds its tag. Packets are to come in
// the order of their numbers.
func (s *srtp) protect(packet []byte) []byte {
	seq := binary.BigEndian.Uint16(packet[2:])
	if s.begun && seq < s.last {
		s.roll++
	}
	s.last, s.begun = seq, true
	var iv [aes.BlockSize]byte // §4.1.1
	copy(iv[:], s.salt[:])
	for i, b := range packet[8:12] {
		iv[4+i] ^= b
	}
	index := uint64(s.roll)<<16 | uint64(seq)
	for i := range 6 {
		iv[8+i] ^= byte(index >> (40 - 8*i)) //nolint:gosec // a byte of it
	}
	cipher.NewCTR(s.block, iv[:]).XORKeyStream(packet[12:], packet[12:])
	tag := hmac.New(sha1.New, s.auth)
	tag.Write(packet)
	tag.Write(binary.BigEndian.AppendUint32(nil, s.roll))
	return append(packet, tag.Sum(nil)[:10]...)
}
