package grandstream

import (
	"encoding/pem"
	"net/url"
	"strconv"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

// loadCAs says which CAs the phone judges by; ours count only with the custom
// ones (GHP6xx guide, "Load CA Certificates").
const loadCAs param.Key = "trustedcacertificates.load"

// leaseOverrides says whether DHCP's options 43 and 66 count more than the server
// path (GHP6xx guide, "Allow DHCP Option 43 and Option 66 Override Server").
const leaseOverrides param.Key = "provisioning.override.dhcp.allowcommonoptions"

// Bootstrap tells a phone where to come back: protocol and path of the
// configuration server, our CA and a time server. The path carries no scheme:
// with one the phone takes no configuration at all. DHCP is to override it no more:
// else a lease that sent the phone here sends it to the same bare name again with
// each start, and never to the folder with the token. Whether the phone checks the
// certificate is left as it is; that is a setting of the revision it then gets.
func (v *Vendor) Bootstrap(t param.Target, b vendors.Bootstrap) []vendors.SpelledValue {
	if t.Dialect == "" {
		t.Dialect = dialectAlias
	}
	want := map[param.Key]string{}
	set := func(role param.Role, n int, value string) {
		if k, ok := v.catalog.ByRole(role, n); ok && value != "" {
			want[k] = value
		}
	}
	if u, err := url.Parse(b.BaseURL); err == nil && u.Host != "" {
		set(param.ConfigProtocol, 0, strings.ToUpper(u.Scheme))
		set(param.ConfigPath, 0, u.Host+u.EscapedPath())
		want[leaseOverrides] = "No"
	}
	for i, cert := range certificates(b.CA) {
		set(param.TrustedCA, i+1, cert)
		want[loadCAs] = "All Certificates"
	}
	set(param.TimeServer, 0, b.TimeServer)
	for k, value := range manager(b.Manager) {
		want[k] = value
	}
	var out []vendors.SpelledValue
	for k, value := range want {
		if name, spelled, ok := v.catalog.Spell(k, value, t); ok {
			out = append(out, vendors.SpelledValue{Name: name, Value: spelled})
		}
	}
	vendors.SortValues(out)
	return out
}

// manager has the phone report by TR-069 (GHP6xx guide, "TR-069"; the names of the
// other families are those of their own templates).
func manager(m vendors.Manager) map[param.Key]string {
	if m.URL == "" {
		return nil
	}
	return map[param.Key]string{
		"tr069.enable": "Yes", "tr069.url": m.URL, "tr069.username": m.User, "tr069.password": m.Password,
		"tr069.periodicinform": "Yes", "tr069.periodicinforminterval": strconv.Itoa(int(m.Every.Seconds())),
		"tr069.connectionrequestusername": m.CallUser, "tr069.connectionrequestpassword": m.CallPassword,
	}
}

// certificates splits a PEM bundle: each of the phone's slots holds one. During
// a roll-over there are two.
func certificates(bundle string) []string {
	var out []string
	for rest := []byte(bundle); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return out
		}
		if block.Type == "CERTIFICATE" {
			out = append(out, string(pem.EncodeToMemory(block)))
		}
	}
}
