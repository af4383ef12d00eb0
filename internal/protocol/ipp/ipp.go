// Package ipp is the REST protocol by which AudioCodes 400HD phones report to their
// phone manager (EMS IP Phone Management Server 7.0, and its successor OVOC): the
// messages alone, bytes to values and back.
//
// The guide names what is told and shows no message. Their form is from published
// captures and from the maker's own test scripts; where those are silent this package
// says so. Sockets, sessions and what becomes of a message are ippd's.
//
// It reads leniently, as phones and scripts get JSON wrong: commas before a closing
// bracket, bare line breaks in texts, numbers and texts for one another, names in any
// case. It writes strictly. Start at DecodeReport and DecodeAlerts.
package ipp

import "bellwether/internal/platform/fault"

// Operation is what a request is for, the last two parts of its path.
type Operation string

// The operations that phones are known to use.
const (
	Init      Operation = "ipphoneMgrStatus/init"       // the first report after a start
	KeepAlive Operation = "ipphoneMgrStatus/keep-alive" // each later one
	Alert     Operation = "ipphoneMgrAlert/alert"       // alarms
)

// Prefix stands before an operation in a path.
const Prefix = "rest/v1/"

// Status is the phone's own word for how it stands.
type Status string

// The words that are known. Others are kept as they come.
const (
	Started      Status = "started" // it has just started
	Registered   Status = "registered"
	Unregistered Status = "unregistered"
	Offline      Status = "offline" // a UC phone that nobody is signed in to
)

// Report is what a phone tells of itself. Every field is its own word, and may be
// empty. What it shows as a password changes with each request by a rule that is not
// published, so it is read over.
type Report struct {
	Session  string // of this request alone
	User     string // that it reports as: "system" until it has its own
	MAC      string
	IP       string // in its own network
	Subnet   string // the mask
	VLAN     string
	Model    string
	Firmware string
	Agent    string // its user agent as it writes it itself
	UserName string // who uses it, empty while nobody is signed in
	UserID   string
	Phone    string // its number
	Proxy    string // its SIP proxy
	Status   Status
	Location string // of UC phones alone
	Region   string
}

// Alerts is a message of alarms.
type Alerts struct {
	Session string
	User    string
	List    []Alarm
}

// Alarm is one alarm of a phone.
type Alarm struct {
	ID       string // the phone's own number for it
	Name     string
	Text     string
	Date     string // by the phone's clock, as it wrote it
	Severity Severity
	Source   string // "IPPhone/<mac>"
	Type     int    // of event, by ITU-T X.733 as the maker numbers it
	Cause    int    // the probable one, the same
	Info     [2]string
}

// Severity is how bad an alarm is, as the maker numbers it. The captures show 1 to 5;
// that 0 clears is how the maker's SNMP agents number it, and not shown for phones.
type Severity int

// The severities.
const (
	Cleared       Severity = 0
	Indeterminate Severity = 1
	Warning       Severity = 2
	Minor         Severity = 3
	Major         Severity = 4
	Critical      Severity = 5
)

// Action is something that a reply has a phone do.
type Action struct {
	Cmd     string
	ID      string // ours; phones are known to pass over what they do not know
	Text    string // of SendMessage
	Seconds int    // that it is shown, of SendMessage; 0 leaves it to the phone
	Delay   int    // seconds until it is done; 0 is at once
	File    string // of UpdateFirmware: the image's name in the phone's own folder
	Force   bool   // of Reset: also during a call
}

// The commands. Only Reset is evidenced by a capture; that the others exist says the
// guide ("Actions Menu"), and their words here are ours.
const (
	Reset          = "reset"
	UpdateConfig   = "update_config"
	UpdateFirmware = "update_firmware"
	SendMessage    = "send_message"
)

func malformed(format string, args ...any) error {
	return fault.New(fault.Invalid, "the message is no report: "+format, args...)
}
