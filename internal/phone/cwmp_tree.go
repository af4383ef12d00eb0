package phone

import (
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"

	"bellwether/internal/protocol/cwmp"
)

// root is that of TR-106 and of the phones' data models.
const root = "Device."

// leaf is one parameter of the data model.
type leaf struct {
	kind    string
	setting string            // which it stands for, "" for none
	words   map[string]string // of the setting for the parameter's
	own     bool              // kept by CWMP alone
	usual   string            // value of one's own out of the box
	read    func() string     // for what nobody can write
	secret  bool
}

func (l leaf) writable() bool { return l.setting != "" || l.own }

// tree is the data model as the settings make it at one moment.
type tree struct {
	m      *manager
	conf   Management
	leaves map[string]leaf
	held   map[string]string
	own    map[string]string
	names  []string // sorted; of parameters and objects, below the root
}

// forced are the parameters of every Inform (TR-106 §3.2.1), below the root.
func forced() []string {
	return []string{"DeviceSummary", "DeviceInfo.HardwareVersion", "DeviceInfo.SoftwareVersion", "ManagementServer.ParameterKey", "ManagementServer.ConnectionRequestURL", "LAN.IPAddress"}
}

// data makes the tree.
func (m *manager) data(conf Management) *tree {
	held, _ := m.phone.effective(m.phone.Settings())
	t := &tree{m: m, conf: conf, leaves: map[string]leaf{}, held: held, own: map[string]string{}}
	m.mu.Lock()
	for name, value := range m.flash.own {
		t.own[name] = value
	}
	instances := slices.Clone(m.flash.instances)
	m.mu.Unlock()
	t.fixed()
	t.management(instances)
	t.diagnostics()
	for _, p := range conf.Parameters {
		t.leaves[p.Name] = leaf{kind: p.Kind, setting: p.Setting, words: p.Words, secret: p.Secret}
	}
	for _, l := range m.phone.Lines() {
		t.leaves["Services.VoiceService.1.VoiceProfile."+strconv.Itoa(l.Index)+".Line.1.Status"] = leaf{kind: cwmp.String, read: func() string {
			if l.Registered {
				return "Up"
			}
			return "Error"
		}}
	}
	return t
}

// fixed are the parameters that the phone tells of itself.
func (t *tree) fixed() {
	m, d := t.m, t.m.phone.device()
	said := func(kind, value string) leaf { return leaf{kind: kind, read: func() string { return value }} }
	m.mu.Lock()
	started, key, at, udp := m.live.started, m.flash.key, m.status.RequestURL, m.status.UDPAddress
	m.mu.Unlock()
	for name, l := range map[string]leaf{
		"DeviceSummary":                                said(cwmp.String, "Device:1.0[](Baseline:1), VoiceService:1.0[1](Endpoint:1, SIPEndpoint:1)"),
		"DeviceInfo.Manufacturer":                      said(cwmp.String, t.conf.Maker),
		"DeviceInfo.ManufacturerOUI":                   said(cwmp.String, t.conf.OUI),
		"DeviceInfo.ModelName":                         said(cwmp.String, d.Model),
		"DeviceInfo.ProductClass":                      said(cwmp.String, t.conf.Class),
		"DeviceInfo.SerialNumber":                      said(cwmp.String, upper(d.MAC.String())),
		"DeviceInfo.HardwareVersion":                   said(cwmp.String, d.Model+" V1.0A"),
		"DeviceInfo.SoftwareVersion":                   said(cwmp.String, d.Firmware),
		"DeviceInfo.UpTime":                            said(cwmp.UnsignedInt, strconv.Itoa(int(m.phone.ownTime(started, m.phone.cfg.Clock.Now()).Sub(started).Seconds()))),
		"DeviceInfo.ProvisioningCode":                  {kind: cwmp.String, own: true},
		"ManagementServer.ParameterKey":                said(cwmp.String, key),
		"ManagementServer.ConnectionRequestURL":        said(cwmp.String, m.conf.Quirks.URL.say(at, m)),
		"ManagementServer.UDPConnectionRequestAddress": said(cwmp.String, udp),
		"ManagementServer.NATDetected":                 said(cwmp.Boolean, strconv.FormatBool(udp != "" && !strings.HasPrefix(udp, m.conf.Address.String()+":"))),
		"LAN.AddressingType":                           said(cwmp.String, "DHCP"),
		"LAN.IPAddress":                                said(cwmp.String, m.conf.Address.String()),
		"LAN.MACAddress":                               said(cwmp.String, d.MAC.Colons()),
		"Time.CurrentLocalTime":                        said(cwmp.DateTime, string(cwmp.AppendTime(nil, m.phone.now()))),
		"Services.VoiceServiceNumberOfEntries":         said(cwmp.UnsignedInt, "1"),
	} {
		t.leaves[name] = l
	}
}

// management are the parameters of ManagementServer that no setting stands for.
func (t *tree) management(instances []int) {
	const at = "ManagementServer."
	for name, l := range map[string]leaf{
		"PeriodicInformTime": {kind: cwmp.DateTime, usual: "0001-01-01T00:00:00Z"}, "UpgradesManaged": {kind: cwmp.Boolean, usual: "0"},
		"STUNEnable": {kind: cwmp.Boolean, usual: "0"}, "STUNServerAddress": {kind: cwmp.String}, "STUNServerPort": {kind: cwmp.UnsignedInt, usual: "3478"},
		"STUNUsername": {kind: cwmp.String}, "STUNPassword": {kind: cwmp.String, secret: true},
		"STUNMinimumKeepAlivePeriod": {kind: cwmp.UnsignedInt, usual: "20"}, "STUNMaximumKeepAlivePeriod": {kind: cwmp.Int, usual: "-1"},
	} {
		l.own = true
		t.leaves[at+name] = l
	}
	for _, n := range instances {
		i := at + "InformParameter." + strconv.Itoa(n) + "."
		t.leaves[i+"Enable"] = leaf{kind: cwmp.Boolean, own: true, usual: "0"}
		t.leaves[i+"ParameterName"] = leaf{kind: cwmp.String, own: true}
		t.leaves[i+"EventList"] = leaf{kind: cwmp.String, own: true}
	}
}

// diagnostics are the two tests that the server can ask for.
func (t *tree) diagnostics() {
	set := func(kind, usual string) leaf { return leaf{kind: kind, own: true, usual: usual} }
	found := func(kind, name, usual string) leaf {
		return leaf{kind: kind, read: func() string { return t.orUsual(name, usual) }}
	}
	for name, l := range map[string]leaf{
		pingAt + "DiagnosticsState": set(cwmp.String, "None"), pingAt + "Host": set(cwmp.String, ""), pingAt + "NumberOfRepetitions": set(cwmp.UnsignedInt, "4"),
		pingAt + "Timeout": set(cwmp.UnsignedInt, "1000"), pingAt + "DataBlockSize": set(cwmp.UnsignedInt, "56"), pingAt + "DSCP": set(cwmp.UnsignedInt, "0"),
		traceAt + "DiagnosticsState": set(cwmp.String, "None"), traceAt + "Host": set(cwmp.String, ""), traceAt + "Timeout": set(cwmp.UnsignedInt, "5000"),
		traceAt + "MaxHopCount": set(cwmp.UnsignedInt, "30"), traceAt + "DataBlockSize": set(cwmp.UnsignedInt, "38"), traceAt + "DSCP": set(cwmp.UnsignedInt, "0"),
	} {
		t.leaves[name] = l
	}
	for _, name := range []string{"SuccessCount", "FailureCount", "AverageResponseTime", "MinimumResponseTime", "MaximumResponseTime"} {
		t.leaves[pingAt+name] = found(cwmp.UnsignedInt, pingAt+name, "0")
	}
	t.leaves[traceAt+"ResponseTime"] = found(cwmp.UnsignedInt, traceAt+"ResponseTime", "0")
	t.leaves[traceAt+"NumberOfRouteHops"] = found(cwmp.UnsignedInt, traceAt+"NumberOfRouteHops", "0")
	if host := t.own[traceAt+"RouteHops.1.HopHost"]; host != "" {
		t.leaves[traceAt+"RouteHops.1.HopHost"] = found(cwmp.String, traceAt+"RouteHops.1.HopHost", "")
	}
}

// Where the two tests stand, below the root.
const (
	pingAt  = "LAN.IPPingDiagnostics."
	traceAt = "LAN.TraceRouteDiagnostics."
)

func (t *tree) orUsual(name, usual string) string {
	if v, ok := t.own[name]; ok {
		return v
	}
	return usual
}

// value reads a parameter, by its name below the root.
func (t *tree) value(name string) (cwmp.ParameterValue, bool) {
	l, ok := t.leaves[name]
	if !ok {
		return cwmp.ParameterValue{}, false
	}
	v := cwmp.ParameterValue{Name: root + name, Type: l.kind}
	switch {
	case l.secret:
	case l.read != nil:
		v.Value = l.read()
	case l.setting != "":
		v.Value = l.shown(t.held[l.setting])
	default:
		v.Value = t.orUsual(name, l.usual)
	}
	if b, ok := cwmp.ParseBool(v.Value); ok && l.kind == cwmp.Boolean && t.m.conf.Quirks.Normalised {
		v.Value = strconv.FormatBool(b)
	}
	return v, true
}

// shown is a setting's value in the parameter's words.
func (l leaf) shown(held string) string {
	if word, ok := l.words[held]; ok {
		return word
	}
	if held == "" && l.kind == cwmp.Boolean {
		return "0"
	}
	return held
}

// sorted lists every name of the tree below the root, objects with their dot.
func (t *tree) sorted() []string {
	if t.names != nil {
		return t.names
	}
	seen := map[string]bool{"ManagementServer.InformParameter.": true}
	for name := range t.leaves {
		seen[name] = true
		for i := range name {
			if name[i] == '.' {
				seen[name[:i+1]] = true
			}
		}
	}
	for name := range seen {
		t.names = append(t.names, name)
	}
	sort.Strings(t.names)
	return t.names
}

// object reports whether there is an object of that name, below the root.
func (t *tree) object(name string) bool {
	_, found := slices.BinarySearch(t.sorted(), name)
	return name == "" || found && strings.HasSuffix(name, ".")
}

// wanted are the parameters that the server wants in an Inform with these events,
// by its own InformParameter objects.
func (t *tree) wanted(events []cwmp.Event) []string {
	var out []string
	for name, l := range t.leaves {
		at, ok := strings.CutSuffix(name, ".ParameterName")
		if !ok || !l.own || !strings.HasPrefix(name, "ManagementServer.InformParameter.") {
			continue
		}
		if on, _ := cwmp.ParseBool(t.orUsual(at+".Enable", "0")); !on {
			continue
		}
		if which := t.orUsual(at+".EventList", ""); which == "" || slices.ContainsFunc(events, func(e cwmp.Event) bool { return named(which, e.Code) }) {
			out = append(out, strings.TrimPrefix(t.orUsual(name, ""), root))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// named reports whether a list of events has one, by its number alone or whole.
func named(list, code string) bool {
	number, _, _ := strings.Cut(code, " ")
	for e := range strings.SplitSeq(list, ",") {
		if e = strings.TrimSpace(e); e == code || e == number {
			return true
		}
	}
	return false
}

// say is what the phone says of where it takes connection requests.
func (s URLShape) say(at string, m *manager) string {
	switch s {
	case URLNone:
		return ""
	case URLPort0:
		if i := strings.LastIndexByte(at, ':'); i > 0 {
			return at[:i] + ":0/"
		}
	case URLPrivate:
		return strings.Replace(at, m.conf.Address.String(), netip.AddrFrom4([4]byte{10, 255, 255, 254}).String(), 1)
	case URLChanging:
		return at + strconv.FormatInt(m.phone.cfg.Clock.Now().UnixNano(), 36)
	}
	return at
}

func upper(s string) string { return strings.ToUpper(s) }
