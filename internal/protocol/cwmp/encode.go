package cwmp

import (
	"strconv"
	"time"
)

// Booleans is how a boolean is spelled.
type Booleans uint8

// The spellings. Some phones do not understand the words.
const (
	Digits Booleans = iota // 1 and 0
	Words                  // true and false
)

// Options are the spellings that phones differ in. The zero value suits most.
type Options struct {
	Booleans Booleans
}

// What stands around a message. There is no XML declaration: UTF-8 needs none, and
// some phones cannot read one.
const (
	envelopeStart = `<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp="`
	envelopeEnd   = `</soap-env:Envelope>`
	mustFollow    = ` soap-env:mustUnderstand="1">`
)

// Append writes a message at the end of dst. An envelope without a body is an
// empty one, which is nothing to send: the empty message has no envelope.
func Append(dst []byte, e Envelope, o Options) []byte {
	w := &writer{b: append(dst, envelopeStart...), o: o}
	space := e.Namespace
	if space == "" {
		space = Namespace10
	}
	w.b = append(appendText(w.b, space), `">`...)
	w.header(e)
	w.open("soap-env:Body")
	if f, ok := e.Body.(*Fault); ok {
		f.write(w)
	} else if e.Body != nil {
		name := "cwmp:" + e.Body.Method()
		w.open(name)
		e.Body.write(w)
		w.close(name)
	}
	w.close("soap-env:Body")
	return append(w.b, envelopeEnd...)
}

// Answer is the envelope of an answer to e: in its namespace and with its id.
func (e Envelope) Answer(m Message) Envelope {
	return Envelope{Namespace: e.Namespace, ID: e.ID, HasID: e.HasID, Body: m}
}

// writer appends elements.
type writer struct {
	b []byte
	o Options
}

func (w *writer) header(e Envelope) {
	if !e.HasID && !e.HoldRequests && !e.NoMoreRequests && e.SessionTimeout <= 0 && e.SupportedVersions == "" && e.UseVersion == "" {
		return
	}
	w.open("soap-env:Header")
	if e.HasID {
		w.must("cwmp:ID", e.ID)
	}
	if e.HoldRequests {
		w.must("cwmp:HoldRequests", w.spell(true))
	}
	if e.NoMoreRequests {
		w.text("cwmp:NoMoreRequests", w.spell(true))
	}
	if n := e.SessionTimeout / time.Second; n > 0 {
		w.text("cwmp:SessionTimeout", strconv.Itoa(int(n)))
	}
	if e.SupportedVersions != "" {
		w.text("cwmp:SupportedCWMPVersions", e.SupportedVersions)
	}
	if e.UseVersion != "" {
		w.must("cwmp:UseCWMPVersion", e.UseVersion)
	}
	w.close("soap-env:Header")
}

func (w *writer) must(tag, value string) {
	w.b = append(append(append(w.b, '<'), tag...), mustFollow...)
	w.b = appendText(w.b, value)
	w.close(tag)
}

func (w *writer) open(tag string)  { w.b = append(append(append(w.b, '<'), tag...), '>') }
func (w *writer) close(tag string) { w.b = append(append(append(w.b, "</"...), tag...), '>') }

func (w *writer) text(tag, value string) {
	w.open(tag)
	w.b = appendText(w.b, value)
	w.close(tag)
}

func (w *writer) number(tag string, n int64) {
	w.open(tag)
	w.b = strconv.AppendInt(w.b, n, 10)
	w.close(tag)
}

func (w *writer) flag(tag string, v bool) { w.text(tag, w.spell(v)) }

func (w *writer) spell(v bool) string {
	if w.o.Booleans == Words {
		return strconv.FormatBool(v)
	}
	if v {
		return "1"
	}
	return "0"
}

func (w *writer) time(tag string, t time.Time) {
	w.open(tag)
	w.b = AppendTime(w.b, t)
	w.close(tag)
}

// array opens an array of n elements of a type of the schema.
func (w *writer) array(tag, of string, n int) {
	w.b = append(append(append(w.b, '<'), tag...), ` soap-enc:arrayType="`...)
	w.b = append(append(w.b, of...), '[')
	w.b = append(strconv.AppendInt(w.b, int64(n), 10), `]">`...)
}

func (w *writer) words(tag string, list []string) {
	w.array(tag, "xsd:string", len(list))
	for _, s := range list {
		w.text("string", s)
	}
	w.close(tag)
}
