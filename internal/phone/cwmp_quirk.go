package phone

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"bellwether/internal/platform/mac"
	"bellwether/internal/protocol/cwmp"
)

// Cookies is how a phone returns cookies.
type Cookies uint8

// The ways.
const (
	CookiesWell   Cookies = iota
	CookiesNone           // not at all
	CookiesGlued          // with their attributes: "session=a; Path=/"
	CookiesQuoted         // with the value in quotes
	CookiesComma          // several in one field, with commas
	CookiesApart          // each in its own field
	CookiesStale          // those of the last session with a new one
)

// FaultShape is how a phone writes a fault.
type FaultShape uint8

// The shapes.
const (
	FaultWell         FaultShape = iota
	FaultInString                // the detail stands within faultstring
	FaultBare                    // the codes stand right in the detail
	FaultUnprefixed              // no element has a prefix
	FaultWithoutCodes            // a SOAP fault alone
)

// TypeShape is how a phone writes xsi:type.
type TypeShape uint8

// The shapes.
const (
	TypesWell  TypeShape = iota
	TypesNone            // nowhere
	TypesBare            // without a prefix
	TypesWrong           // "object" for everything
)

// Quirks are the ways in which real phones depart from the book. The numbers are
// those of the reference's list of pitfalls. The zero value is a phone by the book.
type Quirks struct {
	Prefix           string // 1: of SOAP's elements
	DefaultNamespace bool   // 1: the method has no prefix
	MethodNamespace  bool   // 1: CWMP is declared on the method
	Namespace        string // of CWMP; "" for 1.0
	Schema1999       bool   // 2
	Types            TypeShape
	LyingCounts      bool // 4
	Pretty           bool // 6
	Unclean          bool // 7: a mark, a wrong encoding, control characters and a NUL
	Faults           FaultShape
	StatusFaults     bool     // 9
	Silent           []string // 10: methods that an empty message answers
	PreviousAnswer   bool     // 10
	WrongID          bool     // 10
	InformInstead    bool     // 11: Reboot and FactoryReset are answered by the next Inform
	Cookies          Cookies  // 12
	ConnectionEach   bool     // 13
	EmptyBasic       bool     // 14: Basic without a password, unasked
	BasicInClear     bool     // 14
	NoQOP            bool     // 14
	StuckCount       bool     // 14: nc stays 1
	WholeURI         bool     // 14
	AuthOnce         bool     // 14: with the first message alone
	KeepNonce        bool     // 14: in the next session too
	Expect           bool     // 15
	Chunked          bool     // 15
	Gzip             bool     // 15
	HTTP10           bool     // 15
	LowerCase        bool     // 15
	CharLength       bool     // 15
	LooseNames       bool     // 16: objects without a dot, the path itself, the whole tree
	NoPartialPaths   bool     // 16: GetParameterValues of an object fails with 9005
	Faulty           []string // 16: names whose reading fails with 9002, and with them the whole request
	FewNames         bool     // 16: of several names the last is left out of the answer
	FewAtOnce        int      // 16: more names at once fail with 9004; 0 for any
	NoKey            bool     // 17: ParameterKey is not kept
	Normalised       bool     // 18: values read back as the phone spells them, Status 1
	JumpingInstances bool     // 19
	SameID           bool     // 20
	Keys             KeyShape // 20: of TransferComplete
	NoTransfers      bool     // 20: TransferComplete never comes
	LateTransfers    bool     // 20: it comes after the next restart
	// 20: how many TransferCompletes there are too many of each.
	DuplicateTransfers int
	Events             bool // 22: without a space, in lower case, twice
	Device             bool // 23: no class, a lower-case OUI, colons in the serial
	URL                URLShape
	LyingMethods       bool // 26
	Booleans           cwmp.Booleans
}

// KeyShape is how a phone returns a CommandKey.
type KeyShape uint8

// The shapes.
const (
	KeysWell  KeyShape = iota
	KeysNone           // empty
	KeysShort          // cut to 16 characters
)

// URLShape is what a phone says of where it takes connection requests.
type URLShape uint8

// The shapes.
const (
	URLWell     URLShape = iota
	URLNone              // nothing
	URLPort0             // port 0
	URLPrivate           // an address that is not its own
	URLChanging          // another path with each Inform
)

func (q Quirks) namespace() string {
	if q.Namespace != "" {
		return q.Namespace
	}
	return cwmp.Namespace10
}

func (q Quirks) transferKey(key string) string {
	switch q.Keys {
	case KeysNone:
		return ""
	case KeysShort:
		return key[:min(len(key), 16)]
	}
	return key
}

func (q Quirks) events(list []cwmp.Event) []cwmp.Event {
	if !q.Events {
		return list
	}
	out := slices.Clone(list)
	for i := range out {
		if !strings.HasPrefix(out[i].Code, "M ") {
			out[i].Code = strings.ToLower(strings.Replace(out[i].Code, " ", "", 1))
		}
	}
	return append(out, out...)
}

func (q Quirks) device(d cwmp.DeviceID, m mac.Address) cwmp.DeviceID {
	if !q.Device {
		return d
	}
	d.ProductClass, d.OUI = "", strings.ToLower(d.OUI)
	if strings.EqualFold(d.SerialNumber, m.String()) {
		d.SerialNumber = m.Colons()
	}
	return d
}

// What is found in our own plain writing, to be bent.
var (
	typesIn    = regexp.MustCompile(` xsi:type="xsd:([A-Za-z0-9]+)"`)
	countsIn   = regexp.MustCompile(`\[\d+\]`)
	leafIn     = regexp.MustCompile(`<(Name|Value|EventCode|CommandKey)([^<>]*)>([^<]*)</`)
	detailIn   = regexp.MustCompile(`(?s)</faultstring>(<detail>.*</detail>)`)
	innerIn    = regexp.MustCompile(`(?s)<faultcode>.*?<detail><cwmp:Fault>(.*)</cwmp:Fault></detail>`)
	detailed   = regexp.MustCompile(`(?s)<detail>.*</detail>`)
	statusesIn = regexp.MustCompile(`(?s)<soap-env:Fault>.*<FaultCode>(\d+)</FaultCode>.*</soap-env:Fault>`)
)

// bend makes a message of the book into one of this phone's.
func (q Quirks) bend(b []byte, e cwmp.Envelope) []byte {
	b = q.bendFault(b, e)
	switch q.Types {
	case TypesNone:
		b = typesIn.ReplaceAll(b, nil)
	case TypesBare:
		b = typesIn.ReplaceAll(b, []byte(` xsi:type="$1"`))
	case TypesWrong:
		b = typesIn.ReplaceAll(b, []byte(` xsi:type="object"`))
	}
	if q.LyingCounts {
		b = countsIn.ReplaceAll(b, []byte("[0016]"))
	}
	if q.Schema1999 {
		b = bytes.ReplaceAll(b, []byte("http://www.w3.org/2001/XMLSchema"), []byte("http://www.w3.org/1999/XMLSchema"))
	}
	b = q.bendNames(b, e)
	if q.Pretty {
		b = leafIn.ReplaceAll(b, []byte("\n    <$1$2>\n      $3\n    </"))
		b = bytes.ReplaceAll(b, []byte("><"), []byte(">\n  <"))
	}
	if q.Unclean {
		b = bytes.ReplaceAll(b, []byte("</Value>"), []byte("\x07&#x0;</Value>"))
		b = append([]byte("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"GBK\" standalone=\"no\"?>\r\n"), append(b, 0)...)
	}
	return b
}

// bendNames changes the prefixes.
func (q Quirks) bendNames(b []byte, e cwmp.Envelope) []byte {
	declared := ` xmlns:cwmp="` + q.namespace() + `"`
	if q.DefaultNamespace {
		own := ` xmlns="` + q.namespace() + `"`
		s := strings.Replace(string(b), declared, "", 1)
		s = strings.ReplaceAll(s, "</cwmp:", "</")
		for _, name := range []string{"ID", e.Body.Method(), "Fault"} {
			s = strings.ReplaceAll(s, "<cwmp:"+name, "<"+name+own)
		}
		b = []byte(s)
	} else if q.MethodNamespace {
		s := strings.Replace(string(b), declared, "", 1)
		for _, name := range []string{"ID", e.Body.Method(), "Fault"} {
			s = strings.ReplaceAll(s, "<cwmp:"+name, "<cwmp:"+name+declared)
		}
		b = []byte(s)
	}
	if q.Prefix != "" {
		b = bytes.ReplaceAll(b, []byte("soap-env"), []byte(q.Prefix))
		b = bytes.ReplaceAll(b, []byte("soap-enc"), []byte(q.Prefix+"-enc"))
	}
	return b
}

// bendFault changes the shape of a fault.
func (q Quirks) bendFault(b []byte, e cwmp.Envelope) []byte {
	f, ok := e.Body.(*cwmp.Fault)
	if !ok {
		return b
	}
	if q.StatusFaults && f.Code == cwmp.FaultName {
		return statusesIn.ReplaceAll(b, []byte("<cwmp:AddObjectResponse><Status>$1</Status><InstanceNumber>0</InstanceNumber></cwmp:AddObjectResponse>"))
	}
	switch q.Faults {
	case FaultInString:
		return detailIn.ReplaceAll(b, []byte("$1</faultstring>"))
	case FaultBare:
		return innerIn.ReplaceAll(b, []byte("<faultstring>CWMP fault</faultstring><detail>$1</detail>"))
	case FaultUnprefixed:
		b = innerIn.ReplaceAll(b, []byte("$1"))
		return bytes.ReplaceAll(b, []byte("soap-env:Fault"), []byte("Fault"))
	case FaultWithoutCodes:
		return detailed.ReplaceAll(b, nil)
	}
	return b
}
