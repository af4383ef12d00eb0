package phone

import (
	"strconv"
	"strings"
	"time"

	"bellwether/internal/protocol/cwmp"
)

// Hostile makes a managed phone an adversary. The zero value is an honest one.
type Hostile struct {
	Serial    string   // says that it is the phone of this serial number
	Replay    bool     // shows the proof of its first message again and again, in later sessions too
	FalseKeys []string // tells of transfers with these keys, which it never made
	Padding   int      // bytes of made-up parameters in each Inform and in each list of values
	Endless   bool     // goes on asking when the server has nothing more
}

// endlessPause is how long an endless phone waits between two empty messages.
const endlessPause = time.Second

// padLine is one made-up parameter's value, in bytes.
const padLine = 1000

// padding makes parameters that are about as long as it is told.
func (h Hostile) padding() []cwmp.ParameterValue {
	var out []cwmp.ParameterValue
	for n := range h.Padding / padLine {
		out = append(out, cwmp.ParameterValue{Name: root + "X_020000_Pad." + strconv.Itoa(n), Value: strings.Repeat("x", padLine), Type: cwmp.String})
	}
	return out
}
