package trust

import (
	"crypto/x509"

	"bellwether/internal/platform/mac"
)

// Read applies a rule to a certificate.
func (r Rule) Read(c *x509.Certificate) (mac.Address, string) { return r.read(c) }
