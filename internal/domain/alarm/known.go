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
	Text     string // what it says where its subject says nothing
	Type     string // of event
	Probable string // cause
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
		{Code: SecondClaimant, Name: "Two parties claim one phone", Severity: Critical, Remedy: "Find out which of the addresses is the phone's, approve its claim and refuse the other."},
		{Code: OldSecret, Name: "An old secret was used", Severity: Major, Remedy: "The phone has a newer secret and uses it, so somebody else may hold the old one. Look at the address; give the phone a new secret and reset whatever asks with the old one."},
		{Code: SerialMismatch, Name: "The label names another serial number", Severity: Critical, Remedy: "Somebody who read the label found another phone than the record means. Compare MAC and serial number on the phone; correct the record or put the phone in service again."},
		{Code: LabelLocked, Name: "Too many wrong words from a label", Severity: Warning, Remedy: "Somebody guesses, or reads the wrong phone. Look at who asked for it; until tomorrow only an approval lets it in."},
		{Code: LegacyEnding, Name: "The legacy flag ends", Severity: Warning, Remedy: "Move the phones that are listed on the site's page to HTTPS, or extend the flag."},
		{Code: LegacyGrace, Name: "The legacy flag has ended and serves yet", Severity: Minor, Remedy: "Move the phones that are listed on the site's page to HTTPS before the flag is over, or extend it."},
		{Code: LanTrusted, Name: "A network is trusted", Severity: Warning, Remedy: "Whoever asks there first under the name of a phone in the record gets it. End it as soon as the phones are in."},
		{Code: CertExpiry, Name: "A certificate expires", Severity: Warning, Remedy: "Renew the certificate and restart the program with the new one."},
		{Code: LedgerDropped, Name: "The provisioning log lost entries", Severity: Minor, Remedy: "The database does not keep up with the doors. Look at its disk and at who asks so often."},
		{Code: DiskFull, Name: "The disk is nearly full", Severity: Major, Remedy: "Make room in the data directory."},
		{Code: RegisterFailure, Name: "Registration Failure", Severity: Critical, OID: audioCodes + "39", Text: "This alarm is activated when a registration failure occurs.", Type: "communicationsAlarm(1)", Probable: "communicationsProtocolError(5)",
			Remedy: "The problem is typically not related to the phone but to the server. The user or phone may not be defined, or may be defined wrongly, or its name may have been changed since. Make sure that user name and password are the same in the server and in the phone, and that the server answers."},
		{Code: SurvivableMode, Name: "Survivable Mode Start", Severity: Major, OID: audioCodes + "40", Text: "This alarm is activated when entering survivable mode state with limited services.", Type: "Other(0)", Probable: "other(0)",
			Remedy: "The problem is typically not related to the phone but to the server or network. Make sure that all servers in the network are up; if one is down, services are limited."},
		{Code: LyncLoginFailure, Name: "Lync Login Failure", Severity: Critical, OID: audioCodes + "41", Text: "This alarm is activated when failing to connect to the Lync server during sign in.", Type: "communicationsAlarm(1)", Probable: "communicationsProtocolError(5)",
			Remedy: "The user may not be registered in the Lync server, or wrongly. Make sure there that user name, password and PIN are set up right and valid; reset them, or define the user anew. Where TlsConnectionFailure or NtpServerError is told, look at the certificate and at the time server."},
	}
}
