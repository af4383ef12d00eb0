package identity

import "slices"

// Reason is the stable code of why a phone did not get what it asked for. What
// stands beside it in words is for people and may change; a code never does.
type Reason string

// What identity itself finds.
const (
	NoProof          Reason = "no_proof"          // a bare name
	WrongPassword    Reason = "wrong_password"    // the user is a device's, the password is not
	WrongUser        Reason = "wrong_user"        // no device with a password has this user
	PasswordWanted   Reason = "password_wanted"   // challenged, and nothing came yet
	UnknownToken     Reason = "unknown_token"     // what stands in the path is no token of ours
	OldToken         Reason = "old_token"         // replaced by another
	TokenOfOther     Reason = "token_of_other"    // the token, the name and the user agent speak of different devices
	BootstrapOther   Reason = "bootstrap_other"   // a bootstrap token given to another address or MAC
	BootstrapOld     Reason = "bootstrap_old"     // a bootstrap token that has expired
	ClearText        Reason = "clear_text"        // a clear-text door without the legacy flag
	LegacyGrace      Reason = "legacy_grace"      // let in by a flag whose end date has passed
	LegacyEnded      Reason = "legacy_ended"      // the same, and the flag was there and ended
	AgentOther       Reason = "agent_other"       // the user agent tells another MAC than the name
	DeviceWaiting    Reason = "device_waiting"    // nobody has accepted the device yet
	DeviceRejected   Reason = "device_rejected"   //
	DeviceRetired    Reason = "device_retired"    //
	Contested        Reason = "contested"         // a second party asked for it; quarantined
	ClaimWaits       Reason = "claim_waits"       // an operator has to approve this party
	ClaimRefused     Reason = "claim_refused"     // an operator refused this party
	ClaimClosed      Reason = "claim_closed"      // the claim window is closed
	ClaimFull        Reason = "claim_full"        // too many parties asked
	OutsideSubnet    Reason = "outside_subnet"    // not in the subnets of the device's site
	CameBackBare     Reason = "came_back_bare"    // it had its own token and comes without, as after a reset
	WrongSticker     Reason = "wrong_sticker"     // the password is not the sticker secret
	CertificateOther Reason = "certificate_other" // the certificate speaks of another device than the rest
	CertificateBad   Reason = "certificate_bad"   // a certificate came that proves nothing
	NotDecided       Reason = "not_decided"       // a fault of ours
	NotInInventory   Reason = "not_in_inventory"  // no organization has the MAC
	DeviceElsewhere  Reason = "device_elsewhere"  // seen in another state than those that a door knows
)

// What the doors and provision find.
const (
	UnknownFile    Reason = "unknown_file"  // no phone that is known asks for such a name
	NoSuchFile     Reason = "no_such_file"  // of a known form, and not there
	UnknownImage   Reason = "unknown_image" // firmware that nobody offers under this name
	Malformed      Reason = "malformed"     // the path or the request itself
	PathDoubled    Reason = "path_doubled"  // the folder of the token stands twice in the path
	PathScheme     Reason = "path_scheme"   // a scheme stands inside the path
	WrongFolder    Reason = "wrong_folder"  // a folder that no door has
	TooLong        Reason = "too_long"      // a path or a name beyond the limits
	MACLiteral     Reason = "mac_literal"   // a word or another form stands where the MAC belongs
	WrongPrefix    Reason = "wrong_prefix"  // of the name of its file
	WrongPostfix   Reason = "wrong_postfix" //
	OtherModel     Reason = "other_model"   // it calls itself another model than it is registered as
	UnknownModel   Reason = "unknown_model" // it tells a model that no catalog has
	DoesNotCompile Reason = "does_not_compile"
	ClearPassword1 Reason = "first_file_password" // the first password for files would go out in clear
	RateLimited    Reason = "rate_limited"
	OwnFault       Reason = "own_fault"
	Partial        Reason = "partial"    // it took only a part of the file
	FetchLoop      Reason = "fetch_loop" // it takes the same file whole, again and again
	OldTLS         Reason = "old_tls"    // served, over a version that others can break
)

// What stands in the way before a request: TLS at our door.
const (
	TLSUntrusted Reason = "tls_untrusted" // the phone does not trust our certificate
	TLSTime      Reason = "tls_time"      // the phone holds our certificate for expired, not yet valid or bad: most likely its clock
	TLSVersion   Reason = "tls_version"   // no version in common
	TLSCipher    Reason = "tls_cipher"    // no cipher suite in common, or it refused the handshake
	TLSClear     Reason = "tls_clear"     // clear text at an encrypted door
	TLSBroken    Reason = "tls_broken"    // the connection ended within the handshake
)

// Severity is how much a finding matters.
type Severity string

// The severities.
const (
	Info    Severity = "info"    // normal, or on its way
	Caution Severity = "warning" // the phone works, or will if somebody acts
	Problem Severity = "problem" // the phone does not get what it needs
)

// Finding is one reason with its sentence. A refusal may have several.
type Finding struct {
	Reason Reason `json:"code"`
	Text   string `json:"text"`
}

// because is a refusal with its reason.
func because(r Reason, text string) Verdict {
	return Verdict{Reason: text, Findings: []Finding{{r, text}}}
}

// Severity says how much a reason matters.
func (r Reason) Severity() Severity {
	switch r {
	case "", NoProof, PasswordWanted, NotInInventory:
		return Info
	case LegacyGrace, CertificateBad, OtherModel, UnknownModel, Partial, OldTLS, ClaimWaits, ClaimClosed, DeviceWaiting, TLSBroken, FetchLoop, RateLimited, UnknownFile:
		return Caution
	}
	return Problem
}

// Worst is the highest severity among findings, Info for none.
func Worst(list []Finding) Severity {
	worst := Info
	for _, f := range list {
		switch f.Reason.Severity() {
		case Problem:
			return Problem
		case Info:
		case Caution:
			worst = Caution
		}
	}
	return worst
}

// Remedy says what to do, in a sentence; "" where nothing is to be done.
func (r Reason) Remedy() string { return remedies()[r] }

// Reasons are all codes, for those that choose among them.
func Reasons() []Reason {
	var out []Reason
	for r := range remedies() {
		out = append(out, r)
	}
	slices.Sort(out)
	return out
}

func remedies() map[Reason]string { //nolint:funlen // one table
	const approve = "If this is the phone, approve its request on the phone's page; if not, refuse it there."
	const folder = "Set the phone's server path to what its page shows, without a file name."
	return map[Reason]string{
		NoProof:          "Nothing to do where the phone comes back over HTTPS; else check that it reaches our HTTPS address and trusts our certificate authority.",
		WrongPassword:    "Type the password again at the phone, or make a new one on the phone's page.",
		WrongUser:        "Set the user at the phone to the MAC that is in the inventory, and make sure that this device has a password for the doors.",
		PasswordWanted:   "Nothing to do where the phone answers; else type its user and password at the phone.",
		UnknownToken:     folder,
		OldToken:         "Give the phone its present address, which its page shows, or reset it so that it claims its place again.",
		TokenOfOther:     "Compare the MAC on the phone's label with the address that was typed at it: each phone has an address of its own.",
		BootstrapOther:   "Let the phone ask again from where it stands now; where it was moved or its address changed, restart it.",
		BootstrapOld:     "Restart the phone: it asks for a new address.",
		ClearText:        "Let the phone use HTTPS; where it cannot, set the legacy flag of its site for as long as it takes.",
		LegacyGrace:      "Let the phone use HTTPS before the flag serves no longer, or extend the legacy flag of its site.",
		LegacyEnded:      "Let the phone use HTTPS, or set the legacy flag of its site again.",
		AgentOther:       "Set the file name at the phone to its own MAC.",
		DeviceWaiting:    "Accept the phone on its page.",
		DeviceRejected:   "Accept the phone on its page if the refusal was a mistake.",
		DeviceRetired:    "Put the phone back into service on its page, or take the server path out of it.",
		Contested:        "Find out which of the parties is the phone, and approve that one on the phone's page.",
		ClaimWaits:       approve,
		ClaimRefused:     "Allow the party on the phone's page if the refusal was a mistake.",
		ClaimClosed:      approve + " Or open the claim window again.",
		ClaimFull:        "Decide on the parties that asked already.",
		OutsideSubnet:    "Add the phone's network to its site, or move the phone to the site where it stands.",
		CameBackBare:     approve + " Where nobody reset it, DHCP option 66 or plug and play overrides the address that it was given.",
		WrongSticker:     "Type the secret from the phone's label at the phone, or correct it in the record.",
		CertificateOther: "Compare the phone's MAC with the address, user and file name that were typed at it.",
		CertificateBad:   "Look at the trusted certificate authorities: the phone's own has to be there and confirmed.",
		NotDecided:       "Look at the state of the database and the program's log; the phone comes again by itself.",
		NotInInventory:   "Enter the phone, or adopt it from the pool of unknown phones.",
		DeviceElsewhere:  "Look at the state of the phone on its page.",
		UnknownFile:      "Check the file name that is set at the phone.",
		NoSuchFile:       "Check the file name that is set at the phone, or store the file for its model.",
		UnknownImage:     "Store the image for the phone's model, or add this name to one that is there.",
		Malformed:        folder,
		PathDoubled:      "The phone adds the path to what it has: " + folder,
		PathScheme:       "The phone chooses the protocol by a setting of its own: choose it there, and set the server path without http:// or tftp://.",
		WrongFolder:      folder,
		TooLong:          folder,
		MACLiteral:       "Let the phone make the name itself: set its server path without a file name, or write its own MAC as 12 digits.",
		WrongPrefix:      "Set the prefix of the file name at the phone to the one that it was given, or reset the phone.",
		WrongPostfix:     "Set the postfix of the file name at the phone to the one that it was given, or reset the phone.",
		OtherModel:       "Correct the model of the phone in the inventory, or replace the phone.",
		UnknownModel:     "Tell the phone's model in the inventory; a model that has no catalog gets no configuration.",
		DoesNotCompile:   "Mend the value that the sentence names, and look at the phone's configuration.",
		ClearPassword1:   "Let the phone fetch over HTTPS with its own address once.",
		RateLimited:      "Wait: the phone comes again; many phones behind one address take turns.",
		OwnFault:         "Look at the program's log at this time, and at doctor.",
		Partial:          "Look at the line between the phone and here; a phone that never gets the whole may lack memory.",
		FetchLoop:        "The phone does not take what it fetches. Check the password for files at the phone, then what its own log says.",
		OldTLS:           "Update the phone's firmware.",
		TLSUntrusted:     "Give the phone our certificate authority, or let the door have a certificate from one that the phone knows.",
		TLSTime:          "Set the phone's clock or its time server: its date lies outside the life of our certificate.",
		TLSVersion:       "Update the phone's firmware, or open the listener provision_https_legacy for it.",
		TLSCipher:        "Update the phone's firmware, or open the listener provision_https_legacy for it.",
		TLSClear:         "Set the phone's protocol to HTTPS, or its port to that of the clear-text door.",
		TLSBroken:        "Nothing to do where it happens once; else look at what lies between the phone and here.",
	}
}
