package grandstream_test

import (
	"crypto/md5"
	"encoding/hex"
	"strings"
)

// quoted takes a part out of credentials.
func quoted(cred, name string) string {
	for part := range strings.SplitSeq(strings.TrimPrefix(cred, "Digest "), ",") {
		if k, v, _ := strings.Cut(strings.TrimSpace(part), "="); k == name {
			return strings.Trim(v, `"`)
		}
	}
	return ""
}

// proof works out what the response has to be (RFC 2617 §3.2.2).
func proof(user, password, method, cred string) string {
	h := func(parts ...string) string {
		sum := md5.Sum([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(sum[:])
	}
	a1 := h(user, quoted(cred, "realm"), password)
	a2 := h(method, quoted(cred, "uri"))
	if quoted(cred, "qop") == "" {
		return h(a1, quoted(cred, "nonce"), a2)
	}
	return h(a1, quoted(cred, "nonce"), quoted(cred, "nc"), quoted(cred, "cnonce"), quoted(cred, "qop"), a2)
}
