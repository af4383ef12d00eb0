package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
)

// keySize is that of AES-256.
const keySize = 32

// sealFormat stands in front of everything sealed, so that a later format can
// be told from this one.
const sealFormat = "1."

var errSealed = errors.New("the sealed text does not open: it was changed, moved, or sealed with another key")

// seal encrypts clear with key under a random nonce; about binds the result to
// its place. The result is text.
func seal(key, clear, about []byte) (string, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return "", err
	}
	nonce := Random(gcm.NonceSize())
	return sealFormat + base64.RawStdEncoding.EncodeToString(gcm.Seal(nonce, nonce, clear, about)), nil
}

// unseal is the inverse of seal. Any change to sealed or about fails alike.
func unseal(key []byte, sealed string, about []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	text, ok := strings.CutPrefix(sealed, sealFormat)
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if !ok || err != nil || len(raw) < gcm.NonceSize() {
		return nil, errSealed
	}
	clear, err := gcm.Open(nil, raw[:gcm.NonceSize()], raw[gcm.NonceSize():], about)
	if err != nil {
		return nil, errSealed
	}
	return clear, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// subKey derives a key of its own for each use of key.
func subKey(key []byte, use string) ([]byte, error) {
	return hkdf.Key(sha256.New, key, nil, "bellwether "+use, keySize)
}

// join writes the parts with their lengths in front, so that no two lists of
// parts give the same bytes.
func join(parts ...string) []byte {
	var out []byte
	for _, p := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(p)))
		out = append(out, p...)
	}
	return out
}

// aboutSecret is what binds a sealed secret to its row.
func aboutSecret(id string, version int, o Owner) []byte {
	return join("secret", o.TenantID, o.OrgID, o.Kind, o.ID, id, strconv.Itoa(version))
}

// aboutKey is what binds a wrapped data key to its row.
func aboutKey(id, tenant string) []byte { return join("data key", tenant, id) }
