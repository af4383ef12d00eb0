package grandstream

import "strings"

// FirmwareNames tells that the eight hotel phones share one image (GHP6xx guide,
// "Unified Firmware"), and that a GXP2140 asks for gxp2140fw.bin (a provisioning project's notes).
// The pattern <model>fw.bin of the other families is from memory, so that none
// is told for them.
func (v *Vendor) FirmwareNames(model string) []string {
	for _, m := range v.Models() {
		switch {
		case !strings.EqualFold(m.Name, model):
		case m.Family == hotel:
			return []string{firmwareName}
		case m.Name == "GXP2140":
			return []string{"gxp2140fw.bin"}
		}
	}
	return nil
}

// PhonebookNames tells that newer phones ask for phonebook.xml, and older ones
// for gs_phonebook.xml (templates of GXP21xx and GRP phones).
func (v *Vendor) PhonebookNames() []string { return []string{"phonebook.xml", "gs_phonebook.xml"} }
