package sim

import (
	"crypto/tls"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/protocol/cwmp"
)

var _ phone.Managed = (*Persona)(nil)

// model is a parameter of the data model and the setting that it stands for: by its
// alias, in lower case, and by its P-value; {n} is the account. The parameters are
// those that others have used on such phones; the makers' own list is not public.
type model struct {
	name    string
	alias   string
	numbers []string // by account, or one
	kind    string
	form    form
}

// form is how a setting's words become a parameter's.
type form uint8

const (
	asIs     form = iota
	yesNo         // Yes and No, 1 and 0
	enabled       // the same as Enabled and Disabled (TR-104)
	carriage      // UDP, TCP and TLS
	secret        // reads empty
)

func models() []model {
	const line = "Services.VoiceService.1.VoiceProfile.{n}."
	return []model{
		{"ManagementServer.EnableCWMP", "tr069.enable", []string{"P1409"}, cwmp.Boolean, yesNo},
		{"ManagementServer.URL", "tr069.url", []string{"P4503"}, cwmp.String, asIs},
		{"ManagementServer.Username", "tr069.username", []string{"P4504"}, cwmp.String, asIs},
		{"ManagementServer.Password", "tr069.password", []string{"P4505"}, cwmp.String, secret},
		{"ManagementServer.PeriodicInformEnable", "tr069.periodicinform", []string{"P4506"}, cwmp.Boolean, yesNo},
		{"ManagementServer.PeriodicInformInterval", "tr069.periodicinforminterval", []string{"P4507"}, cwmp.UnsignedInt, asIs},
		{"ManagementServer.ConnectionRequestUsername", "tr069.connectionrequestusername", []string{"P4511"}, cwmp.String, asIs},
		{"ManagementServer.ConnectionRequestPassword", "tr069.connectionrequestpassword", []string{"P4512"}, cwmp.String, secret},
		{"Time.NTPServer1", "datetime.ntp.server.1", []string{"P30"}, cwmp.String, asIs},
		{"UserInterface.X_GRANDSTREAM_AdminLoginPassword", "users.admin.password", []string{"P2"}, cwmp.String, secret},
		{"X_GRANDSTREAM_Upgrade.UpgradeVia", "provisioning.config.protocol", []string{"P212"}, cwmp.String, asIs},
		{"X_GRANDSTREAM_Upgrade.ConfigFile.ConfigServerPath", "provisioning.config.serverpath", []string{"P237"}, cwmp.String, asIs},
		{"X_GRANDSTREAM_Upgrade.FirmwareUpgrade.FirmwareServerPath", "provisioning.firmware.serverpath", []string{"P192"}, cwmp.String, asIs},
		{line + "Name", "account.{n}.name", strings.Fields("P270 P417 P517 P617 P1717 P1817"), cwmp.String, asIs},
		{line + "Line.1.Enable", "account.{n}.enable", strings.Fields("P271 P401 P501 P601 P1701 P1801"), cwmp.String, enabled},
		{line + "Line.1.DirectoryNumber", "account.{n}.sip.userid", strings.Fields("P35 P404 P504 P604 P1704 P1804"), cwmp.String, asIs},
		{line + "Line.1.SIP.AuthUserName", "account.{n}.sip.subscriber.userid", strings.Fields("P36 P405 P505 P605 P1705 P1805"), cwmp.String, asIs},
		{line + "Line.1.SIP.AuthPassword", "account.{n}.sip.subscriber.password", strings.Fields("P34 P406 P506 P606 P1706 P1806"), cwmp.String, secret},
		{line + "Line.1.SIP.X_GRANDSTREAM_DisplayName", "account.{n}.sip.subscriber.name", strings.Fields("P3 P407 P507 P607 P1707 P1807"), cwmp.String, asIs},
		{line + "SIP.RegistrarServer", "account.{n}.sip.server.1.address", strings.Fields("P47 P402 P502 P602 P1702 P1802"), cwmp.String, asIs},
		{line + "SIP.OutboundProxy", "account.{n}.sip.outboundproxy.1.address", strings.Fields("P48 P403 P503 P603 P1703 P1803"), cwmp.String, asIs},
		{line + "SIP.UserAgentTransport", "account.{n}.sip.transport", strings.Fields("P130 P448 P548 P648 P1748 P1848"), cwmp.String, carriage},
	}
}

// mostAccounts is beyond what any of the phones has.
const mostAccounts = 16

// Management reads the page "TR-069". Where no port is told it is the usual one;
// the management is off unless it is switched on (pessimistic: of the makers'
// default nothing but the address of their own service is known).
func (p *Persona) Management(d phone.Device, s map[string]string) phone.Management {
	of := func(alias, number string) string {
		if name, ok := p.spelt[alias]; ok {
			return s[name]
		}
		return s[number]
	}
	on := func(value string) bool { return value == "Yes" || value == "1" && p.series.aliases == "" }
	out := phone.Management{
		User: of("tr069.username", "P4504"), Password: of("tr069.password", "P4505"),
		RequestUser: of("tr069.connectionrequestusername", "P4511"), RequestPassword: of("tr069.connectionrequestpassword", "P4512"),
		RequestPort: int(number(of("tr069.connectionrequestport", "P4518"), 7547)), Random: on(of("tr069.randomstart.enable", "P8487")),
		Trust: p.series.words.trust(s), Maker: "Grandstream", OUI: maker(d.Model), Class: d.Model, Parameters: p.parameters(d),
	}
	if on(of("tr069.enable", "P1409")) {
		out.URL = of("tr069.url", "P4503")
	}
	if on(of("tr069.periodicinform", "P4506")) {
		out.Every = time.Duration(number(of("tr069.periodicinforminterval", "P4507"), 300)) * time.Second
	}
	cert, key := of("tr069.ssl.certificate", "P8220"), of("tr069.ssl.privatekey", "P8221")
	if own, err := tls.X509KeyPair([]byte(cert), []byte(key)); err == nil {
		out.Own = &own
	}
	return out
}

// maker is the prefix of the makers' addresses, the newer one on the newer models.
func maker(model string) string {
	for _, old := range []string{"GXP", "DP", "HT", "WP81", "WP820", "WP822"} {
		if strings.HasPrefix(model, old) {
			return "000B82"
		}
	}
	return "C074AD"
}

func (p *Persona) parameters(d phone.Device) []phone.Parameter {
	var out []phone.Parameter
	for _, m := range models() {
		for n := 1; n <= mostAccounts; n++ {
			account := strconv.Itoa(n)
			setting, ok := p.spelt[strings.ReplaceAll(m.alias, "{n}", account)]
			if !ok && n <= len(m.numbers) {
				setting = m.numbers[n-1]
			}
			if p.Knows(d.Model, setting) {
				out = append(out, phone.Parameter{Name: strings.ReplaceAll(m.name, "{n}", account), Kind: m.kind, Setting: setting, Words: p.wordsOf(m.form, setting), Secret: m.form == secret})
			}
			if !strings.Contains(m.name, "{n}") {
				break
			}
		}
	}
	return out
}

// wordsOf maps a setting's words to the parameter's; nil where both are alike.
func (p *Persona) wordsOf(f form, setting string) map[string]string {
	pair := map[form][2]string{yesNo: {"1", "0"}, enabled: {"Enabled", "Disabled"}}
	out := map[string]string{}
	for _, word := range p.keys[setting].values {
		switch {
		case f == carriage && (strings.HasPrefix(word, "Tls") || word == "2"):
			out[word] = "TLS"
		case f == carriage && (word == "0" || word == "1"):
			out[word] = [...]string{"UDP", "TCP"}[word[0]-'0']
		case f == carriage:
			out[word] = word
		case pair[f][0] != "" && (word == "Yes" || word == "1"):
			out[word] = pair[f][0]
		case pair[f][0] != "" && (word == "No" || word == "0"):
			out[word] = pair[f][1]
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
