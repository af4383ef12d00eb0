package cwmp

// SetParameterAttributes changes how parameters are treated.
type SetParameterAttributes struct{ Parameters []AttributeChange }

// Method implements Message.
func (*SetParameterAttributes) Method() string { return "SetParameterAttributes" }

func (m *SetParameterAttributes) read(r *reader) error {
	return r.fields(func(name []byte) error {
		if string(name) != "ParameterList" {
			return r.skip()
		}
		return r.fields(func([]byte) error {
			var c AttributeChange
			err := r.fields(func(name []byte) error {
				switch string(name) {
				case "NotificationChange":
					return r.flag(&c.ChangeNotification)
				case "AccessListChange":
					return r.flag(&c.ChangeAccess)
				}
				return c.part(r, name)
			})
			m.Parameters = append(m.Parameters, c)
			return err
		})
	})
}

func (a *ParameterAttribute) part(r *reader, name []byte) error {
	switch string(name) {
	case "Name":
		return r.word(&a.Name)
	case "Notification":
		return r.number(&a.Notification)
	case "AccessList":
		return r.words(&a.Access)
	}
	return r.skip()
}

func (m *SetParameterAttributes) write(w *writer) {
	w.array("ParameterList", "cwmp:SetParameterAttributesStruct", len(m.Parameters))
	for _, c := range m.Parameters {
		w.open("SetParameterAttributesStruct")
		w.text("Name", c.Name)
		w.flag("NotificationChange", c.ChangeNotification)
		w.number("Notification", int64(c.Notification))
		w.flag("AccessListChange", c.ChangeAccess)
		w.words("AccessList", c.Access)
		w.close("SetParameterAttributesStruct")
	}
	w.close("ParameterList")
}

// SetParameterAttributesResponse says that all were taken.
type SetParameterAttributesResponse struct{}

// Method implements Message.
func (*SetParameterAttributesResponse) Method() string       { return "SetParameterAttributesResponse" }
func (*SetParameterAttributesResponse) read(r *reader) error { return r.skip() }
func (*SetParameterAttributesResponse) write(*writer)        {}

// GetParameterAttributes asks how parameters are treated.
type GetParameterAttributes struct{ Names []string }

// Method implements Message.
func (*GetParameterAttributes) Method() string         { return "GetParameterAttributes" }
func (m *GetParameterAttributes) read(r *reader) error { return r.names(&m.Names) }
func (m *GetParameterAttributes) write(w *writer)      { w.words("ParameterNames", m.Names) }

// GetParameterAttributesResponse tells how parameters are treated.
type GetParameterAttributesResponse struct{ Parameters []ParameterAttribute }

// Method implements Message.
func (*GetParameterAttributesResponse) Method() string { return "GetParameterAttributesResponse" }

func (m *GetParameterAttributesResponse) read(r *reader) error {
	return r.fields(func(name []byte) error {
		if string(name) != "ParameterList" {
			return r.skip()
		}
		return r.fields(func([]byte) error {
			var a ParameterAttribute
			err := r.fields(func(name []byte) error { return a.part(r, name) })
			m.Parameters = append(m.Parameters, a)
			return err
		})
	})
}

func (m *GetParameterAttributesResponse) write(w *writer) {
	w.array("ParameterList", "cwmp:ParameterAttributeStruct", len(m.Parameters))
	for _, a := range m.Parameters {
		w.open("ParameterAttributeStruct")
		w.text("Name", a.Name)
		w.number("Notification", int64(a.Notification))
		w.words("AccessList", a.Access)
		w.close("ParameterAttributeStruct")
	}
	w.close("ParameterList")
}

// AddObject makes an instance of an object.
type AddObject struct {
	Object string // ends in a dot
	Key    string
}

// Method implements Message.
func (*AddObject) Method() string         { return "AddObject" }
func (m *AddObject) read(r *reader) error { return r.object(&m.Object, &m.Key) }
func (m *AddObject) write(w *writer)      { w.object(m.Object, m.Key) }

func (r *reader) object(name, key *string) error {
	return r.fields(func(tag []byte) error {
		switch string(tag) {
		case "ObjectName":
			return r.word(name)
		case "ParameterKey":
			return r.word(key)
		}
		return r.skip()
	})
}

func (w *writer) object(name, key string) {
	w.text("ObjectName", name)
	w.text("ParameterKey", key)
}

// AddObjectResponse names the instance that was made.
type AddObjectResponse struct {
	Instance int
	Status   int
}

// Method implements Message.
func (*AddObjectResponse) Method() string { return "AddObjectResponse" }
func (m *AddObjectResponse) status() int  { return m.Status }

func (m *AddObjectResponse) read(r *reader) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "InstanceNumber":
			return r.number(&m.Instance)
		case "Status":
			return r.number(&m.Status)
		}
		return r.skip()
	})
}

func (m *AddObjectResponse) write(w *writer) {
	w.number("InstanceNumber", int64(m.Instance))
	w.number("Status", int64(m.Status))
}

// DeleteObject removes an instance.
type DeleteObject struct {
	Object string // ends in a dot, and with the number before it
	Key    string
}

// Method implements Message.
func (*DeleteObject) Method() string         { return "DeleteObject" }
func (m *DeleteObject) read(r *reader) error { return r.object(&m.Object, &m.Key) }
func (m *DeleteObject) write(w *writer)      { w.object(m.Object, m.Key) }

// DeleteObjectResponse says that it is gone.
type DeleteObjectResponse struct{ Status int }

// Method implements Message.
func (*DeleteObjectResponse) Method() string         { return "DeleteObjectResponse" }
func (m *DeleteObjectResponse) status() int          { return m.Status }
func (m *DeleteObjectResponse) read(r *reader) error { return r.onlyStatus(&m.Status) }
func (m *DeleteObjectResponse) write(w *writer)      { w.number("Status", int64(m.Status)) }

// GetRPCMethods asks either end what it can do.
type GetRPCMethods struct{}

// Method implements Message.
func (*GetRPCMethods) Method() string       { return "GetRPCMethods" }
func (*GetRPCMethods) read(r *reader) error { return r.skip() }
func (*GetRPCMethods) write(*writer)        {}

// GetRPCMethodsResponse lists methods. What a phone lists is a hint: some list what
// they cannot, and can what they do not list.
type GetRPCMethodsResponse struct{ Methods []string }

// Method implements Message.
func (*GetRPCMethodsResponse) Method() string { return "GetRPCMethodsResponse" }

func (m *GetRPCMethodsResponse) read(r *reader) error {
	return r.fields(func(name []byte) error {
		if string(name) == "MethodList" {
			return r.words(&m.Methods)
		}
		return r.skip()
	})
}

func (m *GetRPCMethodsResponse) write(w *writer) { w.words("MethodList", m.Methods) }
