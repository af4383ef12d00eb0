package phone

import "time"

// Line is what the settings say of one account.
type Line struct {
	Index  int // from 1
	Active bool
	Name   string // on the screen

	Servers                                []string // host[:port], the first first
	Proxies                                []string
	ProxyMode                              ProxyMode
	User, AuthUser, Password, Display      string
	Tel                                    TelMode
	VoiceMail                              string
	DNS                                    DNSMode
	FixedIPs                               []string
	Retries                                int // of a request to one address; 0 for as RFC 3261 has it
	Stay                                   Stay
	Failback                               time.Duration // 0 for at once
	RegisterFirst                          bool          // with a spare server before calls go to it
	STUN, Ping                             bool          // NAT traversal
	Rport                                  bool
	ProxyRequire                           string
	Register                               bool
	Unregister                             Unregister
	Expires, SubscribeExpires, Early, Wait time.Duration
	AuthFirst                              bool
	Options                                time.Duration // between two OPTIONS; 0 for none
	OptionsTries                           int
	WatchMail, WatchRegistration           bool
	Special                                string
	Privacy, Identity                      Choice
	PBXHeader                              string // a header that is set to true; "" for none
	MACName                                string // header that holds the MAC address
	AccessInfo, EmergencyInfo              bool
	MACHeader, MACAgent                    Scope
	Agent                                  string // User-Agent without the MAC address
	Transport                              Transport
	KeepTCP                                bool
	AlsoUDP, AlsoTCP, AlsoTLS              bool // listened to besides
	LampsByTCP                             bool
	Port                                   int // 0 for the usual one
	SIPS                                   bool
	Ephemeral                              bool // the connection's own port in Contact
	Instance                               bool
	T1, T2                                 time.Duration
	Reliable                               bool // 100rel
	NotifyRoute                            bool
	Session                                SessionTimer
	Media                                  Media
	Calls                                  Calls
	Guard                                  Guard
}

// SessionTimer is RFC 4028 as the settings have it.
type SessionTimer struct {
	On                    bool
	Expires, Min          time.Duration
	Caller, Callee, Force bool
	AsCaller, AsCallee    string // refresher: "uac", "uas" or ""
	ByInvite              bool
}

// Codec is a voice codec.
type Codec string

// The codecs, by their names in SDP.
const (
	PCMU Codec = "PCMU"
	PCMA Codec = "PCMA"
	G722 Codec = "G722"
	G723 Codec = "G723"
	G729 Codec = "G729"
	G726 Codec = "G726-32"
	ILBC Codec = "iLBC"
	Opus Codec = "opus"
)

// SRTPMode is whether speech is encrypted.
type SRTPMode uint8

// The modes: never; offered besides plain; demanded; taken and offered in one
// plain medium.
const (
	SRTPOff SRTPMode = iota
	SRTPOffered
	SRTPForced
	SRTPOptional
)

// RTCPMode is where RTCP goes.
type RTCPMode uint8

// The modes: one port above; named in SDP; on RTP's own port where the other
// side agrees; there or nowhere.
const (
	RTCPNext RTCPMode = iota
	RTCPNamed
	RTCPMux
	RTCPMuxOnly
)

// Media is what the settings say of speech.
type Media struct {
	Codecs                                  []Codec
	ByCaller                                bool // the caller's order counts
	OneCodec                                bool // an answer's first codec is used alone
	ILBCFrame                               int  // ms
	ILBCType, G726Type, OpusType, EventType int
	IETFPacking                             bool
	InAudio, InRTP, InSIP                   bool // how DTMF is sent
	Red                                     bool
	RedType, FECType                        int
	Silence                                 bool
	SlowG723                                bool // 5.3 kbit/s
	Frames                                  int  // per packet
	SRTP                                    SRTPMode
	AES128, AES256                          bool
	Lifetime                                bool
	RTCP                                    RTCPMode
	SenderReport                            bool
	BadVersion                              bool // RTP keep-alive of version 1
	Symmetric                               bool
	Timeout                                 time.Duration // 0 for never
}

// Source is where a number comes from that is dialled.
type Source string

// The sources.
const (
	FromPage     Source = "page"
	FromContact  Source = "contact"
	FromIncoming Source = "incoming"
	FromOutgoing Source = "outgoing"
	FromKey      Source = "key"
	FromAPI      Source = "api"
)

// Calls is what the settings say of calls.
type Calls struct {
	SendKey         string // "#", "*" or ""
	KeyTimeout      time.Duration
	Anonymous       bool
	RejectAnonymous bool
	Waiting         Choice
	OldHold         bool // RFC 2543
	RingTimeout     time.Duration
	Answer          bool
	AnswerNumbers   []string // none for all
	AlertInfo       string   // that alone makes it answer
	AnswerByInfo    bool
	Barge           bool
	MuteIntercom    bool
	HangupTransfers bool // hanging up a conference joins the others
	LocalCodes      bool
	Recover         bool
	TransferWait    time.Duration
	ReferContact    bool
	// Dial returns what is sent for a number, false where the dial plan has it
	// not.
	Dial func(number string, from Source) (string, bool)
	// Ring returns the ring tone for a caller and an Alert-Info header.
	Ring func(caller, alert string) string
}

// ReferMode is what a REFER outside of a call does.
type ReferMode uint8

// The modes.
const (
	ReferRefused ReferMode = iota
	ReferProved
	ReferObeyed
)

// Guard is what the settings say of safety.
type Guard struct {
	CheckName, CheckChain bool
	CheckMessages         bool // CSeq and caller
	Refer                 ReferMode
	ServerOnly            bool
	UserOnly              bool
	Challenge             bool
	Reset                 bool
	MusicURI              string
}
