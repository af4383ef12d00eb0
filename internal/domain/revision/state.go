package revision

import (
	"encoding/json"
	"errors"
	"fmt"

	"bellwether/internal/domain/param"
)

// state is a device's row with its JSON read.
type state struct {
	stateRow
	lines        []BoundLine
	placeholders map[string]string
	ever         map[param.Key]string
	bindings     []binding
	bound        bool // the row exists: first contact has been
}

func (r *stateRow) read() (state, error) {
	s := state{stateRow: *r, bound: true}
	err := errors.Join(json.Unmarshal([]byte(r.Lines), &s.lines), json.Unmarshal([]byte(r.Placeholders), &s.placeholders), json.Unmarshal([]byte(r.Ever), &s.ever))
	if err != nil {
		return state{}, fmt.Errorf("read the bindings of %s: %w", r.DeviceID, err)
	}
	return s, nil
}

// text writes what a column of a state or a revision holds.
func text(v any) (string, error) {
	b, err := json.Marshal(v)
	if string(b) == "null" {
		switch v.(type) {
		case []BoundLine:
			return "[]", nil
		default:
			return "{}", nil
		}
	}
	return string(b), err
}
