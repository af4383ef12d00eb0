package cwmp

import (
	"strings"
	"time"

	"bellwether/internal/platform/limit"
)

// DeviceID says who a phone claims to be. Nothing of it is a proof.
type DeviceID struct {
	Manufacturer string
	OUI          string // upper case; six hexadecimal digits in a phone that keeps the rules
	ProductClass string // may be empty, and may change with the firmware
	SerialNumber string // as it was written
}

// String joins what identifies a phone: OUI-ProductClass-SerialNumber, or without
// the class where there is none.
func (d DeviceID) String() string {
	if d.ProductClass == "" {
		return d.OUI + "-" + d.SerialNumber
	}
	return d.OUI + "-" + d.ProductClass + "-" + d.SerialNumber
}

// MAC reads the serial number as a MAC address, which it is in the phones of most
// makes: 12 lower-case hexadecimal digits, or "" where it is none.
func (d DeviceID) MAC() string {
	var out [12]byte
	n := 0
	for _, c := range []byte(d.SerialNumber) {
		switch {
		case c == ':' || c == '-' || c == '.' || c == ' ':
			continue
		case c >= 'A' && c <= 'F':
			c += 'a' - 'A'
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f':
		default:
			return ""
		}
		if n == len(out) {
			return ""
		}
		out[n] = c
		n++
	}
	if n < len(out) {
		return ""
	}
	return string(out[:])
}

// Event is why a phone opens a session. Key is empty but for the events that begin
// with M, and some phones leave it out there too.
type Event struct {
	Code string // one of the constants below where it is known, else as it was written
	Key  string
}

// The events (TR-069 Table 7).
const (
	EventBootstrap           = "0 BOOTSTRAP"
	EventBoot                = "1 BOOT"
	EventPeriodic            = "2 PERIODIC"
	EventScheduled           = "3 SCHEDULED"
	EventValueChange         = "4 VALUE CHANGE"
	EventKicked              = "5 KICKED"
	EventConnectionRequest   = "6 CONNECTION REQUEST"
	EventTransferComplete    = "7 TRANSFER COMPLETE"
	EventDiagnosticsComplete = "8 DIAGNOSTICS COMPLETE"
	EventRequestDownload     = "9 REQUEST DOWNLOAD"
	EventAutonomousTransfer  = "10 AUTONOMOUS TRANSFER COMPLETE"
	EventDUStateChange       = "11 DU STATE CHANGE COMPLETE"
	EventAutonomousDUState   = "12 AUTONOMOUS DU STATE CHANGE COMPLETE"
	EventWakeup              = "13 WAKEUP"
	EventMReboot             = "M Reboot"
	EventMScheduleInform     = "M ScheduleInform"
	EventMDownload           = "M Download"
	EventMScheduleDownload   = "M ScheduleDownload"
	EventMUpload             = "M Upload"
	EventMChangeDUState      = "M ChangeDUState"
)

const (
	eventSpaces  = " \t\r\n_-" // what may stand between the words of a code
	eventLongest = 64          // bytes of a code that is looked up
)

// ParseEvent returns the constant that a code means, whatever its case and its
// spaces: "2PERIODIC", "6 connection request". A number alone will do. What is not
// known comes back trimmed.
func ParseEvent(code string) string {
	code = strings.TrimSpace(code)
	if len(code) > eventLongest {
		return code
	}
	bare := squeeze(code)
	for _, known := range [...]string{
		EventPeriodic, EventBoot, EventBootstrap, EventScheduled, EventValueChange, EventKicked, EventConnectionRequest, EventTransferComplete,
		EventDiagnosticsComplete, EventRequestDownload, EventAutonomousTransfer, EventDUStateChange, EventAutonomousDUState, EventWakeup,
		EventMReboot, EventMScheduleInform, EventMDownload, EventMScheduleDownload, EventMUpload, EventMChangeDUState,
	} {
		if code == known {
			return known
		}
		digits, _, _ := strings.Cut(known, " ")
		if bare == squeeze(known) || bare == digits && digits != "M" {
			return known
		}
	}
	return code
}

// squeeze returns a code in lower case and without what stands between its words.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(eventSpaces, r) {
			return -1
		}
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// Inform opens a session.
type Inform struct {
	Device       DeviceID
	Events       []Event // each but once, at most limit.CWMPEvents
	MaxEnvelopes int     // of no account: it is always 1
	CurrentTime  time.Time
	RetryCount   int
	Parameters   []ParameterValue
}

// Method implements Message.
func (*Inform) Method() string { return "Inform" }

// Has reports whether the phone names an event.
func (m *Inform) Has(code string) bool {
	for _, e := range m.Events {
		if e.Code == code {
			return true
		}
	}
	return false
}

// Value returns a parameter by its name without the root: "DeviceInfo.UpTime" finds
// Device.DeviceInfo.UpTime and InternetGatewayDevice.DeviceInfo.UpTime alike.
func (m *Inform) Value(name string) (string, bool) {
	for _, p := range m.Parameters {
		if _, rest, ok := strings.Cut(p.Name, "."); ok && rest == name {
			return p.Value, true
		}
	}
	return "", false
}

// Root returns the root of the phone's data model with its dot, by its first
// parameter: "Device." or "InternetGatewayDevice."; "" where it names none.
func (m *Inform) Root() string {
	for _, p := range m.Parameters {
		if i := strings.IndexByte(p.Name, '.'); i > 0 {
			return p.Name[:i+1]
		}
	}
	return ""
}

func (m *Inform) read(r *reader) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "DeviceId":
			return r.fields(m.Device.part(r))
		case "Event":
			return r.fields(func([]byte) error { return m.event(r) })
		case "MaxEnvelopes":
			return r.number(&m.MaxEnvelopes)
		case "CurrentTime":
			return r.time(&m.CurrentTime)
		case "RetryCount":
			return r.number(&m.RetryCount)
		case "ParameterList":
			return r.values(&m.Parameters)
		}
		return r.skip()
	})
}

func (d *DeviceID) part(r *reader) func([]byte) error {
	return func(name []byte) error {
		switch string(name) {
		case "Manufacturer":
			return r.word(&d.Manufacturer)
		case "OUI":
			err := r.word(&d.OUI)
			d.OUI = strings.ToUpper(d.OUI)
			return err
		case "ProductClass":
			return r.word(&d.ProductClass)
		case "SerialNumber":
			return r.word(&d.SerialNumber)
		}
		return r.skip()
	}
}

func (m *Inform) event(r *reader) error {
	var e Event
	err := r.fields(func(name []byte) error {
		switch string(name) {
		case "EventCode":
			return r.word(&e.Code)
		case "CommandKey":
			return r.word(&e.Key)
		}
		return r.skip()
	})
	if e.Code = ParseEvent(e.Code); err != nil || e.Code == "" || len(m.Events) >= limit.CWMPEvents {
		return err
	}
	for _, had := range m.Events {
		if had == e {
			return nil
		}
	}
	m.Events = append(m.Events, e)
	return nil
}

func (m *Inform) write(w *writer) {
	w.open("DeviceId")
	w.text("Manufacturer", m.Device.Manufacturer)
	w.text("OUI", m.Device.OUI)
	w.text("ProductClass", m.Device.ProductClass)
	w.text("SerialNumber", m.Device.SerialNumber)
	w.close("DeviceId")
	w.array("Event", "cwmp:EventStruct", len(m.Events))
	for _, e := range m.Events {
		w.open("EventStruct")
		w.text("EventCode", e.Code)
		w.text("CommandKey", e.Key)
		w.close("EventStruct")
	}
	w.close("Event")
	w.number("MaxEnvelopes", int64(m.MaxEnvelopes))
	w.time("CurrentTime", m.CurrentTime)
	w.number("RetryCount", int64(m.RetryCount))
	w.values(m.Parameters)
}

// InformResponse tells a phone that its Inform was taken.
type InformResponse struct{ MaxEnvelopes int } // always 1

// Method implements Message.
func (*InformResponse) Method() string { return "InformResponse" }

func (m *InformResponse) read(r *reader) error {
	return r.fields(func(name []byte) error {
		if string(name) == "MaxEnvelopes" {
			return r.number(&m.MaxEnvelopes)
		}
		return r.skip()
	})
}

func (m *InformResponse) write(w *writer) { w.number("MaxEnvelopes", int64(m.MaxEnvelopes)) }
