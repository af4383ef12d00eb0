package cwmp

import "time"

// Operation changes one piece of software. Kind says which of the fields count.
type Operation struct {
	Kind        string // OpInstall, OpUpdate or OpUninstall
	UUID        string
	Version     string // of update and uninstall
	URL         string // of install and update
	Username    string
	Password    string
	Environment string // ExecutionEnvRef; of install and uninstall
}

// The kinds, as they stand in the attribute type on the wire.
const (
	OpInstall   = "InstallOpStruct"
	OpUpdate    = "UpdateOpStruct"
	OpUninstall = "UninstallOpStruct"
)

// ChangeDUState changes the software of a phone.
type ChangeDUState struct {
	Operations []Operation
	Key        string
}

// Method implements Message.
func (*ChangeDUState) Method() string { return "ChangeDUState" }

func (m *ChangeDUState) read(r *reader) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "Operations":
			return m.operation(r)
		case "CommandKey":
			return r.word(&m.Key)
		}
		return r.skip()
	})
}

func (m *ChangeDUState) operation(r *reader) error {
	o := Operation{Kind: operationKind(string(r.typ))}
	err := r.fields(func(name []byte) error {
		switch string(name) {
		case "UUID":
			return r.word(&o.UUID)
		case "Version":
			return r.word(&o.Version)
		case "URL":
			return r.word(&o.URL)
		case "Username":
			return r.value(&o.Username)
		case "Password":
			return r.value(&o.Password)
		case "ExecutionEnvRef":
			return r.word(&o.Environment)
		}
		return r.skip()
	})
	m.Operations = append(m.Operations, o)
	return err
}

// operationKind reads an attribute type; "" for none of the three.
func operationKind(typ string) string {
	for _, k := range [...]string{OpInstall, OpUpdate, OpUninstall} {
		if n := len(typ) - len(k); n == 0 && typ == k || n > 0 && typ[n-1] == ':' && typ[n:] == k {
			return k
		}
	}
	return ""
}

func (m *ChangeDUState) write(w *writer) {
	for _, o := range m.Operations {
		w.b = append(w.b, "<Operations"...)
		if kind := operationKind(o.Kind); kind != "" {
			w.b = append(append(append(w.b, ` xsi:type="cwmp:`...), kind...), '"')
		}
		w.b = append(w.b, '>')
		for _, f := range [...]struct{ tag, value string }{
			{"UUID", o.UUID}, {"Version", o.Version}, {"URL", o.URL}, {"Username", o.Username}, {"Password", o.Password}, {"ExecutionEnvRef", o.Environment},
		} {
			if f.value != "" {
				w.text(f.tag, f.value)
			}
		}
		w.close("Operations")
	}
	w.text("CommandKey", m.Key)
}

// ChangeDUStateResponse says that it will.
type ChangeDUStateResponse struct{}

// Method implements Message.
func (*ChangeDUStateResponse) Method() string       { return "ChangeDUStateResponse" }
func (*ChangeDUStateResponse) read(r *reader) error { return r.skip() }
func (*ChangeDUStateResponse) write(*writer)        {}

// OperationResult is what became of one operation.
type OperationResult struct {
	UUID      string
	Unit      string // DeploymentUnitRef
	Version   string
	State     string // CurrentState
	Resolved  bool
	Units     string // ExecutionUnitRefList
	Start     time.Time
	Complete  time.Time
	Failure   Failure
	Performed string // OperationPerformed; of an autonomous change alone
}

// DUStateChangeComplete tells how operations ended that the server had asked for.
type DUStateChangeComplete struct {
	Results []OperationResult
	Key     string
}

// Method implements Message.
func (*DUStateChangeComplete) Method() string { return "DUStateChangeComplete" }

func (m *DUStateChangeComplete) read(r *reader) error { return r.results(&m.Results, &m.Key) }

func (m *DUStateChangeComplete) write(w *writer) {
	w.results(m.Results, "OpResultStruct")
	w.text("CommandKey", m.Key)
}

// DUStateChangeCompleteResponse says that it was written down.
type DUStateChangeCompleteResponse struct{}

// Method implements Message.
func (*DUStateChangeCompleteResponse) Method() string       { return "DUStateChangeCompleteResponse" }
func (*DUStateChangeCompleteResponse) read(r *reader) error { return r.skip() }
func (*DUStateChangeCompleteResponse) write(*writer)        {}

// AutonomousDUStateChangeComplete tells of operations that the server had not asked
// for.
type AutonomousDUStateChangeComplete struct{ Results []OperationResult }

// Method implements Message.
func (*AutonomousDUStateChangeComplete) Method() string { return "AutonomousDUStateChangeComplete" }

func (m *AutonomousDUStateChangeComplete) read(r *reader) error {
	key := ""
	return r.results(&m.Results, &key)
}

func (m *AutonomousDUStateChangeComplete) write(w *writer) {
	w.results(m.Results, "AutonOpResultStruct")
}

// AutonomousDUStateChangeCompleteResponse says that it was written down.
type AutonomousDUStateChangeCompleteResponse struct{}

// Method implements Message.
func (*AutonomousDUStateChangeCompleteResponse) Method() string {
	return "AutonomousDUStateChangeCompleteResponse"
}
func (*AutonomousDUStateChangeCompleteResponse) read(r *reader) error { return r.skip() }
func (*AutonomousDUStateChangeCompleteResponse) write(*writer)        {}

func (r *reader) results(to *[]OperationResult, key *string) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "Results":
			return r.fields(func([]byte) error {
				var o OperationResult
				err := r.fields(o.part(r))
				*to = append(*to, o)
				return err
			})
		case "CommandKey":
			return r.word(key)
		}
		return r.skip()
	})
}

func (o *OperationResult) part(r *reader) func([]byte) error {
	return func(name []byte) error {
		switch string(name) {
		case "UUID":
			return r.word(&o.UUID)
		case "DeploymentUnitRef":
			return r.word(&o.Unit)
		case "Version":
			return r.word(&o.Version)
		case "CurrentState":
			return r.word(&o.State)
		case "Resolved":
			return r.flag(&o.Resolved)
		case "ExecutionUnitRefList":
			return r.word(&o.Units)
		case "StartTime":
			return r.time(&o.Start)
		case "CompleteTime":
			return r.time(&o.Complete)
		case "Fault", "FaultStruct":
			return r.fields(o.Failure.part(r))
		case "OperationPerformed":
			return r.word(&o.Performed)
		}
		return r.skip()
	}
}

func (w *writer) results(list []OperationResult, kind string) {
	w.array("Results", "cwmp:"+kind, len(list))
	for i := range list {
		o := &list[i]
		w.open(kind)
		w.text("UUID", o.UUID)
		w.text("DeploymentUnitRef", o.Unit)
		w.text("Version", o.Version)
		w.text("CurrentState", o.State)
		w.flag("Resolved", o.Resolved)
		w.text("ExecutionUnitRefList", o.Units)
		w.time("StartTime", o.Start)
		w.time("CompleteTime", o.Complete)
		o.Failure.write(w, "Fault")
		if o.Performed != "" {
			w.text("OperationPerformed", o.Performed)
		}
		w.close(kind)
	}
	w.close("Results")
}
