package cwmp

// Reboot has the phone restart once the session is over.
type Reboot struct{ Key string }

// Method implements Message.
func (*Reboot) Method() string         { return "Reboot" }
func (m *Reboot) read(r *reader) error { return r.onlyKey(&m.Key) }
func (m *Reboot) write(w *writer)      { w.text("CommandKey", m.Key) }

func (r *reader) onlyKey(to *string) error {
	return r.fields(func(name []byte) error {
		if string(name) == "CommandKey" {
			return r.word(to)
		}
		return r.skip()
	})
}

// RebootResponse says that it will.
type RebootResponse struct{}

// Method implements Message.
func (*RebootResponse) Method() string       { return "RebootResponse" }
func (*RebootResponse) read(r *reader) error { return r.skip() }
func (*RebootResponse) write(*writer)        {}

// FactoryReset has the phone forget everything once the session is over.
type FactoryReset struct{}

// Method implements Message.
func (*FactoryReset) Method() string       { return "FactoryReset" }
func (*FactoryReset) read(r *reader) error { return r.skip() }
func (*FactoryReset) write(*writer)        {}

// FactoryResetResponse says that it will.
type FactoryResetResponse struct{}

// Method implements Message.
func (*FactoryResetResponse) Method() string       { return "FactoryResetResponse" }
func (*FactoryResetResponse) read(r *reader) error { return r.skip() }
func (*FactoryResetResponse) write(*writer)        {}

// ScheduleInform asks for a session in a while.
type ScheduleInform struct {
	Delay int // seconds
	Key   string
}

// Method implements Message.
func (*ScheduleInform) Method() string { return "ScheduleInform" }

func (m *ScheduleInform) read(r *reader) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "DelaySeconds":
			return r.number(&m.Delay)
		case "CommandKey":
			return r.word(&m.Key)
		}
		return r.skip()
	})
}

func (m *ScheduleInform) write(w *writer) {
	w.number("DelaySeconds", int64(m.Delay))
	w.text("CommandKey", m.Key)
}

// ScheduleInformResponse says that it will.
type ScheduleInformResponse struct{}

// Method implements Message.
func (*ScheduleInformResponse) Method() string       { return "ScheduleInformResponse" }
func (*ScheduleInformResponse) read(r *reader) error { return r.skip() }
func (*ScheduleInformResponse) write(*writer)        {}

// Kicked tells of a web page that sent the phone here.
type Kicked struct {
	Command string
	Referer string
	Arg     string
	Next    string
}

// Method implements Message.
func (*Kicked) Method() string { return "Kicked" }

func (m *Kicked) read(r *reader) error {
	return r.fields(func(name []byte) error {
		switch string(name) {
		case "Command":
			return r.word(&m.Command)
		case "Referer":
			return r.word(&m.Referer)
		case "Arg":
			return r.word(&m.Arg)
		case "Next":
			return r.word(&m.Next)
		}
		return r.skip()
	})
}

func (m *Kicked) write(w *writer) {
	w.text("Command", m.Command)
	w.text("Referer", m.Referer)
	w.text("Arg", m.Arg)
	w.text("Next", m.Next)
}

// KickedResponse names the page to show next.
type KickedResponse struct{ NextURL string }

// Method implements Message.
func (*KickedResponse) Method() string { return "KickedResponse" }

func (m *KickedResponse) read(r *reader) error {
	return r.fields(func(name []byte) error {
		if string(name) == "NextURL" {
			return r.word(&m.NextURL)
		}
		return r.skip()
	})
}

func (m *KickedResponse) write(w *writer) { w.text("NextURL", m.NextURL) }
