package cwmp

import "time"

// The types of files. The whole string counts, its words included.
const (
	FileFirmware = "1 Firmware Upgrade Image"
	FileWeb      = "2 Web Content"
	FileConfig   = "3 Vendor Configuration File"
	FileTone     = "4 Tone File"
	FileRinger   = "5 Ringer File"
	UploadConfig = "1 Vendor Configuration File"
	UploadLog    = "2 Vendor Log File"
)

// Download has the phone fetch a file.
type Download struct {
	Key      string
	FileType string
	URL      string // at most 256 characters, without credentials
	Username string
	Password string
	FileSize int64 // bytes; 0 for unknown
	Target   string
	Delay    int // seconds after the session
	Success  string
	Failure  string
}

// Method implements Message.
func (*Download) Method() string { return "Download" }

func (m *Download) read(r *reader) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "FileSize":
			return r.size(&m.FileSize)
		case "TargetFileName":
			return r.word(&m.Target)
		case "DelaySeconds":
			return r.number(&m.Delay)
		case "SuccessURL":
			return r.word(&m.Success)
		case "FailureURL":
			return r.word(&m.Failure)
		}
		return r.order(name, &m.Key, &m.FileType, &m.URL, &m.Username, &m.Password)
	})
}

func (m *Download) write(w *writer) {
	w.order(m.Key, m.FileType, m.URL, m.Username, m.Password)
	w.number("FileSize", m.FileSize)
	w.text("TargetFileName", m.Target)
	w.number("DelaySeconds", int64(m.Delay))
	w.text("SuccessURL", m.Success)
	w.text("FailureURL", m.Failure)
}

// order reads what all orders to transfer a file have; anything else is passed over.
func (r *reader) order(name []byte, key, kind, url, user, password *string) error {
	switch string(name) {
	case "CommandKey":
		return r.word(key)
	case "FileType":
		return r.word(kind)
	case "URL":
		return r.word(url)
	case "Username":
		return r.value(user)
	case "Password":
		return r.value(password)
	}
	return r.skip()
}

// order writes the same, in the order of the schema.
func (w *writer) order(key, kind, url, user, password string) {
	w.text("CommandKey", key)
	w.text("FileType", kind)
	w.text("URL", url)
	w.text("Username", user)
	w.text("Password", password)
}

// begun is what a phone answers to a transfer that it was told to make.
type begun struct {
	Status   int // Applied: it is done; Committed: TransferComplete will tell
	Start    time.Time
	Complete time.Time
}

func (m *begun) status() int { return m.Status }

func (m *begun) read(r *reader) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "Status":
			return r.number(&m.Status)
		case "StartTime":
			return r.time(&m.Start)
		case "CompleteTime":
			return r.time(&m.Complete)
		}
		return r.skip()
	})
}

func (m *begun) write(w *writer) {
	w.number("Status", int64(m.Status))
	w.time("StartTime", m.Start)
	w.time("CompleteTime", m.Complete)
}

// DownloadResponse says how far a download is.
type DownloadResponse begun

// Method implements Message.
func (*DownloadResponse) Method() string         { return "DownloadResponse" }
func (m *DownloadResponse) status() int          { return m.Status }
func (m *DownloadResponse) read(r *reader) error { return (*begun)(m).read(r) }
func (m *DownloadResponse) write(w *writer)      { (*begun)(m).write(w) }

// Upload has the phone send a file.
type Upload struct {
	Key      string
	FileType string
	URL      string
	Username string
	Password string
	Delay    int // seconds after the session
}

// Method implements Message.
func (*Upload) Method() string { return "Upload" }

func (m *Upload) read(r *reader) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "DelaySeconds":
			return r.number(&m.Delay)
		}
		return r.order(name, &m.Key, &m.FileType, &m.URL, &m.Username, &m.Password)
	})
}

func (m *Upload) write(w *writer) {
	w.order(m.Key, m.FileType, m.URL, m.Username, m.Password)
	w.number("DelaySeconds", int64(m.Delay))
}

// UploadResponse says how far an upload is.
type UploadResponse begun

// Method implements Message.
func (*UploadResponse) Method() string         { return "UploadResponse" }
func (m *UploadResponse) status() int          { return m.Status }
func (m *UploadResponse) read(r *reader) error { return (*begun)(m).read(r) }
func (m *UploadResponse) write(w *writer)      { (*begun)(m).write(w) }

// TransferComplete tells how a transfer ended that the server had asked for.
type TransferComplete struct {
	Key      string // may be cut to KeyMax characters, or empty
	Failure  Failure
	Start    time.Time
	Complete time.Time
}

// Method implements Message.
func (*TransferComplete) Method() string { return "TransferComplete" }

func (m *TransferComplete) read(r *reader) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "CommandKey":
			return r.word(&m.Key)
		case "FaultStruct":
			return r.fields(m.Failure.part(r))
		case "StartTime":
			return r.time(&m.Start)
		case "CompleteTime":
			return r.time(&m.Complete)
		}
		return r.skip()
	})
}

func (m *TransferComplete) write(w *writer) {
	w.text("CommandKey", m.Key)
	m.Failure.write(w, "FaultStruct")
	w.time("StartTime", m.Start)
	w.time("CompleteTime", m.Complete)
}

// TransferCompleteResponse says that it was written down.
type TransferCompleteResponse struct{}

// Method implements Message.
func (*TransferCompleteResponse) Method() string       { return "TransferCompleteResponse" }
func (*TransferCompleteResponse) read(r *reader) error { return r.skip() }
func (*TransferCompleteResponse) write(*writer)        {}

// AutonomousTransferComplete tells of a transfer that the server had not asked for.
type AutonomousTransferComplete struct {
	AnnounceURL string
	TransferURL string
	IsDownload  bool
	FileType    string
	FileSize    int64
	Target      string
	Failure     Failure
	Start       time.Time
	Complete    time.Time
}

// Method implements Message.
func (*AutonomousTransferComplete) Method() string { return "AutonomousTransferComplete" }

func (m *AutonomousTransferComplete) read(r *reader) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "AnnounceURL":
			return r.word(&m.AnnounceURL)
		case "TransferURL":
			return r.word(&m.TransferURL)
		case "IsDownload":
			return r.flag(&m.IsDownload)
		case "FileType":
			return r.word(&m.FileType)
		case "FileSize":
			return r.size(&m.FileSize)
		case "TargetFileName":
			return r.word(&m.Target)
		case "FaultStruct":
			return r.fields(m.Failure.part(r))
		case "StartTime":
			return r.time(&m.Start)
		case "CompleteTime":
			return r.time(&m.Complete)
		}
		return r.skip()
	})
}

func (m *AutonomousTransferComplete) write(w *writer) {
	w.text("AnnounceURL", m.AnnounceURL)
	w.text("TransferURL", m.TransferURL)
	w.flag("IsDownload", m.IsDownload)
	w.text("FileType", m.FileType)
	w.number("FileSize", m.FileSize)
	w.text("TargetFileName", m.Target)
	m.Failure.write(w, "FaultStruct")
	w.time("StartTime", m.Start)
	w.time("CompleteTime", m.Complete)
}

// AutonomousTransferCompleteResponse says that it was written down.
type AutonomousTransferCompleteResponse struct{}

// Method implements Message.
func (*AutonomousTransferCompleteResponse) Method() string {
	return "AutonomousTransferCompleteResponse"
}
func (*AutonomousTransferCompleteResponse) read(r *reader) error { return r.skip() }
func (*AutonomousTransferCompleteResponse) write(*writer)        {}
