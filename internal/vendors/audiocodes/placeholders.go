package audiocodes

import (
	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

// Placeholders are the names of the phone manager's pages "Default Placeholders
// Values", "System Settings" and "Phone Model Placeholders" (EMS 7.0 IP phone
// manager guide, B.2.8.1 and B.2.8.2). Its %ITCS_Version% and
// %ITCS_destination% are about the manager itself and left out, and so are the
// values of %ITCS_ServerIP% and of the administrator's password, which is the
// same in every installation. What the backup proxy is called is from memory.
func (v *Vendor) Placeholders() []vendors.Placeholder {
	onOff := []param.Option{{Value: "0", Label: "No"}, {Value: "1", Label: "Yes"}}
	redundant := []param.Option{{Value: "0", Label: "No redundant"}, {Value: "1", Label: "Primary/Backup"}}
	const mode = "Redundant_outbound_proxy_enable"
	return []vendors.Placeholder{
		{Name: "ServerIP", Help: "Address of the server that phones are managed by"},
		{Name: "TimeZoneName", Default: "UTC", Help: "Name of the time zone or country"},
		{Name: "TimeZoneLocation", Default: "+00:00", Help: "Offset of the time zone, +hh:mm or -hh:mm"},
		{Name: "DayLightSwitch", Default: "0", Options: onOff, Help: "Daylight saving time"},
		{Name: "MwiVmNumber", Default: "1000", Help: "Number of the voice mail"},
		{Name: "Language", Default: "English", Options: languages(), Help: "Language of the phones' displays"},
		{Name: "Primary_NTP", Help: "Time server"},
		{Name: "SRTP", Default: "0", Options: onOff, Help: "Media has to be encrypted"},
		{Name: mode, Default: "0", Options: redundant, Help: "Whether a second outbound proxy stands in for the first"},
		{Name: "Outbound_proxy", Help: "The first outbound proxy"},
		{Name: "Redundant_outbound_proxy_address", With: mode, WithNot: "0", Help: "The outbound proxy that stands in"},
		{Name: "IPPhoneUsername", Default: "admin", Help: "User name of the phones' administrator"},
		{Name: "IPPhonePassword", Help: "Password of the phones' administrator"},
		{Name: "DayLightActivate", PerKind: true, Options: onOff, Help: "Daylight saving time"},
		{Name: "DayLightStartMonth", PerKind: true, Help: "Month in which daylight saving time begins"},
		{Name: "DayLightStartDay", PerKind: true, Help: "Day on which it begins"},
		{Name: "DayLightEndMonth", PerKind: true, Help: "Month in which it ends"},
		{Name: "DayLightEndDay", PerKind: true, Help: "Day on which it ends"},
		{Name: "FirmwareFile", PerKind: true, Help: "Name of the firmware's file"},
		{Name: "SipDigitMap", PerKind: true, Help: "Which numbers may be dialled: **xxxx"},
	}
}

// languages are those that the guide's table has.
func languages() (out []param.Option) {
	for _, l := range []string{"English", "French", "German", "Hebrew", "Italian", "Polish", "Portuguese", "Russian", "Spanish", "Ukraine"} {
		out = append(out, param.Option{Value: l, Label: l})
	}
	return out
}
