package secret

// Purpose says what a secret is opened for. The zero value opens nothing. Each
// purpose has one constructor, and archtest lists who may call it.
type Purpose struct {
	kind   purposeKind
	who    string // device, operator, connection …
	reason string
}

type purposeKind string

const (
	forDevice     purposeKind = "device"
	forReveal     purposeKind = "reveal"
	forOutbound   purposeKind = "outbound"
	forConnection purposeKind = "connection"
	forPKI        purposeKind = "pki"
	forPBXHost    purposeKind = "pbxhost"
	forBackup     purposeKind = "backup"
)

// ForDevice is for a device that proved who it is (domain/identity).
func ForDevice(deviceID string) Purpose { return Purpose{kind: forDevice, who: deviceID} }

// Reveal is for showing a secret to an operator (domain/access); the caller
// writes the audit row in the same transaction. The reason may not be empty.
func Reveal(operatorID, reason string) Purpose {
	return Purpose{kind: forReveal, who: operatorID, reason: reason}
}

// Outbound is for a command to this very device over a channel that needs it.
func Outbound(deviceID, channel string) Purpose {
	return Purpose{kind: forOutbound, who: deviceID, reason: channel}
}

// Connection is for a connection that we open: to a PBX, a directory, a sign-in
// provider, a mail or webhook target.
func Connection(kind, id string) Purpose { return Purpose{kind: forConnection, who: id, reason: kind} }

// ForPKI is for our own signing keys.
func ForPKI() Purpose { return Purpose{kind: forPKI, who: "pki"} }

// ForPBXHost is for the files of a PBX instance that we run.
func ForPBXHost() Purpose { return Purpose{kind: forPBXHost, who: "pbxhost"} }

// ForBackup is for an encrypted backup.
func ForBackup() Purpose { return Purpose{kind: forBackup, who: "backup"} }

// String names the purpose for logs: "device 0197…".
func (p Purpose) String() string { return string(p.kind) + " " + p.who }

// allows reports whether p may open a secret of that owner.
func (p Purpose) allows(o Owner) bool {
	switch p.kind {
	case forBackup:
		return true
	case forPKI:
		return o.Kind == OwnerPKI
	case forReveal, forOutbound, forConnection:
		return o.Kind != OwnerPKI && p.who != "" && p.reason != ""
	case forDevice, forPBXHost:
		return o.Kind != OwnerPKI && p.who != ""
	}
	return false
}
