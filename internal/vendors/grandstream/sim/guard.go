package sim

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5" //nolint:gosec // the maker's form: openssl enc -aes-256-cbc -md md5
	"encoding/xml"
	"strings"

	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
)

var _ phone.Keeper = (*Persona)(nil)

// Admit opens a file that is encrypted with the password that the phone holds
// (the maker's provisioning guide). A phone with a password takes no other file,
// one without a password none that is encrypted (pessimistic). With "Authenticate
// conf file" on it takes only a file that is encrypted or says whose it is: how
// the maker's phones check one is not published.
func (p *Persona) Admit(d phone.Device, held map[string]string, data []byte) ([]byte, error) {
	w := p.series.words
	password := held[w.filePassword]
	sealed := bytes.HasPrefix(data, []byte(saltMark))
	switch {
	case sealed && password == "":
		return nil, fault.New(fault.Invalid, "the file is encrypted, and the phone holds no password")
	case sealed:
		return unseal(data, password)
	case password != "":
		return nil, fault.New(fault.Invalid, "the file is not encrypted, and the phone holds a password")
	case held[w.authenticate] == w.yes && !speaksOf(d, data):
		return nil, fault.New(fault.Invalid, "the file does not say whose it is, and the phone wants to know")
	}
	return data, nil
}

// Protects reads "User protection".
func (p *Persona) Protects(held map[string]string) bool {
	w := p.series.words
	return held[w.protect] == w.yes
}

func speaksOf(d phone.Device, data []byte) bool {
	var f provision
	if err := xml.Unmarshal(data, &f); err != nil || len(f.MAC) != 1 {
		return false
	}
	a, err := mac.Parse(strings.TrimSpace(f.MAC[0]))
	return err == nil && a == d.MAC
}

const saltMark = "Salted__"

// unseal is the other way round of "openssl enc -aes-256-cbc -md md5": after the
// mark eight bytes of salt; 48 bytes of key and initial value out of MD5 sums of
// the sum before, the password and the salt.
func unseal(data []byte, password string) ([]byte, error) {
	bad := fault.New(fault.Invalid, "the phone's password does not open the file")
	if len(data) < 32 || len(data)%aes.BlockSize != 0 {
		return nil, bad
	}
	salted := append([]byte(password), data[8:16]...)
	var stream, sum []byte
	for range 3 {
		s := md5.Sum(append(sum, salted...)) //nolint:gosec // see above
		sum = s[:]
		stream = append(stream, sum...)
	}
	block, err := aes.NewCipher(stream[:32])
	if err != nil {
		return nil, bad
	}
	out := make([]byte, len(data)-16)
	cipher.NewCBCDecrypter(block, stream[32:]).CryptBlocks(out, data[16:])
	pad := int(out[len(out)-1])
	if pad < 1 || pad > aes.BlockSize || !bytes.Equal(out[len(out)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, bad
	}
	return out[:len(out)-pad], nil
}
