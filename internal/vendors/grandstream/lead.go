package grandstream

import (
	"net/url"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

var _ vendors.Leader = (*Vendor)(nil)

// userPassword opens a phone's web page for its user.
const userPassword param.Key = "users.user.password"

// seeks says whether a phone asks its network for a server as it starts.
const seeks param.Key = "provisioning.3cxautoprovision"

// pageForms are the families whose web page is known to answer programs, by three
// independent projects that ran against a GXP2170, a GRP2601P and a WP826 (hashed)
// and a GXP1625 (plain). That the hotel phones answer as the newer families do is
// inferred. The HT80x want the password in another form, and of the others
// nothing is known.
func pageForms() map[string]vendors.PageForm {
	return map[string]vendors.PageForm{
		hotel: vendors.PageHashed, "grp26xx": vendors.PageHashed, "wp8x6": vendors.PageHashed,
		"gxp21xx": vendors.PageEither, "gxp16xx": vendors.PagePlain,
	}
}

// Lead sets what the page "Upgrade and Provisioning" has for the configuration's
// server, and keeps DHCP and plug and play from taking the phone back. The
// P-values are the maintenance ones, which the families share.
func (v *Vendor) Lead(m vendors.Model, folder string) (vendors.Lead, bool) {
	form, ok := pageForms()[m.Family]
	u, err := url.Parse(folder)
	if !ok || err != nil || u.Scheme != "https" || u.Host == "" {
		return vendors.Lead{}, false
	}
	out := vendors.Lead{Form: form, Values: []vendors.LeadValue{
		{LeadName: vendors.LeadName{Number: "145"}, Value: "0"},  // DHCP's options 43 and 66
		{LeadName: vendors.LeadName{Number: "1414"}, Value: "0"}, // plug and play
		{LeadName: vendors.LeadName{Number: "234"}},              // prefix of the file's name
		{LeadName: vendors.LeadName{Number: "235"}},              // postfix
		{LeadName: vendors.LeadName{Number: "1360"}, Group: "credentials"},
		{LeadName: vendors.LeadName{Number: "1361", Secret: true}, Group: "credentials"},
		{LeadName: vendors.LeadName{Number: "212"}, Value: "2", Needed: true}, // HTTPS
		{LeadName: vendors.LeadName{Number: "237"}, Value: u.Host + u.EscapedPath(), Needed: true},
	}}
	names := v.maintenance(m)
	set := map[string]bool{}
	for i := range out.Values {
		l := &out.Values[i]
		if l.Name = names[l.Number]; l.Name == "" {
			l.Name = "P" + l.Number
		}
		set[l.Number], set[l.Name] = true, true
	}
	for _, n := range v.pageNames(m) {
		if !set[n.Number] && !set[n.Name] {
			out.Keep = append(out.Keep, n)
		}
	}
	return out, true
}

// maintenance are the names that a model's files have for the settings that lead
// it here, by number: not every family's table tells the numbers.
func (v *Vendor) maintenance(m vendors.Model) map[string]string {
	keys := map[string]param.Key{"145": leaseOverrides, "1414": seeks}
	for number, role := range map[string]param.Role{"212": param.ConfigProtocol, "237": param.ConfigPath, "234": param.FilePrefix, "235": param.FilePostfix, "1360": param.ConfigUser, "1361": param.ConfigPassword} {
		keys[number], _ = v.catalog.ByRole(role, 0)
	}
	out := map[string]string{}
	for number, k := range keys {
		out[number], _, _ = v.catalog.Spell(k, "", param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name})
	}
	return out
}

// pageNames are all settings that a file can tell a model, but for the passwords
// of its web page.
func (v *Vendor) pageNames(m vendors.Model) []vendors.LeadName {
	file := param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name}
	numbers := file
	numbers.Dialect = dialectP
	admin, _ := v.catalog.ByRole(param.AdminPassword, 0)
	var out []vendors.LeadName
	for _, p := range v.catalog.Rows(file) {
		for n := min(1, p.Count); n <= p.Count; n++ {
			k := p.Key(n)
			name, _, _ := v.catalog.Spell(k, "", file)
			if name == "" || k == admin || k == userPassword {
				continue
			}
			number, _, _ := v.catalog.Spell(k, "", numbers)
			out = append(out, vendors.LeadName{Name: name, Number: strings.TrimPrefix(number, "P"), Secret: p.IsSecret() || p.Type == param.PEM && param.LooksSecret(name)})
		}
	}
	return out
}
