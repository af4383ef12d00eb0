package phone

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/icholy/digest"

	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/cwmp"
)

// errand is a file that the server told the phone to fetch or to send.
type errand struct {
	id       int
	key      string
	download bool
	fileType string
	size     int64
	state    int // of cwmp: TransferWaits …
	failure  cwmp.Failure
	start    time.Time
	complete time.Time
	boots    int // when it was done
}

// mostTransfers is how many the phone takes at once.
const mostTransfers = 16

// queued takes a transfer; nil where there are too many.
func (m *manager) queued(x errand) *errand {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.flash.transfers) >= mostTransfers {
		return nil
	}
	m.requests.transfers++
	x.id, x.state = m.requests.transfers, cwmp.TransferWaits
	m.flash.transfers = append(m.flash.transfers, x)
	return &x
}

func (t *talk) download(ask *cwmp.Download) cwmp.Message {
	u, code := t.m.target(ask.URL)
	if code != 0 {
		return refuse(code)
	}
	switch ask.FileType {
	case cwmp.FileFirmware, cwmp.FileConfig, cwmp.FileTone, cwmp.FileRinger:
	default:
		return refuse(cwmp.FaultArguments)
	}
	x := t.m.queued(errand{key: ask.Key, download: true, fileType: ask.FileType, size: ask.FileSize})
	if x == nil {
		return refuse(cwmp.FaultResources)
	}
	t.m.done("Download", ask.Key)
	t.start(x.id, ask.Delay, cwmp.EventMDownload, func(ctx context.Context) (bool, cwmp.Failure) {
		return t.m.fetchFile(ctx, u, ask)
	})
	return &cwmp.DownloadResponse{Status: cwmp.Committed}
}

func (t *talk) upload(ask *cwmp.Upload) cwmp.Message {
	u, code := t.m.target(ask.URL)
	if code != 0 {
		return refuse(code)
	}
	if ask.FileType != cwmp.UploadConfig && ask.FileType != cwmp.UploadLog {
		return refuse(cwmp.FaultArguments)
	}
	x := t.m.queued(errand{key: ask.Key, fileType: ask.FileType})
	if x == nil {
		return refuse(cwmp.FaultResources)
	}
	t.m.done("Upload", ask.Key)
	t.start(x.id, ask.Delay, cwmp.EventMUpload, func(ctx context.Context) (bool, cwmp.Failure) {
		return false, t.m.sendFile(ctx, u, ask)
	})
	return &cwmp.UploadResponse{Status: cwmp.Committed}
}

// target judges an address; 0 is that the phone can go there.
func (m *manager) target(to string) (*url.URL, int) {
	u, err := url.Parse(to)
	switch {
	case err != nil || u.Host == "" || len(to) > limit.ServerPath:
		return nil, cwmp.FaultArguments
	case u.User != nil:
		return nil, cwmp.FaultArguments
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, cwmp.FaultScheme
	}
	return u, 0
}

// start begins a transfer once the session is over and its delay is too.
func (t *talk) start(id, delay int, event string, do func(context.Context) (restarts bool, f cwmp.Failure)) {
	m := t.m
	t.later(func(ctx context.Context) {
		m.work.Go(func() {
			if m.phone.cfg.Clock.Sleep(ctx, m.pause(time.Duration(max(delay, 0))*time.Second)) != nil {
				return
			}
			x, there := m.mark(id, func(x *errand) { x.state, x.start = cwmp.TransferRuns, m.phone.now() })
			if !there {
				return // it was cancelled
			}
			again, failure := do(ctx)
			if ctx.Err() != nil {
				return
			}
			boots, _, _ := m.counts()
			x, there = m.mark(id, func(x *errand) {
				x.state, x.failure, x.complete, x.boots = cwmp.TransferDone, failure, m.phone.now(), boots
			})
			done := []cwmp.Event{{Code: event, Key: x.key}, {Code: cwmp.EventTransferComplete}}
			if again {
				m.restart(m.phone.Reboot, done...)
				return
			}
			if there {
				m.raise(done[0].Code, done[0].Key)
				m.raise(done[1].Code, "")
			}
			m.phone.nudge()
		})
	})
}

// mark changes a transfer in the queue; false where it is no longer there.
func (m *manager) mark(id int, change func(*errand)) (errand, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.flash.transfers, func(x errand) bool { return x.id == id })
	if i < 0 {
		return errand{}, false
	}
	change(&m.flash.transfers[i])
	return m.flash.transfers[i], true
}

// finished are the transfers that are to be told.
func (m *manager) finished() []errand {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []errand
	for _, x := range m.flash.transfers {
		late := m.conf.Quirks.LateTransfers && x.boots == m.live.boots
		if x.state == cwmp.TransferDone && !late && !m.conf.Quirks.NoTransfers {
			out = append(out, x)
		}
	}
	return out
}

func (m *manager) reported(done errand) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flash.transfers = slices.DeleteFunc(m.flash.transfers, func(x errand) bool { return x.id == done.id })
}

func (m *manager) queue() []cwmp.QueuedTransfer {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []cwmp.QueuedTransfer
	for _, x := range m.flash.transfers {
		out = append(out, cwmp.QueuedTransfer{Key: x.key, State: x.state, IsDownload: x.download, FileType: x.fileType, FileSize: x.size})
	}
	return out
}

func (m *manager) cancel(ask *cwmp.CancelTransfer) cwmp.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range m.flash.transfers {
		if x.key == ask.Key && x.state != cwmp.TransferWaits {
			return refuse(cwmp.FaultCancel)
		}
	}
	m.flash.transfers = slices.DeleteFunc(m.flash.transfers, func(x errand) bool { return x.key == ask.Key })
	m.executed = append(m.executed, Executed{m.phone.cfg.Clock.Now(), "CancelTransfer", ask.Key})
	return &cwmp.CancelTransferResponse{}
}

func failure(code int) cwmp.Failure { return cwmp.Failure{Code: code, String: cwmp.FaultText(code)} }

// fetchFile fetches a file and takes it over. Firmware restarts the phone.
func (m *manager) fetchFile(ctx context.Context, u *url.URL, ask *cwmp.Download) (bool, cwmp.Failure) {
	p := m.phone
	folder := *u
	folder.Path, folder.RawPath, folder.RawQuery = "/", "", ""
	s, err := p.open(Place{Folder: &folder, User: ask.Username, Password: ask.Password, Trust: m.management().Trust})
	if err != nil {
		return false, failure(cwmp.FaultInternal)
	}
	defer s.Close()
	most := int64(limit.ConfigBytes)
	if ask.FileType == cwmp.FileFirmware {
		most = limit.FirmwareBytes
	}
	ctx, cancel := context.WithTimeout(ctx, limit.TransferTime)
	defer cancel()
	b, err := s.carrier.bring(ctx, wanted{target: u, most: most})
	f := Fetch{At: p.cfg.Clock.Now(), Reason: ByOrder, URL: u.Redacted(), Name: path.Base(u.Path), Code: b.code, Bytes: len(b.data)}
	code := broughtFault(b, err)
	restarts := false
	if code == 0 {
		restarts, code = m.takeFile(f.Name, ask.FileType, b.data)
	}
	if f.Applied = code == 0; code != 0 {
		f.Err = cwmp.FaultText(code)
		p.record(f)
		return false, failure(code)
	}
	p.record(f)
	return restarts, cwmp.Failure{}
}

// broughtFault is the fault that an answer means; 0 for none.
func broughtFault(b brought, err error) int {
	switch {
	case b.code == 0:
		return cwmp.FaultContact
	case b.code == http.StatusUnauthorized || b.code == http.StatusForbidden:
		return cwmp.FaultTransferAuth
	case b.code != http.StatusOK:
		return cwmp.FaultAccess
	case err != nil:
		return cwmp.FaultIncomplete
	}
	return 0
}

// takeFile takes a file over by its type.
func (m *manager) takeFile(name, kind string, data []byte) (restarts bool, code int) {
	p := m.phone
	switch kind {
	case cwmp.FileFirmware:
		version, err := p.install(data)
		if err != nil {
			return false, cwmp.FaultCorrupted
		}
		if version == "" {
			return false, 0 // it has that one
		}
		p.mu.Lock()
		p.dev.Firmware = version
		p.status.Upgrades++
		p.mu.Unlock()
		return true, 0
	case cwmp.FileConfig:
		file, err := (&session{phone: p}).read(name, data)
		if err != nil || file.Include != "" {
			return false, cwmp.FaultCorrupted
		}
		p.take(name, file)
		return false, 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.extras[kind] = data
	return false, 0
}

// sendFile puts a file to where the server wants it.
func (m *manager) sendFile(ctx context.Context, u *url.URL, ask *cwmp.Upload) cwmp.Failure {
	ctx, cancel := context.WithTimeout(ctx, limit.TransferTime)
	defer cancel()
	conf, err := m.phone.tlsConfig(m.management().Trust)
	if err != nil {
		return failure(cwmp.FaultInternal)
	}
	body := m.logFile()
	if ask.FileType == cwmp.UploadConfig {
		body = m.configFile()
	}
	client := &http.Client{Transport: &http.Transport{DialContext: m.phone.reach, TLSClientConfig: conf, DisableKeepAlives: true}}
	code, header, err := m.sendBody(ctx, client, u, body, "")
	if err == nil && code == http.StatusUnauthorized && ask.Username != "" {
		if proof := putProof(header, u, ask); proof != "" {
			code, _, err = m.sendBody(ctx, client, u, body, proof)
		}
	}
	switch {
	case err != nil:
		return failure(cwmp.FaultContact)
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return failure(cwmp.FaultTransferAuth)
	case code/100 != 2:
		return failure(cwmp.FaultUpload)
	}
	return cwmp.Failure{}
}

func (m *manager) sendBody(ctx context.Context, c *http.Client, u *url.URL, body []byte, proof string) (int, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, u.String(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("User-Agent", m.phone.cfg.Persona.Agent(m.phone.device()))
	if proof != "" {
		req.Header.Set("Authorization", proof)
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, nil, errors.New(plainError(err))
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
	return resp.StatusCode, resp.Header, nil
}

// putProof meets a challenge, by digest or else by basic.
func putProof(h http.Header, u *url.URL, ask *cwmp.Upload) string {
	chal, err := digest.FindChallenge(h)
	if err != nil {
		return basicField(ask.Username, ask.Password)
	}
	made, err := digest.Digest(chal, digest.Options{Method: http.MethodPut, URI: u.RequestURI(), Username: ask.Username, Password: ask.Password, Count: 1})
	if err != nil {
		return ""
	}
	return made.String()
}

// configFile is the phone's configuration as it gives it away: without secrets.
func (m *manager) configFile() []byte {
	held := m.phone.Settings()
	secret := map[string]bool{}
	for _, p := range m.management().Parameters {
		secret[p.Setting] = secret[p.Setting] || p.Secret
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(held)) {
		if !secret[name] && !strings.Contains(strings.ToLower(name), "password") {
			fmt.Fprintf(&b, "%s=%q\n", name, held[name])
		}
	}
	return []byte(b.String())
}

// logFile is what the phone has written down of what it did.
func (m *manager) logFile() []byte {
	var b strings.Builder
	for _, f := range m.phone.Fetches() {
		fmt.Fprintf(&b, "%s fetch %s: %d %s\n", f.At.UTC().Format(time.RFC3339), f.Name, f.Code, f.Err)
	}
	for _, e := range m.phone.Management().Executed {
		fmt.Fprintf(&b, "%s %s %s\n", e.At.UTC().Format(time.RFC3339), e.Method, e.Key)
	}
	return []byte(b.String())
}
