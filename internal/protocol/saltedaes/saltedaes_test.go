package saltedaes_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/saltedaes"
)

var salt = saltedaes.Salt{1, 2, 3, 4, 5, 6, 7, 8}

const text = "<?xml version=\"1.0\"?>\n<gs_provision version=\"1\"/>\n"

// The program that the makers' guides name opens what we seal, and the other way
// round.
func TestEncrypt_against_openssl(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal("this test needs openssl: apt-get install openssl")
	}
	run := func(in []byte, args ...string) []byte {
		t.Helper()
		cmd := exec.Command(openssl, append([]string{"enc", "-aes-256-cbc", "-md", "md5", "-k", "pass word%1"}, args...)...)
		cmd.Stdin = bytes.NewReader(in)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, plain := range []string{"", "x", text, strings.Repeat("0123456789abcdef", 5)} {
		sealed, err := saltedaes.Encrypt([]byte(plain), "pass word%1", salt)
		if err != nil {
			t.Fatal(err)
		}
		if got := run(sealed, "-d"); string(got) != plain {
			t.Errorf("openssl read %q, want %q", got, plain)
		}
		back, err := saltedaes.Decrypt(run([]byte(plain), "-e", "-salt"), "pass word%1")
		if err != nil || string(back) != plain {
			t.Errorf("of openssl's file %q was read, %v; want %q", back, err, plain)
		}
	}
}

func TestEncrypt_is_the_same_each_time(t *testing.T) {
	t.Parallel()
	a, err := saltedaes.Encrypt([]byte(text), "p", salt)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := saltedaes.Encrypt([]byte(text), "p", salt)
	other, _ := saltedaes.Encrypt([]byte(text), "p", saltedaes.Salt{})
	if !bytes.Equal(a, b) || bytes.Equal(a, other) {
		t.Fatal("equal files with equal salts must be equal, and only those")
	}
}

func TestDecrypt_refuses(t *testing.T) {
	t.Parallel()
	good, err := saltedaes.Encrypt([]byte(text), "right", salt)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		data     []byte
		password string
	}{
		"a wrong password": {good, "wrong"},
		"clear text":       {[]byte(text), "right"},
		"cut off":          {good[:len(good)-1], "right"},
		"the head alone":   {good[:16], "right"},
		"nothing":          {nil, "right"},
		"a huge file":      {append([]byte("Salted__12345678"), make([]byte, limit.ImportBytes+32)...), "right"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := saltedaes.Decrypt(tc.data, tc.password); !fault.Is(err, fault.Invalid) {
				t.Fatalf("error = %v", err)
			}
		})
	}
	if _, err := saltedaes.Encrypt(nil, "", salt); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a password: %v", err)
	}
	if _, err := saltedaes.Encrypt(make([]byte, limit.ConfigBytes+1), "p", salt); !fault.Is(err, fault.Invalid) {
		t.Errorf("a huge file: %v", err)
	}
}

func FuzzDecrypt(f *testing.F) {
	f.Add([]byte(text), "password")
	f.Add([]byte("Salted__12345678abcdefghijklmnop"), "")
	f.Fuzz(func(t *testing.T, data []byte, password string) {
		if _, err := saltedaes.Decrypt(data, password); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		sealed, err := saltedaes.Encrypt(data, password, salt)
		if err != nil {
			return
		}
		back, err := saltedaes.Decrypt(sealed, password)
		if err != nil || !bytes.Equal(back, data) {
			t.Fatalf("%q came back as %q, %v", data, back, err)
		}
	})
}
