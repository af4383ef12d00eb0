package alarm

// The codes that Bellwether raises by itself.
const (
	SecondClaimant = "identity.second-claimant"
	OldSecret      = "identity.old-secret"
	SerialMismatch = "identity.serial-mismatch"
	LabelLocked    = "identity.label-locked"
	LegacyEnding   = "site.legacy-ending"
	LegacyGrace    = "site.legacy-grace"
	LanTrusted     = "site.lan-trusted"
	CertExpiry     = "certificate.expiry"
	LedgerDropped  = "ledger.dropped"
	DiskFull       = "disk.full"
)

// Kind is what is known of alarms of one code before they come.
type Kind struct {
	Code     string
	Name     string // what people call it
	Severity Severity
	Remedy   string
	OID      string
}

// AudioCodes phones name their alarms themselves, and these three have an
// object below this one ("IP Phone Management Server", tables 3-4 to 3-6).
const audioCodes = ".1.3.6.1.4.1.5003.9.20.3.2.0."

// Phone's own alarm codes of AudioCodes, as they come over REST.
const (
	RegisterFailure  = "IPPhoneRegisterFailure"
	SurvivableMode   = "IPPhoneSurvivableModeStart"
	LyncLoginFailure = "IPPhoneLyncLoginFailure"
)

// Known returns what is known of a code; ok is false for any other, which may be
// raised all the same.
func Known(code string) (k Kind, ok bool) {
	for _, k := range kinds() {
		if k.Code == code {
			return k, true
		}
	}
	return Kind{}, false
}

func kinds() []Kind {
	return []Kind{
		{SecondClaimant, "Two parties claim one phone", Critical, "Find out which of the addresses is the phone's, approve its claim and refuse the other.", ""},
		{OldSecret, "An old secret was used", Major, "The phone has a newer secret and uses it, so somebody else may hold the old one. Look at the address; give the phone a new secret and reset whatever asks with the old one.", ""},
		{SerialMismatch, "The label names another serial number", Critical, "Somebody who read the label found another phone than the record means. Compare MAC and serial number on the phone; correct the record or put the phone in service again.", ""},
		{LabelLocked, "Too many wrong words from a label", Warning, "Somebody guesses, or reads the wrong phone. Look at who asked for it; until tomorrow only an approval lets it in.", ""},
		{LegacyEnding, "The legacy flag ends", Warning, "Move the phones that are listed on the site's page to HTTPS, or extend the flag.", ""},
		{LegacyGrace, "The legacy flag has ended and serves yet", Minor, "Move the phones that are listed on the site's page to HTTPS before the flag is over, or extend it.", ""},
		{LanTrusted, "A network is trusted", Warning, "Whoever asks there first under the name of a phone in the record gets it. End it as soon as the phones are in.", ""},
		{CertExpiry, "A certificate expires", Warning, "Renew the certificate and restart the program with the new one.", ""},
		{LedgerDropped, "The provisioning log lost entries", Minor, "The database does not keep up with the doors. Look at its disk and at who asks so often.", ""},
		{DiskFull, "The disk is nearly full", Major, "Make room in the data directory.", ""},
		{RegisterFailure, "Registration Failure", Critical, "The phone cannot register: check its account, the SIP server's address and the way there.", audioCodes + "39"},
		{SurvivableMode, "Survivable Mode Start", Major, "The phone works with its survivable gateway: check the way to the main server.", audioCodes + "40"},
		{LyncLoginFailure, "Lync Login Failure", Critical, "The phone cannot sign in: check the account, the certificate and the time server.", audioCodes + "41"},
	}
}
