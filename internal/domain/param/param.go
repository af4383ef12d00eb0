// Package param is the parameter catalog: every setting of a phone with its
// type, range, default, unit, explanation and its spelling per dialect and
// family. It knows nothing of devices or files.
//
// Start reading at Catalog; a vendor builds one from its catalog/*.csv.
package param

import (
	"fmt"
	"strings"
)

// Key is a parameter's canonical name: lower case, dotted, with the index of a
// line or key written out from 1: "account.1.sip.userid".
type Key string

// Type is what kind of value a parameter takes. Every value travels as text.
type Type string

// The types. A Choice parameter's canonical value is one of Choices[i].Value.
const (
	Text   Type = "text"
	Secret Type = "secret" // text that nobody may read back
	Bool   Type = "bool"   // canonical values "yes" and "no"
	Choice Type = "choice"
	Number Type = "number" // decimal integer
	Host   Type = "host"   // host name or IP, with an optional :port
	IP     Type = "ip"
	URL    Type = "url"
	Path   Type = "path" // host[:port]/path without a scheme
	PEM    Type = "pem"
)

// Role names what a parameter is for where our own code has to find it, so that
// no code outside a vendor's folder knows a vendor's key.
type Role string

// The roles. Those that begin with "line." belong to the account on a line; a
// line owns LineServer, LineServerPort, LineUserID, LineAuthID and LinePassword.
const (
	LineEnabled    Role = "line.enabled"
	LineServer     Role = "line.server"
	LineServerPort Role = "line.server_port" // where the server is written without its port
	LineUseServer  Role = "line.use_server"  // for phones that send calls elsewhere unless told
	LineRegister   Role = "line.register"    // for phones that register elsewhere unless told
	LineUserID     Role = "line.user_id"
	LineAuthID     Role = "line.auth_id"
	LinePassword   Role = "line.password"
	LineName       Role = "line.name"  // display name in calls
	LineLabel      Role = "line.label" // shown on the phone
	ConfigProtocol Role = "provision.config.protocol"
	ConfigPath     Role = "provision.config.path"
	TrustedCA      Role = "trust.ca"
	TimeServer     Role = "time.server"
	AdminPassword  Role = "admin.password"
	FetchInterval  Role = "provision.interval"          // minutes between two fetches
	ReportURL      Role = "manager.url"                 // where it reports, of makers with a phone manager of their own
	ReportInterval Role = "manager.interval"            // minutes between two reports there
	ConfigUser     Role = "provision.config.user"       // for the configuration server
	ConfigPassword Role = "provision.config.password"   // for it
	AuthFirst      Role = "provision.config.auth_first" // whether they are sent unasked
	FilePrefix     Role = "provision.file_prefix"       // stands before the name of a configuration file
	FilePostfix    Role = "provision.file_postfix"      // stands after it
	FilePassword   Role = "provision.file_password"     // opens configuration files
)

// The roles of a base with handsets, whose accounts share the servers of a few
// profiles. LineProfile and LineMode are by line, ProfileEnabled and
// ProfileServer by profile; HandsetLine gives those of the handsets' lines.
const (
	LineProfile    Role = "line.profile" // number of the profile that the account uses
	LineMode       Role = "line.hsmode"  // which handsets ring for the account
	ProfileEnabled Role = "profile.enabled"
	ProfileServer  Role = "profile.server"
)

// HandsetLine is the role of the lines of a base's handset, counted from 1: the
// line of the base whose account it uses, 0 for none.
func HandsetLine(handset int) Role { return Role(fmt.Sprintf("%s%d.line", handsetRole, handset)) }

const handsetRole = "handset."

// Identity reports whether the role is one that only a line may set.
func (r Role) Identity() bool {
	switch r {
	case LineServer, LineServerPort, LineUserID, LineAuthID, LinePassword, LineProfile, LineMode, ProfileServer:
		return true
	}
	return strings.HasPrefix(string(r), handsetRole)
}

// Range is an inclusive span of numbers. A parameter's ranges are a union:
// "0 or 6..600" is {0,0},{6,600}.
type Range struct{ Min, Max int64 }

// Option is one value of a Choice: its canonical form, its label for people.
type Option struct {
	Value string
	Label string
}

// Spelling is how a dialect (and, where set, only some families, models or
// firmwares) writes the parameter: either Name, which may hold {n}, or PerIndex.
// The first spelling of a parameter that fits a target counts.
type Spelling struct {
	Dialect  string            // e.g. "gs-alias", "gs-p", "ac-cfg"
	Families []string          // empty: every family of the dialect
	Models   []string          // empty: every model of those families
	Name     string            // "account.{n}.sip.userid", "P35"
	PerIndex []string          // names by index where they follow no pattern: P35, P404
	Count    int               // the highest index of Name here; 0: the parameter's
	Values   map[string]string // canonical value → written value; absent: as it is
	Strict   bool              // a value that Values lacks cannot be said here
	Ranges   []Range           // of a Number: what can be said here; empty: the parameter's
	OneLine  bool              // a value with a line end cannot be said here
	Since    string            // first firmware that knows it, "" for all
	Until    string            // last firmware that knows it, "" for all
}

// Default is what a phone holds out of the box, where that is evidenced for some
// families, models or firmwares alone.
type Default struct {
	Families []string // empty: every family
	Models   []string // empty: every model of those families
	Index    int      // of a parameter with indexes; 0: every index
	Since    string   // first firmware that has it, "" for all
	Value    string   // canonical
	Evidence string
}

// Parameter is one row of the catalog.
type Parameter struct {
	Pattern   string // the key with {n} for its index
	Count     int    // how many indexes there are; 0 where the key has none
	Type      Type
	Ranges    []Range  // of a Number; empty: any
	Options   []Option // of a Choice
	MaxLen    int      // of a Text in characters; 0: the table's limit
	Default   *string  // nil: no default is evidenced; for the families of DefaultIn
	DefaultIn []string // empty: Default holds for every family
	Defaults  []Default
	Unit      string // "min", "s", "ms", …
	Role      Role
	Page      string // this and the next three may hold {n}
	Section   string
	Label     string
	Help      string
	Reboot    bool // a change restarts the phone
	Spellings []Spelling
	Evidence  string // where the row comes from
}

// IsSecret reports whether the value must never be shown.
func (p Parameter) IsSecret() bool { return p.Type == Secret }

// Target is what a value is spelled for.
type Target struct {
	Dialect  string
	Family   string
	Model    string
	Firmware string // "" unknown: every spelling counts
}
