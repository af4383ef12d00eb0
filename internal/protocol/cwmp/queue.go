package cwmp

// Argument is one of a file that a phone asks for.
type Argument struct{ Name, Value string }

// RequestDownload is a phone that asks to be told to fetch a file.
type RequestDownload struct {
	FileType  string
	Arguments []Argument
}

// Method implements Message.
func (*RequestDownload) Method() string { return "RequestDownload" }

func (m *RequestDownload) read(r *reader) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "FileType":
			return r.word(&m.FileType)
		case "FileTypeArg":
			return r.fields(func([]byte) error { return m.argument(r) })
		}
		return r.skip()
	})
}

func (m *RequestDownload) argument(r *reader) error {
	var a Argument
	err := r.fields(func(name []byte) error {
		switch string(name) {
		case "Name":
			return r.word(&a.Name)
		case "Value":
			return r.value(&a.Value)
		}
		return r.skip()
	})
	m.Arguments = append(m.Arguments, a)
	return err
}

func (m *RequestDownload) write(w *writer) {
	w.text("FileType", m.FileType)
	w.array("FileTypeArg", "cwmp:ArgStruct", len(m.Arguments))
	for _, a := range m.Arguments {
		w.open("ArgStruct")
		w.text("Name", a.Name)
		w.text("Value", a.Value)
		w.close("ArgStruct")
	}
	w.close("FileTypeArg")
}

// RequestDownloadResponse says that it was heard.
type RequestDownloadResponse struct{}

// Method implements Message.
func (*RequestDownloadResponse) Method() string       { return "RequestDownloadResponse" }
func (*RequestDownloadResponse) read(r *reader) error { return r.skip() }
func (*RequestDownloadResponse) write(*writer)        {}

// States of a queued transfer.
const (
	TransferWaits = 1
	TransferRuns  = 2
	TransferDone  = 3
)

// QueuedTransfer is a transfer that a phone still has to make or to tell of.
// GetQueuedTransfers tells its key and state alone.
type QueuedTransfer struct {
	Key        string
	State      int
	IsDownload bool
	FileType   string
	FileSize   int64
	Target     string
}

// GetQueuedTransfers asks which transfers are queued, of those that were asked for.
type GetQueuedTransfers struct{}

// Method implements Message.
func (*GetQueuedTransfers) Method() string       { return "GetQueuedTransfers" }
func (*GetQueuedTransfers) read(r *reader) error { return r.skip() }
func (*GetQueuedTransfers) write(*writer)        {}

// GetQueuedTransfersResponse lists them.
type GetQueuedTransfersResponse struct{ Transfers []QueuedTransfer }

// Method implements Message.
func (*GetQueuedTransfersResponse) Method() string         { return "GetQueuedTransfersResponse" }
func (m *GetQueuedTransfersResponse) read(r *reader) error { return r.transfers(&m.Transfers) }

func (m *GetQueuedTransfersResponse) write(w *writer) {
	w.array("TransferList", "cwmp:QueuedTransferStruct", len(m.Transfers))
	for _, t := range m.Transfers {
		w.open("QueuedTransferStruct")
		w.text("CommandKey", t.Key)
		w.number("State", int64(t.State))
		w.close("QueuedTransferStruct")
	}
	w.close("TransferList")
}

func (r *reader) transfers(to *[]QueuedTransfer) error {
	return r.fields(func(name []byte) error {
		if string(name) != "TransferList" {
			return r.skip()
		}
		return r.fields(func([]byte) error {
			var t QueuedTransfer
			err := r.fields(t.part(r))
			*to = append(*to, t)
			return err
		})
	})
}

func (t *QueuedTransfer) part(r *reader) func([]byte) error {
	return func(name []byte) error {
		switch string(name) {
		case "CommandKey":
			return r.word(&t.Key)
		case "State":
			return r.number(&t.State)
		case "IsDownload":
			return r.flag(&t.IsDownload)
		case "FileType":
			return r.word(&t.FileType)
		case "FileSize":
			return r.size(&t.FileSize)
		case "TargetFileName":
			return r.word(&t.Target)
		}
		return r.skip()
	}
}

// GetAllQueuedTransfers asks which transfers are queued, whoever asked for them.
type GetAllQueuedTransfers struct{}

// Method implements Message.
func (*GetAllQueuedTransfers) Method() string       { return "GetAllQueuedTransfers" }
func (*GetAllQueuedTransfers) read(r *reader) error { return r.skip() }
func (*GetAllQueuedTransfers) write(*writer)        {}

// GetAllQueuedTransfersResponse lists them.
type GetAllQueuedTransfersResponse struct{ Transfers []QueuedTransfer }

// Method implements Message.
func (*GetAllQueuedTransfersResponse) Method() string         { return "GetAllQueuedTransfersResponse" }
func (m *GetAllQueuedTransfersResponse) read(r *reader) error { return r.transfers(&m.Transfers) }

func (m *GetAllQueuedTransfersResponse) write(w *writer) {
	w.array("TransferList", "cwmp:AllQueuedTransferStruct", len(m.Transfers))
	for _, t := range m.Transfers {
		w.open("AllQueuedTransferStruct")
		w.text("CommandKey", t.Key)
		w.number("State", int64(t.State))
		w.flag("IsDownload", t.IsDownload)
		w.text("FileType", t.FileType)
		w.number("FileSize", t.FileSize)
		w.text("TargetFileName", t.Target)
		w.close("AllQueuedTransferStruct")
	}
	w.close("TransferList")
}

// CancelTransfer takes a transfer out of the queue.
type CancelTransfer struct{ Key string }

// Method implements Message.
func (*CancelTransfer) Method() string         { return "CancelTransfer" }
func (m *CancelTransfer) read(r *reader) error { return r.onlyKey(&m.Key) }
func (m *CancelTransfer) write(w *writer)      { w.text("CommandKey", m.Key) }

// CancelTransferResponse says that it is out.
type CancelTransferResponse struct{}

// Method implements Message.
func (*CancelTransferResponse) Method() string       { return "CancelTransferResponse" }
func (*CancelTransferResponse) read(r *reader) error { return r.skip() }
func (*CancelTransferResponse) write(*writer)        {}

// The modes of a time window.
const (
	WindowAny       = "1 At Any Time"
	WindowImmediate = "2 Immediately"
	WindowIdle      = "3 When Idle"
	WindowConfirmed = "4 Confirmation Needed"
)

// Window is when a scheduled download may begin.
type Window struct {
	Start, End int // seconds after the session
	Mode       string
	Message    string // for the phone's user
	Retries    int    // -1 for as many as the phone likes
}

// ScheduleDownload has the phone fetch a file in one of at most two windows.
type ScheduleDownload struct {
	Key      string
	FileType string
	URL      string
	Username string
	Password string
	FileSize int64
	Target   string
	Windows  []Window
}

// Method implements Message.
func (*ScheduleDownload) Method() string { return "ScheduleDownload" }

func (m *ScheduleDownload) read(r *reader) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "FileSize":
			return r.size(&m.FileSize)
		case "TargetFileName":
			return r.word(&m.Target)
		case "TimeWindowList":
			return r.fields(func([]byte) error { return m.window(r) })
		}
		return r.order(name, &m.Key, &m.FileType, &m.URL, &m.Username, &m.Password)
	})
}

func (m *ScheduleDownload) window(r *reader) error {
	var w Window
	err := r.fields(func(name []byte) error {
		switch string(name) {
		case "WindowStart":
			return r.number(&w.Start)
		case "WindowEnd":
			return r.number(&w.End)
		case "WindowMode":
			return r.word(&w.Mode)
		case "UserMessage":
			return r.value(&w.Message)
		case "MaxRetries":
			return r.number(&w.Retries)
		}
		return r.skip()
	})
	m.Windows = append(m.Windows, w)
	return err
}

func (m *ScheduleDownload) write(w *writer) {
	w.order(m.Key, m.FileType, m.URL, m.Username, m.Password)
	w.number("FileSize", m.FileSize)
	w.text("TargetFileName", m.Target)
	w.array("TimeWindowList", "cwmp:TimeWindowStruct", len(m.Windows))
	for _, t := range m.Windows {
		w.open("TimeWindowStruct")
		w.number("WindowStart", int64(t.Start))
		w.number("WindowEnd", int64(t.End))
		w.text("WindowMode", t.Mode)
		w.text("UserMessage", t.Message)
		w.number("MaxRetries", int64(t.Retries))
		w.close("TimeWindowStruct")
	}
	w.close("TimeWindowList")
}

// ScheduleDownloadResponse says that it will.
type ScheduleDownloadResponse struct{}

// Method implements Message.
func (*ScheduleDownloadResponse) Method() string       { return "ScheduleDownloadResponse" }
func (*ScheduleDownloadResponse) read(r *reader) error { return r.skip() }
func (*ScheduleDownloadResponse) write(*writer)        {}
