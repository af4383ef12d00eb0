// Package saltedaes is the file form of "openssl enc -aes-256-cbc -md md5 -salt":
// the word Salted__, eight bytes of salt, and AES-256 in CBC mode with a key and
// an initial value that one round of MD5 makes from password and salt
// (EVP_BytesToKey). Some makes of phone take their configuration in it.
//
// It keeps a file from being read on the way. It does not prove who wrote it, and
// a weak password is soon found: HTTPS is what protects a phone.
package saltedaes

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5" //nolint:gosec // the form is given: phones know no other
	"crypto/subtle"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Salt is what makes equal files look different under equal passwords. Where it
// comes from is the caller's choice; equal salts give equal bytes.
type Salt [8]byte

const (
	magic   = "Salted__"
	keySize = 32
)

// Sealed reports whether a file has this form.
func Sealed(data []byte) bool { return bytes.HasPrefix(data, []byte(magic)) }

// Encrypt seals a file of at most limit.ConfigBytes. It fails with fault.Invalid
// for a larger one and for an empty password.
func Encrypt(plain []byte, password string, salt Salt) ([]byte, error) {
	if password == "" {
		return nil, fault.New(fault.Invalid, "a file cannot be encrypted without a password")
	}
	if len(plain) > limit.ConfigBytes {
		return nil, fault.New(fault.Invalid, "the file has %d bytes, at most %d can be encrypted", len(plain), limit.ConfigBytes)
	}
	block, iv, err := start(password, salt)
	if err != nil {
		return nil, err
	}
	n := aes.BlockSize - len(plain)%aes.BlockSize
	out := make([]byte, 0, len(magic)+len(salt)+len(plain)+n)
	out = append(append(out, magic...), salt[:]...)
	out = append(out, plain...)
	out = append(out, bytes.Repeat([]byte{byte(n)}, n)...)
	body := out[len(magic)+len(salt):]
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(body, body)
	return out, nil
}

// Decrypt opens a sealed file. It fails with fault.Invalid where the file has
// another form or the password is wrong; the two are told apart as far as the
// form allows.
func Decrypt(data []byte, password string) ([]byte, error) {
	var salt Salt
	head := len(magic) + len(salt)
	if !Sealed(data) || len(data) < head+aes.BlockSize || (len(data)-head)%aes.BlockSize != 0 {
		return nil, fault.New(fault.Invalid, "the file is not one that OpenSSL encrypted with a salt")
	}
	if len(data) > limit.ImportBytes+head+aes.BlockSize {
		return nil, fault.New(fault.Invalid, "the file is larger than %d bytes", limit.ImportBytes)
	}
	copy(salt[:], data[len(magic):])
	block, iv, err := start(password, salt)
	if err != nil {
		return nil, err
	}
	out := bytes.Clone(data[head:])
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, out)
	n := int(out[len(out)-1])
	if n == 0 || n > aes.BlockSize || subtle.ConstantTimeCompare(out[len(out)-n:], bytes.Repeat([]byte{byte(n)}, n)) != 1 {
		return nil, fault.New(fault.Invalid, "the password does not open the file")
	}
	return out[:len(out)-n], nil
}

// start makes the key and the initial value.
func start(password string, salt Salt) (cipher.Block, []byte, error) {
	var made, last []byte
	for len(made) < keySize+aes.BlockSize {
		sum := md5.New() //nolint:gosec // see above
		sum.Write(last)
		sum.Write([]byte(password))
		sum.Write(salt[:])
		last = sum.Sum(nil)
		made = append(made, last...)
	}
	block, err := aes.NewCipher(made[:keySize])
	return block, made[keySize : keySize+aes.BlockSize], err
}
