package phone

import (
	"math/rand/v2"
	"net/url"
	"time"

	"bellwether/internal/platform/mac"
)

// Persona is what makes a phone one of a make and model: its spelling, its order
// of files, its way of reading them. Each vendor has one in its sim folder. Its
// methods are safe for concurrent use; settings that they get are not theirs to
// change or keep.
type Persona interface {
	// Vendor returns the make in lower case.
	Vendor() string
	// Models lists the models that it plays.
	Models() []string
	// Firmware returns the version that a phone has unless told otherwise.
	Firmware() string
	// Factory returns what a phone holds out of the box.
	Factory(Device, *rand.Rand) map[string]string
	// Point returns the settings that make the phone look for files in a folder.
	Point(folder *url.URL) map[string]string
	// Agent returns the User-Agent of its requests.
	Agent(Device) string
	// Plan returns which files a round asks for, and where.
	Plan(Device, map[string]string) (Plan, error)
	// Read decodes a file. What is in error the phone does not apply, not even
	// in part.
	Read(d Device, name string, data []byte) (File, error)
	// Timer returns when the phone looks for files next, in its own time, and
	// false where it never does by itself.
	Timer(now time.Time, settings map[string]string, r *rand.Rand) (time.Time, bool)
}

// Keeper is a persona whose phones open or refuse a file by what they hold, and
// may keep what their user has set.
type Keeper interface {
	// Admit returns the file that Read gets; held are the phone's settings. A file
	// in error the phone does not look into.
	Admit(d Device, held map[string]string, data []byte) ([]byte, error)
	// Protects reports whether a setting that the user has changed on the phone
	// itself stays, whatever a file says.
	Protects(held map[string]string) bool
}

// Device is who the phone is.
type Device struct {
	MAC      mac.Address
	Model    string
	Firmware string
}

// Place is where files are, and how the phone asks for them.
type Place struct {
	Folder   *url.URL // ends in "/"; by http, https, tftp, ftp or ftps
	User     string   // "" for none
	Password string
	Preempt  bool // by HTTP, send both unasked
	Trust    Trust
}

// Plan is one round of fetching.
type Plan struct {
	Place
	Names      []string // in order
	ProcessAll bool     // apply every file, not only the first that exists
	Follow     bool     // go on at once by what the file has said
}

// Trust is how the phone judges a server.
type Trust struct {
	Validate bool   // check the certificate at all
	Hostname bool   // and the name in it
	Factory  bool   // the roots from the factory count
	Roots    string // PEM of further roots
	MinTLS   uint16 // of crypto/tls; 0 for TLS 1.2
	MaxTLS   uint16 // 0 for the newest
}

// File is what a file says.
type File struct {
	Settings map[string]string
	Ignored  []string // settings or values that the phone does not know
	Include  string   // another file of the folder, whose settings come before these; "" for none
}
