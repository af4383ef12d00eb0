package audiocodes

import "strings"

// FirmwareNames tells that a phone asks for the image of its hardware type, 420HD.img (the
// phone manager's guide, "Managing Phone Firmware Files").
func (v *Vendor) FirmwareNames(model string) []string {
	if label := v.labels[strings.ToLower(model)]; label != "" {
		return []string{label + ".img"}
	}
	return nil
}
