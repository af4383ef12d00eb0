package phone

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Image is firmware for virtual phones. How the makers' images look inside is not
// published, so this form is made up: no real phone takes it, and a virtual one
// takes no other.
type Image struct {
	Models  []string // that it is for
	Version string
	Payload []byte // what fills it; of no meaning
}

const imageMark = "Firmware of virtual phones 1\n"

// Encode writes an image: lines that say what it is, an empty one, the payload.
func (i Image) Encode() []byte {
	sum := sha256.Sum256(i.Payload)
	head := imageMark + "models: " + strings.Join(i.Models, " ") + "\nversion: " + i.Version +
		"\nbytes: " + strconv.Itoa(len(i.Payload)) + "\nsha256: " + hex.EncodeToString(sum[:]) + "\n\n"
	return append([]byte(head), i.Payload...)
}

// DecodeImage reads an image. It fails with fault.Invalid for one that is cut or
// changed, and for anything else.
func DecodeImage(b []byte) (Image, error) {
	head, payload, whole := bytes.Cut(b[:min(len(b), limit.FirmwareBytes)], []byte("\n\n"))
	lines, ok := strings.CutPrefix(string(head)+"\n", imageMark)
	if !ok || !whole || len(head) > 4<<10 {
		return Image{}, fault.New(fault.Invalid, "this is no firmware of a virtual phone")
	}
	said := map[string]string{}
	for line := range strings.Lines(lines) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		said[name] = value
	}
	i := Image{Models: strings.Fields(said["models"]), Version: said["version"], Payload: payload}
	sum := sha256.Sum256(payload)
	switch {
	case said["bytes"] != strconv.Itoa(len(payload)):
		return Image{}, fault.New(fault.Invalid, "the image has %d bytes and says %s", len(payload), said["bytes"])
	case said["sha256"] != hex.EncodeToString(sum[:]):
		return Image{}, fault.New(fault.Invalid, "the image is damaged: its check sum is another one")
	case i.Version == "" || len(i.Models) == 0:
		return Image{}, fault.New(fault.Invalid, "the image does not say its version or its models")
	}
	return i, nil
}

// fits says why an image is not for a model; nil where it is.
func (i Image) fits(model string) error {
	if !slices.ContainsFunc(i.Models, func(m string) bool { return strings.EqualFold(m, model) }) {
		return fault.New(fault.Invalid, "the image is for %s and not for a %s", strings.Join(i.Models, ", "), model)
	}
	return nil
}
