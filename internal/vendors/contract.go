// Package vendors is the contract between Bellwether and a make of phone.
//
// A vendor lives in one folder below this one and implements Vendor; what only
// some vendors can do is an optional one-method interface, looked up by the
// functions in set.go and nowhere else. A vendor is pure: it reads and writes
// bytes, and never sees a socket, a database or a service.
package vendors

import (
	"slices"
	"strings"
	"time"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/mac"
)

// Vendor is one make of phone. Every method is safe for concurrent use and
// free of side effects.
type Vendor interface {
	// Name returns the vendor's stable name in lower case: "grandstream".
	Name() string
	// Models lists the models it knows, in a fixed order.
	Models() []Model
	// Catalog returns the vendor's parameters. It is the same value each time.
	Catalog() *param.Catalog
	// Identify reads what a request tells about who asks and for what. It
	// reports false where the request is not one of this vendor's.
	Identify(Request) (Sighting, bool)
	// Files lists the files that a device may ask for, in the order of its
	// newest firmware.
	Files(Device) []File
	// Render writes a file. Equal documents give equal bytes. It fails with
	// fault.Invalid where the document cannot be written in the dialect, or the
	// epoch is not one of the last two.
	Render(Document) ([]byte, error)
	// Parse is the inverse of Render: Parse(f, Render(d)) gives d's values. It
	// fails with fault.Invalid for anything else than a well-formed file.
	Parse(FileKind, []byte) (Document, error)
}

// Model is one model of phone.
type Model struct {
	Name    string // canonical, as on the label: "GHP621W"
	Family  string // "ghp6xx"
	Kind    Kind
	Lines   int    // accounts it can hold
	Base    Base   // of a base for handsets; zero for everything else
	Dialect string // of its newest firmware
	Proof   Proof
}

// Base says what a base for cordless handsets has beside its accounts. The zero
// value is a phone that is none.
type Base struct {
	Profiles     int // each has one SIP server; accounts of different servers cannot share one
	Handsets     int
	HandsetLines int // of each handset
}

// Kind sorts models for the dashboards (ruling 39).
type Kind string

// The kinds.
const (
	Audio Kind = "audio"
	Video Kind = "video"
	Other Kind = "other"
)

// Proof says how well a model's support is evidenced.
type Proof string

// The proofs, weakest first. Only a recorded run on hardware gives Proven.
const (
	Unverified Proof = "unverified"
	Documented Proof = "documented"
	Proven     Proof = "proven"
)

// Request is what a door saw, in the door's own words.
type Request struct {
	Door      Door
	Name      string // the last part of the path as the phone wrote it: "cfg00005e005301.xml"
	UserAgent string
}

// Door is a way in.
type Door string

// The doors that exist so far.
const (
	HTTP  Door = "http"
	HTTPS Door = "https"
	TFTP  Door = "tftp"
	FTP   Door = "ftp"
	FTPS  Door = "ftps"
	PnP   Door = "pnp" // SIP plug and play: it hands out an address and no file

	CWMP      Door = "cwmp"       // TR-069 over TLS: it hands out no file either
	CWMPClear Door = "cwmp_clear" // TR-069 in clear text
	IPP       Door = "ipp"        // AudioCodes phone-manager REST, in clear text
)

// Clear reports whether others on the path can read what goes through the door.
func (d Door) Clear() bool { return d != HTTPS && d != FTPS && d != CWMP }

// Managed reports whether phones report and take commands at the door, by a
// credential that is good at no other.
func (d Door) Managed() bool { return d == CWMP || d == CWMPClear || d == IPP }

// Sighting is what a request tells. Everything in it is hearsay: names, no proof.
// Prefix and Postfix are what stands around the name of a configuration file, as
// the phone wrote it.
type Sighting struct {
	MAC      mac.Address // "" where neither name nor agent holds one
	AgentMAC mac.Address // from the user agent alone; must agree with MAC where both are set
	Model    string      // canonical model name, "" unknown
	Firmware string      // "" unknown
	File     FileKind    // "" for a name that the vendor's phones are not known to ask for
	Prefix   string
	Postfix  string
	Form     Encoding // that the name asks for, "" for the plain file
}

// FileKind is what a requested name stands for.
type FileKind string

// The kinds of file. A Probe is a name that the vendor's phones ask for in
// passing and that is normally absent; its 404 is no fault.
const (
	Config   FileKind = "config" // the device's own file
	Global   FileKind = "global" // shared by a template's devices
	Probe    FileKind = "probe"
	Firmware FileKind = "firmware"
	Resource FileKind = "resource"
	Common   FileKind = "common" // addresses alone, the same for every phone; see Commoner
)

// Device is the part of a device that a vendor may know. Prefix and Postfix are
// what it puts around the names of its configuration files.
type Device struct {
	MAC      mac.Address
	Model    string
	Family   string
	Firmware string
	Prefix   string
	Postfix  string
}

// File is a name that a phone may ask for.
type File struct {
	Name string
	Kind FileKind
}

// Document is a file's content, already spelled in the dialect.
type Document struct {
	Kind    FileKind
	MAC     mac.Address
	Target  param.Target
	Epoch   int            // of the renderer; fixes the bytes
	Values  []SpelledValue // sorted by Name
	Comment string         // vendors that cannot carry one ignore it
}

// SpelledValue is one setting in the dialect's own words. Value is clear text:
// a document lives only between provision and the wire.
type SpelledValue struct {
	Name  string
	Value string
}

// Bootstrap is what a party gets that proved nothing: where and how to come
// back. It holds no secret of any device.
type Bootstrap struct {
	BaseURL    string // https://host:port/p/<bootstrap token>/
	CA         string // PEM of our own roots
	TimeServer string // "" for none
	Issued     time.Time
	Manager    Manager // of a proven device alone; zero for none
}

// Manager is where a phone reports and takes commands, and what it shows there.
// Passwords are clear text: it lives as long as a document does.
type Manager struct {
	URL            string // https://host:port/path
	User, Password string
	CallUser       string        // that the manager shows the phone when it calls it
	CallPassword   string        //
	Every          time.Duration // between two reports
	// Reports is where phones report that have a phone manager of their make's own, with
	// the device's token in it: http://host:port/p/<token>/. "" where there is none.
	Reports string
}

// Bootstrapper is a vendor whose phones can be told to come back by a
// configuration file. Target.Model may be empty.
type Bootstrapper interface {
	Bootstrap(param.Target, Bootstrap) []SpelledValue
}

// Epocher is a vendor whose rendered bytes have changed since its first
// renderer. Revisions of the epoch before are rendered as they were.
type Epocher interface {
	Epoch() int
}

// Commoner is a vendor whose phones fetch a file of addresses that is the same
// for all of them, whoever asks.
type Commoner interface {
	Common(Addresses) ([]byte, error)
}

// Includer is a vendor whose phones pull a file that they share into their own.
type Includer interface {
	// GlobalName names the file that a model's phones share, and which Identify
	// knows as Global; tag keeps two of them apart.
	GlobalName(model, tag string) string
	// Include is the value that pulls a file into a phone's own.
	Include(file string) SpelledValue
}

// Placeholder is a name that a maker's own phone manager has for a value that
// templates leave open. Default is what it stands for until somebody says
// otherwise, "" for nothing; Options are its values where there are but a few.
type Placeholder struct {
	Name    string // without its marks
	PerKind bool   // it is given per model, not for all phones
	Default string
	Options []param.Option
	Help    string
	With    string // another name; without a value of its own other than WithNot this one is of no use
	WithNot string
}

// Placeholderer is a vendor whose phone manager has placeholders of its own.
type Placeholderer interface {
	Placeholders() []Placeholder
}

// Addresses is where phones find what; "" for what is not there.
type Addresses struct {
	Config    string // folder of the configuration files
	Firmware  string // folder of the firmware files
	Manager   string // where phones report their state
	KeepAlive int    // minutes between two reports; 0 leaves it as it is
}

// Encoding is a form that a rendered file takes on the wire.
type Encoding string

// The encodings that exist so far.
const (
	Sealed Encoding = "sealed" // encrypted with a password that the phone holds
	Binary Encoding = "binary" // a maker's own framing of name and value pairs
)

// Delivery says how a file is packed for one device. Password is clear text: it
// lives as long as the document does.
type Delivery struct {
	Encoding Encoding
	MAC      mac.Address
	Password string
	Salt     [8]byte // of Sealed; equal salts give equal bytes
}

// Encoder is a vendor whose phones take files in other forms than Render gives.
// It fails with fault.Invalid where the device's phone does not take the form.
// Decode is its inverse as far as the values go.
type Encoder interface {
	Encode(Delivery, []byte) ([]byte, error)
	Decode(Delivery, []byte) ([]byte, error)
}

// Contact is one entry of a phonebook.
type Contact struct {
	FirstName string
	LastName  string
	Phones    []Number
	Groups    []string
}

// Number is a number of a contact.
type Number struct {
	Kind    string // "work", "home", "mobile"; "" for none
	Number  string
	Account int // that dials it, from 1; 0 for any
}

// Phonebooker is a vendor whose phones fetch a phonebook. The target's dialect
// decides on the form; equal books give equal bytes. ReadPhonebook takes either
// form.
type Phonebooker interface {
	Phonebook(param.Target, []Contact) ([]byte, error)
	ReadPhonebook([]byte) ([]Contact, error)
}

// DialPlanner is a vendor whose phones judge a dialled number by a plan.
type DialPlanner interface {
	// Dial returns what a phone with the plan dials for a number, and false
	// where it does not dial it. It fails with fault.Invalid for a plan that
	// cannot be read.
	Dial(plan, number string) (dialled string, ok bool, err error)
}

// Learner is a vendor that can learn settings from what a phone or its maker
// gives away: a phone's own configuration, a template, a list of names.
type Learner interface {
	Learn(Lesson) ([]param.Learned, error)
}

// Lesson is a file to learn from, and what it is known to be of.
type Lesson struct {
	Name     string // of the file; noted as the source
	Data     []byte
	Model    string
	Family   string
	Firmware string
	Factory  bool // a phone fresh from the box gave it away, so its values are defaults
}

// Namer is a vendor that can tell a well-formed name of a dialect from another
// text, so that settings newer than the catalog can be told to a phone as an
// operator typed them.
type Namer interface {
	IsName(dialect, name string) bool
}

// SortValues puts values into the order that Document wants.
func SortValues(vs []SpelledValue) {
	slices.SortFunc(vs, func(a, b SpelledValue) int { return strings.Compare(a.Name, b.Name) })
}

// Advice is something to think of before a change reaches a phone. Code groups
// equal ones; Text is one sentence for the operator.
type Advice struct {
	Code string // "admin_locked_out", "transport_downgraded", "emergency_not_dialable", "tls_versions_crossed", "payload_types_collide"
	Text string
}

// Advisor is a vendor that knows what a change does to a phone beyond its
// values. Both maps hold canonical values by key, defaults included; a secret is
// there with an empty value.
type Advisor interface {
	Advise(before, after map[param.Key]string) []Advice
}
