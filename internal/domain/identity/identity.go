// Package identity tells who a phone at a door is. A MAC, serial number, host
// name or extension is a name; a secret is given to an AuthenticatedDevice
// alone, and only Service.Authenticate makes one.
//
// The ways are: a certificate that a trusted CA vouches for (trust); a per-device
// path token or password over TLS; the same in clear text, or a bare name, where
// the site's legacy flag allows it; and a claim, which is a bootstrap token with an
// operator's word or an open claim window. What a proven device is given is decided by provision. Whether an
// operator may show or change a token is decided by the caller.
package identity

import (
	"crypto/tls"
	"net/netip"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Proof is how a device proved who it is.
type Proof string

// The proofs.
const (
	Certificate   Proof = "certificate"
	PathToken     Proof = "path token"
	ClearToken    Proof = "path token in clear text" // under the site's legacy flag
	LegacyNamed   Proof = "name alone"               // under the site's legacy flag
	Password      Proof = "password"
	ClearPassword Proof = "password in clear text" // under the site's legacy flag
	Claimed       Proof = "claim"                  // a bootstrap token and an operator's word or an open claim window
)

// AuthenticatedDevice is a device that proved who it is. It is made here alone;
// its zero value is nobody.
type AuthenticatedDevice struct {
	deviceID, tenantID, orgID string
	mac                       mac.Address
	proof                     Proof
}

// DeviceID returns the device's id, "" for the zero value.
func (a AuthenticatedDevice) DeviceID() string { return a.deviceID }

// TenantID returns the id of the device's tenant.
func (a AuthenticatedDevice) TenantID() string { return a.tenantID }

// OrgID returns the id of the device's organization.
func (a AuthenticatedDevice) OrgID() string { return a.orgID }

// MAC returns the device's MAC as the inventory has it, whatever was asked for.
func (a AuthenticatedDevice) MAC() mac.Address { return a.mac }

// Proof returns how it proved who it is.
func (a AuthenticatedDevice) Proof() Proof { return a.proof }

// Evidence is what a request shows of who asks.
type Evidence struct {
	Door      vendors.Door
	Token     string      // out of the path, as it came; "" none
	MACInName mac.Address // out of the requested name; "" for names without one, such as cfg.xml
	AgentMAC  mac.Address // out of the user agent; "" none
	Agent     string      // the user agent, for people
	User      string      // sent unasked or as the answer to a challenge; "" none
	Password  secret.String
	Digest    *Digest    // instead of Password
	Asked     bool       // the path is one that asks for a password: nothing else counts there
	Address   netip.Addr // the peer's
	TLS       *tls.ConnectionState
	subject   string // of the certificate in TLS, once it was judged
}

// Verdict is the reason of a decision, for the ledger. The asker never hears it.
type Verdict struct {
	OK     bool
	Reason string
	// Findings are the reasons of a refusal with their codes, the deciding one
	// first where there are several. Where it is OK they warn.
	Findings []Finding
	// Bootstrap says that the refused asker is to get what anyone gets who
	// proves nothing, instead of a plain refusal.
	Bootstrap bool
	// Waiting says that the asker holds a bootstrap token that is good: it
	// asked here before, and its claim is open.
	Waiting bool
	// Old says that a path token came which its successor had replaced.
	Old bool
	// DeviceID is the device whose token it was, also where it was refused.
	DeviceID string
	// Subject is the full subject of the certificate that was shown, and MAC the
	// one that it proves; "" for none.
	Subject string
	MAC     mac.Address
	// reporter is the device whose own credential came, also where it came in clear
	// and so proves nothing that a secret may be given for.
	reporter device.Device
	current  bool // and it is the one that it is to use from now on
	// Err is set where it could not be decided: the asker is to come again.
	Err error
}

// State is where a path token is in its life.
type State string

// The states. A previous token stays good until its successor was used, and at
// most PreviousLife.
const (
	current  State = "current"
	previous State = "previous"
	old      State = "old"
)

// PreviousLife is how long a replaced token stays good at most. A phone that is
// off for longer has to be claimed again.
const PreviousLife = 30 * 24 * time.Hour
