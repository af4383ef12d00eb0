package cwmp

import (
	"strconv"
	"strings"
)

// Fault is the answer to a request that failed, from either end.
type Fault struct {
	Code   int // of CWMP; 0 where the peer sent a SOAP fault without one
	String string
	Set    []ParameterFault // of SetParameterValues: what was wrong with which
}

// ParameterFault is why one parameter was refused.
type ParameterFault struct {
	Name   string
	Code   int
	String string
}

// The faults of a phone (TR-069 Table 66); those of the server are 8000 to 8006
// for the first seven of these.
const (
	FaultMethod          = 9000 // not supported
	FaultDenied          = 9001
	FaultInternal        = 9002
	FaultArguments       = 9003
	FaultResources       = 9004
	FaultName            = 9005
	FaultType            = 9006
	FaultValue           = 9007
	FaultNotWritable     = 9008
	FaultNotification    = 9009
	FaultDownload        = 9010
	FaultUpload          = 9011
	FaultTransferAuth    = 9012
	FaultScheme          = 9013
	FaultMulticast       = 9014
	FaultContact         = 9015
	FaultAccess          = 9016
	FaultIncomplete      = 9017
	FaultCorrupted       = 9018
	FaultAuthenticity    = 9019
	FaultWindow          = 9020
	FaultCancel          = 9021
	FaultServerMethod    = 8000
	FaultServerDenied    = 8001
	FaultServerInternal  = 8002
	FaultServerArguments = 8003
	FaultServerResources = 8004
	FaultServerRetry     = 8005
	FaultServerVersion   = 8006

	faultLast = 9899 // of the makers' own
)

// FaultText says in words what a code means, "" for one that is in no table.
func FaultText(code int) string {
	switch {
	case code >= FaultServerMethod && code <= FaultServerVersion:
		return [...]string{"method not supported", "request denied", "internal error", "invalid arguments", "resources exceeded", "retry request",
			"version incompatible"}[code-FaultServerMethod]
	case code >= FaultMethod && code <= 9032:
		return [...]string{"method not supported", "request denied", "internal error", "invalid arguments", "resources exceeded",
			"invalid parameter name", "invalid parameter type", "invalid parameter value", "parameter is not writable", "notification request rejected",
			"file transfer failed", "upload failed", "the file server refused the credentials", "protocol of the file transfer not supported",
			"cannot join the multicast group", "cannot contact the file server", "cannot access the file", "cannot complete the download",
			"the file is corrupted", "the file's signature is wrong", "outside the time window", "cancel is not permitted",
			"invalid UUID", "unknown execution environment", "disabled execution environment", "deployment unit and execution environment do not fit",
			"duplicate deployment unit", "system resources exceeded", "unknown deployment unit", "invalid state of the deployment unit",
			"downgrade not permitted", "version not named", "version exists already"}[code-FaultMethod]
	case code >= 9800 && code <= faultLast, code >= 8800 && code <= 8899:
		return "fault of the maker's own"
	}
	return ""
}

// Method implements Message.
func (*Fault) Method() string { return "Fault" }

// read looks for what a fault says at any depth: phones nest detail in
// faultstring, leave out what stands between, or send the inner fault alone.
func (m *Fault) read(r *reader) error {
	soap := ""
	var part func([]byte) error
	part = func(name []byte) error {
		switch string(name) {
		case "FaultCode":
			return r.code(&m.Code, &m.String)
		case "FaultString":
			return r.said(&m.String)
		case "SetParameterValuesFault":
			return m.parameter(r)
		case "faultstring":
			text, err := r.mixed(part)
			soap = strings.TrimSpace(text)
			return err
		}
		return r.fields(part)
	}
	err := r.fields(part)
	if m.String == "" && soap != soapString {
		m.String = soap
	}
	return err
}

// soapString is what every SOAP fault of CWMP says.
const soapString = "CWMP fault"

func (m *Fault) parameter(r *reader) error {
	var p ParameterFault
	err := r.fields(func(name []byte) error {
		switch string(name) {
		case "ParameterName":
			return r.word(&p.Name)
		case "FaultCode":
			return r.code(&p.Code, &p.String)
		case "FaultString":
			return r.said(&p.String)
		}
		return r.skip()
	})
	m.Set = append(m.Set, p)
	return err
}

// code reads a fault's number. What is none is a failure all the same, and what
// it says is kept.
func (r *reader) code(to *int, text *string) error {
	s := ""
	err := r.word(&s)
	n, bad := strconv.ParseInt(s, 10, 32)
	switch {
	case bad == nil:
		*to = int(n)
	case s != "":
		*to = FaultInternal
		if *text == "" {
			*text = s
		}
	}
	return err
}

// said reads a fault's text; an empty one does not undo what is known.
func (r *reader) said(to *string) error {
	s := ""
	err := r.word(&s)
	if s != "" {
		*to = s
	}
	return err
}

func (m *Fault) write(w *writer) {
	w.open("soap-env:Fault")
	w.text("faultcode", m.soapCode())
	w.text("faultstring", soapString)
	w.open("detail")
	w.open("cwmp:Fault")
	w.number("FaultCode", int64(m.Code))
	w.text("FaultString", m.String)
	for _, p := range m.Set {
		w.open("SetParameterValuesFault")
		w.text("ParameterName", p.Name)
		w.number("FaultCode", int64(p.Code))
		w.text("FaultString", p.String)
		w.close("SetParameterValuesFault")
	}
	w.close("cwmp:Fault")
	w.close("detail")
	w.close("soap-env:Fault")
}

// soapCode says whose fault it was: the one's who asked, or of the one who answers.
func (m *Fault) soapCode() string {
	switch m.Code {
	case FaultArguments, FaultName, FaultType, FaultValue, FaultNotWritable, FaultServerArguments:
		return "Client"
	}
	return "Server"
}

// Failure is how a transfer or another piece of work ended; the zero value is that
// it went well.
type Failure struct {
	Code   int
	String string
}

func (f *Failure) part(r *reader) func([]byte) error {
	return func(name []byte) error {
		switch string(name) {
		case "FaultCode":
			return r.code(&f.Code, &f.String)
		case "FaultString":
			return r.said(&f.String)
		}
		return r.skip()
	}
}

func (f *Failure) write(w *writer, tag string) {
	w.open(tag)
	w.number("FaultCode", int64(f.Code))
	w.text("FaultString", f.String)
	w.close(tag)
}
