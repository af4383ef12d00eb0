package phone

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/cwmp"
)

func refuse(code int) *cwmp.Fault { return &cwmp.Fault{Code: code, String: cwmp.FaultText(code)} }

// methods are what the phone can.
func methods() []string {
	return []string{"GetRPCMethods", "SetParameterValues", "GetParameterValues", "GetParameterNames", "SetParameterAttributes", "GetParameterAttributes",
		"AddObject", "DeleteObject", "Reboot", "Download", "Upload", "FactoryReset", "ScheduleInform", "GetQueuedTransfers", "GetAllQueuedTransfers", "CancelTransfer"}
}

// carryOut does what the server asks and returns the answer.
func (t *talk) carryOut(ctx context.Context, m cwmp.Message) cwmp.Message {
	switch m := m.(type) {
	case *cwmp.GetRPCMethods:
		return t.m.listMethods()
	case *cwmp.GetParameterValues:
		return t.m.get(t.tree(), m)
	case *cwmp.GetParameterNames:
		return t.m.list(t.tree(), m)
	case *cwmp.SetParameterValues:
		return t.set(ctx, m)
	case *cwmp.GetParameterAttributes:
		return t.m.attributes(t.tree(), m)
	case *cwmp.SetParameterAttributes:
		return t.m.notify(t.tree(), m)
	case *cwmp.AddObject:
		return t.m.addObject(t.tree(), m)
	case *cwmp.DeleteObject:
		return t.m.deleteObject(m)
	}
	return t.control(m)
}

// control does what is about the phone as a whole. What ends the session's world
// waits until it is over.
func (t *talk) control(m cwmp.Message) cwmp.Message {
	mg := t.m
	switch m := m.(type) {
	case *cwmp.Reboot:
		mg.done("Reboot", m.Key)
		t.later(func(context.Context) { mg.restart(mg.phone.Reboot, cwmp.Event{Code: cwmp.EventMReboot, Key: m.Key}) })
		return &cwmp.RebootResponse{}
	case *cwmp.FactoryReset:
		mg.done("FactoryReset", "")
		t.later(func(context.Context) { mg.restart(mg.phone.FactoryReset) })
		return &cwmp.FactoryResetResponse{}
	case *cwmp.ScheduleInform:
		if m.Delay <= 0 {
			return refuse(cwmp.FaultArguments)
		}
		mg.done("ScheduleInform", m.Key)
		at := mg.phone.cfg.Clock.Now().Add(mg.pause(time.Duration(m.Delay) * time.Second))
		mg.mu.Lock()
		mg.live.scheduled = append(mg.live.scheduled, scheduled{at, m.Key})
		mg.mu.Unlock()
		return &cwmp.ScheduleInformResponse{}
	case *cwmp.Download:
		return t.download(m)
	case *cwmp.Upload:
		return t.upload(m)
	case *cwmp.GetQueuedTransfers:
		return &cwmp.GetQueuedTransfersResponse{Transfers: mg.queue()}
	case *cwmp.GetAllQueuedTransfers:
		return &cwmp.GetAllQueuedTransfersResponse{Transfers: mg.queue()}
	case *cwmp.CancelTransfer:
		return mg.cancel(m)
	}
	return refuse(cwmp.FaultMethod)
}

func (t *talk) later(f func(context.Context)) { t.after = append(t.after, f) }
func (t *talk) tree() *tree                   { return t.m.data(t.m.management()) }

func (m *manager) listMethods() cwmp.Message {
	list := methods()
	if m.conf.Quirks.LyingMethods {
		list = append(slices.DeleteFunc(list, func(s string) bool { return strings.HasSuffix(s, "Object") }), "ScheduleDownload", "ChangeDUState")
	}
	return &cwmp.GetRPCMethodsResponse{Methods: list}
}

// below is a name without the root; false for one of another data model.
func below(name string) (string, bool) {
	if name == "" {
		return "", true
	}
	return strings.CutPrefix(name, root)
}

func (m *manager) get(t *tree, ask *cwmp.GetParameterValues) cwmp.Message {
	out, odd := &cwmp.GetParameterValuesResponse{}, m.conf.Quirks
	if odd.FewAtOnce > 0 && len(ask.Names) > odd.FewAtOnce {
		return refuse(cwmp.FaultResources)
	}
	names := ask.Names
	if odd.FewNames && len(names) > 1 {
		names = names[:len(names)-1]
	}
	for _, full := range names {
		name, ok := below(full)
		if slices.Contains(odd.Faulty, name) {
			return &cwmp.Fault{Code: cwmp.FaultInternal, String: "GPV handler error (code -1)"}
		}
		if !ok {
			return refuse(cwmp.FaultName)
		}
		if v, found := t.value(name); found {
			out.Parameters = append(out.Parameters, v)
			continue
		}
		if !t.object(name) || odd.NoPartialPaths {
			return refuse(cwmp.FaultName)
		}
		for _, n := range t.sorted() {
			if v, found := t.value(n); found && strings.HasPrefix(n, name) {
				out.Parameters = append(out.Parameters, v)
			}
		}
	}
	if h := m.conf.Hostile; h.Padding > 0 {
		out.Parameters = append(out.Parameters, h.padding()...)
	}
	return out
}

func (m *manager) list(t *tree, ask *cwmp.GetParameterNames) cwmp.Message {
	path, ok := below(ask.Path)
	if !ok {
		return refuse(cwmp.FaultName)
	}
	loose := m.conf.Quirks.LooseNames
	out := &cwmp.GetParameterNamesResponse{}
	add := func(name string) {
		p := cwmp.ParameterInfo{Name: root + name, Writable: t.leaves[name].writable() || strings.HasPrefix(name, "ManagementServer.InformParameter.") && strings.HasSuffix(name, ".")}
		if loose {
			p.Name = strings.TrimSuffix(p.Name, ".")
		}
		out.Parameters = append(out.Parameters, p)
	}
	if _, leaf := t.leaves[path]; leaf {
		if ask.NextLevel {
			return refuse(cwmp.FaultArguments)
		}
		add(path)
		return out
	}
	if !t.object(path) {
		return refuse(cwmp.FaultName)
	}
	if ask.Path == "" && ask.NextLevel { // the root object alone
		out.Parameters = append(out.Parameters, cwmp.ParameterInfo{Name: root})
		return out
	}
	if !ask.NextLevel || loose {
		add(path)
	}
	for _, name := range t.sorted() {
		rest, in := strings.CutPrefix(name, path)
		if !in || rest == "" {
			continue
		}
		if i := strings.IndexByte(rest, '.'); ask.NextLevel && !loose && i >= 0 && i < len(rest)-1 {
			continue
		}
		add(name)
	}
	return out
}

// set writes all or nothing.
func (t *talk) set(_ context.Context, ask *cwmp.SetParameterValues) cwmp.Message {
	m, data := t.m, t.tree()
	settings, own := map[string]string{}, map[string]string{}
	var wrong []cwmp.ParameterFault
	for _, p := range ask.Parameters {
		if code := m.put(data, p, settings, own); code != 0 {
			wrong = append(wrong, cwmp.ParameterFault{Name: p.Name, Code: code, String: cwmp.FaultText(code)})
		}
	}
	if len(wrong) > 0 || len(ask.Parameters) == 0 || len(ask.Key) > cwmp.KeyMax {
		f := refuse(cwmp.FaultArguments)
		f.Set = wrong
		return f
	}
	m.write(settings, own, ask.Key)
	m.done("SetParameterValues", ask.Key)
	t.examine(data, own)
	if m.conf.Quirks.Normalised {
		return &cwmp.SetParameterValuesResponse{Status: cwmp.Committed}
	}
	return &cwmp.SetParameterValuesResponse{Status: cwmp.Applied}
}

// put judges one value and puts it where it belongs; 0 is that it is right.
func (m *manager) put(t *tree, p cwmp.ParameterValue, settings, own map[string]string) int {
	name, ok := below(p.Name)
	l, found := t.leaves[name]
	switch {
	case !ok || !found:
		return cwmp.FaultName
	case !l.writable():
		return cwmp.FaultNotWritable
	case len(p.Value) > limit.ValueBytes || !fits(l.kind, p.Value):
		return cwmp.FaultValue
	case p.Type != "" && p.Type != l.kind && p.Type != cwmp.String:
		return cwmp.FaultType
	case l.own:
		own[name] = p.Value
		return 0
	}
	value := p.Value
	if l.words != nil {
		value, ok = l.held(p.Value)
		if !ok {
			return cwmp.FaultValue
		}
	}
	settings[l.setting] = value
	return 0
}

// held is a parameter's value in the setting's words.
func (l leaf) held(value string) (string, bool) {
	for ours, theirs := range l.words {
		if theirs == value || l.kind == cwmp.Boolean && (cwmp.ParameterValue{Value: theirs, Type: cwmp.Boolean}).Same(cwmp.ParameterValue{Value: value, Type: cwmp.Boolean}) {
			return ours, true
		}
	}
	return "", false
}

// fits reports whether a value is of a type.
func fits(kind, value string) bool {
	var err error
	switch kind {
	case cwmp.Boolean:
		_, ok := cwmp.ParseBool(value)
		return ok
	case cwmp.UnsignedInt:
		_, err = strconv.ParseUint(value, 10, 32)
	case cwmp.Int:
		_, err = strconv.ParseInt(value, 10, 32)
	}
	return err == nil
}

// write makes values the phone's. The server knows them, so they are no news to it.
func (m *manager) write(settings, own map[string]string, key string) {
	p := m.phone
	p.mu.Lock()
	for name, value := range settings {
		p.settings[name] = value
	}
	p.mu.Unlock()
	m.mu.Lock()
	for name, value := range own {
		m.flash.own[name] = value
	}
	if !m.conf.Quirks.NoKey {
		m.flash.key = key
	}
	watched := []string{}
	for name := range m.flash.notify {
		watched = append(watched, name)
	}
	m.mu.Unlock()
	data := m.data(m.management())
	for _, name := range watched {
		if v, ok := data.value(name); ok {
			m.mu.Lock()
			m.flash.told[name] = v.Value
			m.mu.Unlock()
		}
	}
	p.nudge()
}

func (m *manager) attributes(t *tree, ask *cwmp.GetParameterAttributes) cwmp.Message {
	out := &cwmp.GetParameterAttributesResponse{}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, full := range ask.Names {
		name, ok := below(full)
		if _, leaf := t.leaves[name]; !ok || !leaf && !t.object(name) {
			return refuse(cwmp.FaultName)
		}
		for _, n := range t.sorted() {
			if _, leaf := t.leaves[n]; leaf && (n == name || strings.HasSuffix(name, ".") && strings.HasPrefix(n, name) || name == "") {
				out.Parameters = append(out.Parameters, cwmp.ParameterAttribute{Name: root + n, Notification: m.flash.notify[n]})
			}
		}
	}
	return out
}

func (m *manager) notify(t *tree, ask *cwmp.SetParameterAttributes) cwmp.Message {
	for _, c := range ask.Parameters {
		name, ok := below(c.Name)
		switch _, leaf := t.leaves[name]; {
		case !ok || !leaf && !t.object(name):
			return refuse(cwmp.FaultName)
		case c.Notification < cwmp.NotifyOff || c.Notification > cwmp.NotifyActive:
			return refuse(cwmp.FaultNotification)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range ask.Parameters {
		name, _ := below(c.Name)
		for _, n := range t.sorted() {
			v, leaf := t.value(n)
			if !leaf || !c.ChangeNotification || n != name && (!strings.HasSuffix(c.Name, ".") || !strings.HasPrefix(n, name)) {
				continue
			}
			m.flash.notify[n], m.flash.told[n] = c.Notification, v.Value
		}
	}
	return &cwmp.SetParameterAttributesResponse{}
}

// informParameter is the only object whose instances the server makes.
const informParameter = root + "ManagementServer.InformParameter."

// mostInstances is how many it may make.
const mostInstances = 32

func (m *manager) addObject(t *tree, ask *cwmp.AddObject) cwmp.Message {
	if name, ok := below(ask.Object); ask.Object != informParameter {
		if ok && t.object(name) && name != "" {
			return refuse(cwmp.FaultDenied)
		}
		return refuse(cwmp.FaultName)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.flash.instances) >= mostInstances {
		return refuse(cwmp.FaultResources)
	}
	m.flash.last++
	n := m.flash.last
	if m.conf.Quirks.JumpingInstances {
		n = m.flash.last*3 + 7*m.live.resets
	}
	m.flash.instances = append(m.flash.instances, n)
	m.flash.key = ask.Key
	m.executed = append(m.executed, Executed{m.phone.cfg.Clock.Now(), "AddObject", ask.Key})
	return &cwmp.AddObjectResponse{Instance: n, Status: cwmp.Applied}
}

func (m *manager) deleteObject(ask *cwmp.DeleteObject) cwmp.Message {
	rest, ok := strings.CutPrefix(ask.Object, informParameter)
	n, err := strconv.Atoi(strings.TrimSuffix(rest, "."))
	m.mu.Lock()
	defer m.mu.Unlock()
	if !ok || err != nil || !strings.HasSuffix(rest, ".") || !slices.Contains(m.flash.instances, n) {
		return refuse(cwmp.FaultName)
	}
	m.flash.instances = slices.DeleteFunc(m.flash.instances, func(i int) bool { return i == n })
	for name := range m.flash.own {
		if strings.HasPrefix(root+name, ask.Object) {
			delete(m.flash.own, name)
		}
	}
	m.flash.key = ask.Key
	m.executed = append(m.executed, Executed{m.phone.cfg.Clock.Now(), "DeleteObject", ask.Key})
	return &cwmp.DeleteObjectResponse{Status: cwmp.Applied}
}
