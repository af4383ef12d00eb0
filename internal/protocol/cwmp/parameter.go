package cwmp

import "strings"

// ParameterValue is one parameter and what it holds.
type ParameterValue struct {
	Name  string
	Value string
	// Type is one of the constants String … HexBinary, as the peer told it; "" where
	// it told none or nonsense, which is written as a string.
	Type string
}

// ParameterInfo is a name in a phone's data model; that of an object ends in a dot.
type ParameterInfo struct {
	Name string
	// Writable says of an object whether instances can be added to it, and of an
	// instance whether it can be deleted.
	Writable bool
}

// The notifications that a phone can be asked for; 3 to 6 are lightweight forms of
// CWMP 1.4.
const (
	NotifyOff     = 0
	NotifyPassive = 1
	NotifyActive  = 2
)

// ParameterAttribute is how a phone treats a parameter.
type ParameterAttribute struct {
	Name         string
	Notification int
	Access       []string
}

// AttributeChange sets attributes; what Change… leaves out stays.
type AttributeChange struct {
	ParameterAttribute
	ChangeNotification bool
	ChangeAccess       bool
}

// values reads an array of parameters. What has no name is passed over.
func (r *reader) values(to *[]ParameterValue) error {
	var v ParameterValue
	part := func(name []byte) error {
		switch string(name) {
		case "Name":
			return r.word(&v.Name)
		case "Value":
			v.Type = typeName(r.typ)
			return r.typed(&v)
		}
		return r.skip()
	}
	return r.fields(func([]byte) error {
		v = ParameterValue{}
		err := r.fields(part)
		if v.Name != "" {
			*to = append(*to, v)
		}
		return err
	})
}

// typed reads a value; white space counts in a string alone.
func (r *reader) typed(v *ParameterValue) error {
	err := r.value(&v.Value)
	if v.Type != "" && v.Type != String {
		v.Value = strings.TrimSpace(v.Value)
	}
	return err
}

func (w *writer) values(list []ParameterValue) {
	w.array("ParameterList", "cwmp:ParameterValueStruct", len(list))
	for i := range list {
		v := &list[i]
		w.open("ParameterValueStruct")
		w.text("Name", v.Name)
		kind, value := v.Type, v.Value
		if kind == "" {
			kind = String
		}
		if b, ok := ParseBool(value); ok && kind == Boolean {
			value = w.spell(b)
		}
		w.b = append(append(append(w.b, `<Value xsi:type="xsd:`...), kind...), `">`...)
		w.b = append(appendText(w.b, value), "</Value></ParameterValueStruct>"...)
	}
	w.close("ParameterList")
}

// SetParameterValues writes parameters, all or none.
type SetParameterValues struct {
	Parameters []ParameterValue
	Key        string // at most KeyMax characters
}

// Method implements Message.
func (*SetParameterValues) Method() string { return "SetParameterValues" }

func (m *SetParameterValues) read(r *reader) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "ParameterList":
			return r.values(&m.Parameters)
		case "ParameterKey":
			return r.word(&m.Key)
		}
		return r.skip()
	})
}

func (m *SetParameterValues) write(w *writer) {
	w.values(m.Parameters)
	w.text("ParameterKey", m.Key)
}

// Statuses of an answer.
const (
	Applied   = 0 // now, or the transfer is done
	Committed = 1 // after a restart, or the transfer is to come
)

// SetParameterValuesResponse says that all were taken.
type SetParameterValuesResponse struct{ Status int }

// Method implements Message.
func (*SetParameterValuesResponse) Method() string         { return "SetParameterValuesResponse" }
func (m *SetParameterValuesResponse) status() int          { return m.Status }
func (m *SetParameterValuesResponse) read(r *reader) error { return r.onlyStatus(&m.Status) }
func (m *SetParameterValuesResponse) write(w *writer)      { w.number("Status", int64(m.Status)) }

func (r *reader) onlyStatus(to *int) error {
	return r.fields(func(name []byte) error {
		if string(name) == "Status" {
			return r.number(to)
		}
		return r.skip()
	})
}

// GetParameterValues asks for values: by whole names, by a partial path that ends
// in a dot, or by "" for all.
type GetParameterValues struct{ Names []string }

// Method implements Message.
func (*GetParameterValues) Method() string         { return "GetParameterValues" }
func (m *GetParameterValues) read(r *reader) error { return r.names(&m.Names) }
func (m *GetParameterValues) write(w *writer)      { w.words("ParameterNames", m.Names) }

func (r *reader) names(to *[]string) error {
	return r.fields(func(name []byte) error {
		if string(name) == "ParameterNames" {
			return r.words(to)
		}
		return r.skip()
	})
}

// GetParameterValuesResponse tells values.
type GetParameterValuesResponse struct{ Parameters []ParameterValue }

// Method implements Message.
func (*GetParameterValuesResponse) Method() string { return "GetParameterValuesResponse" }

func (m *GetParameterValuesResponse) read(r *reader) error {
	return r.fields(func(name []byte) error {
		if string(name) == "ParameterList" {
			return r.values(&m.Parameters)
		}
		return r.skip()
	})
}

func (m *GetParameterValuesResponse) write(w *writer) { w.values(m.Parameters) }

// GetParameterNames asks what there is below a path, or at it.
type GetParameterNames struct {
	Path      string // "" for the root
	NextLevel bool   // only the level below
}

// Method implements Message.
func (*GetParameterNames) Method() string { return "GetParameterNames" }

func (m *GetParameterNames) read(r *reader) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "ParameterPath":
			return r.word(&m.Path)
		case "NextLevel":
			return r.flag(&m.NextLevel)
		}
		return r.skip()
	})
}

// write spells NextLevel in digits always: some phones take the word false for yes.
func (m *GetParameterNames) write(w *writer) {
	w.text("ParameterPath", m.Path)
	digits := writer{}
	w.text("NextLevel", digits.spell(m.NextLevel))
}

// GetParameterNamesResponse tells names.
type GetParameterNamesResponse struct{ Parameters []ParameterInfo }

// Method implements Message.
func (*GetParameterNamesResponse) Method() string { return "GetParameterNamesResponse" }

func (m *GetParameterNamesResponse) read(r *reader) error {
	var p ParameterInfo
	part := func(name []byte) error {
		switch string(name) {
		case "Name":
			return r.word(&p.Name)
		case "Writable":
			return r.flag(&p.Writable)
		}
		return r.skip()
	}
	return r.fields(func(name []byte) error {
		if string(name) != "ParameterList" {
			return r.skip()
		}
		return r.fields(func([]byte) error {
			p = ParameterInfo{}
			err := r.fields(part)
			if p.Name != "" {
				m.Parameters = append(m.Parameters, p)
			}
			return err
		})
	})
}

func (m *GetParameterNamesResponse) write(w *writer) {
	w.array("ParameterList", "cwmp:ParameterInfoStruct", len(m.Parameters))
	for _, p := range m.Parameters {
		w.open("ParameterInfoStruct")
		w.text("Name", p.Name)
		w.flag("Writable", p.Writable)
		w.close("ParameterInfoStruct")
	}
	w.close("ParameterList")
}
