package grandstream_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/phone"
)

// softphone is a foreign phone (Debian's baresip-core) that answers by itself.
type softphone struct {
	port string
	mu   sync.Mutex
	out  bytes.Buffer
	end  func() // asks it to go and waits
}

// Write takes what it prints.
func (s *softphone) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(p)
}

func (s *softphone) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

// baresip starts one. On a machine that is very busy its start was once seen to
// hang before it opened anything, so it is given three.
func baresip(t *testing.T, account string) *softphone {
	t.Helper()
	for range 2 {
		s := startBaresip(t, account)
		if s.ready() {
			return s
		}
		s.end()
	}
	s := startBaresip(t, account)
	until(t, "baresip is ready", s.ready)
	return s
}

// ready waits a little for its word that it is.
func (s *softphone) ready() bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		if strings.Contains(s.said(), "baresip is ready") {
			return true
		}
		<-tick.C
	}
	return false
}

func startBaresip(t *testing.T, account string) *softphone {
	t.Helper()
	path, err := exec.LookPath("baresip")
	if err != nil {
		t.Fatal("baresip is missing: scripts/setup.sh test installs Debian's baresip-core")
	}
	modules, _ := filepath.Glob("/usr/lib/*/baresip/modules")
	modules = append(modules, "/usr/lib/baresip/modules")
	s, dir := &softphone{port: freePort(t)}, t.TempDir()
	first := freePort(t)
	conf := fmt.Sprintf("poll_method epoll\nsip_listen 127.0.0.1:%s\nrtp_ports %s-65000\naudio_source aubridge,nil\naudio_player aubridge,nil\nmodule_path %s\n", s.port, first, modules[0])
	for _, m := range []string{"g711", "g722", "srtp", "aubridge"} {
		conf += "module " + m + ".so\n"
	}
	conf += "module_app account.so\nmodule_app menu.so\n"
	for name, text := range map[string]string{"config": conf, "accounts": fmt.Sprintf("<sip:200@127.0.0.1:%s>;regint=0;answermode=auto%s\n", s.port, account), "contacts": ""} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	c := exec.CommandContext(ctx, path, "-f", dir, "-v", "-s")
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 5 * time.Second
	c.Stdout, c.Stderr, c.Env = s, s, append(os.Environ(), "TERM=xterm", "HOME="+dir)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	s.end = func() {
		once.Do(func() {
			cancel()
			_ = c.Wait()
		})
	}
	t.Cleanup(s.end)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.said())
		}
	})
	return s
}

// A foreign phone talks with ours, encrypted where the settings say so: its own
// reading of SDP and RTP, and libre's of SRTP.
func TestPhone_SIP_against_baresip(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		account string
		pairs   []string
		codec   phone.Codec
		suite   string
	}{
		"in the clear":            {"", codecs("G.722", "PCMA"), phone.G722, ""},
		"encrypted with 128 bits": {";mediaenc=srtp-mand", append(codecs("PCMU"), "account.1.audio.srtpmode", "EnabledAndForced", "account.1.audio.srtpkeylength", "AES128 Bit"), phone.PCMU, "AES_CM_128_HMAC_SHA1_80"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			far := baresip(t, row.account)
			b, _ := real101(t, far.port, append(row.pairs, "account.1.sip.registration", "no")...)
			p := live(t, b, nil)
			t.Cleanup(func() {
				if t.Failed() {
					t.Log(p.Calls())
				}
			})
			id := dialWhenUp(t, p, "200")
			until(t, "its speech comes", func() bool {
				for _, c := range p.Calls() {
					if c.ID == id && c.Packets > 20 {
						return c.Codec == row.codec
					}
				}
				return false
			})
			until(t, "baresip takes ours", func() bool { return strings.Contains(far.said(), "incoming rtp for 'audio' established") })
			if err := p.HangUp(id); err != nil {
				t.Fatal(err)
			}
			until(t, "baresip ends the call", func() bool { return strings.Contains(far.said(), "session closed") })
			far.end()
			if row.suite != "" {
				has(t, "baresip's word", far.said(), "SRTP is Enabled (cryptosuite="+row.suite+")")
			}
			lacks(t, "baresip's word", far.said(), "srtp: recv: failed")
			lacks(t, "baresip's word", far.said(), "decrypt")
		})
	}
}

// A foreign phone that has no key of 256 bits is not spoken to in the clear.
func TestPhone_SIP_against_baresip_without_the_key(t *testing.T) {
	t.Parallel()
	far := baresip(t, ";mediaenc=srtp-mand")
	b, _ := real101(t, far.port, append(codecs("PCMA"), "account.1.audio.srtpmode", "EnabledAndForced", "account.1.audio.srtpkeylength", "AES256 Bit", "account.1.sip.registration", "no")...)
	p := live(t, b, nil)
	id := dialWhenUp(t, p, "200")
	until(t, "the phone hangs up", func() bool { return stateOf(p, id) == phone.CallEnded })
	until(t, "baresip hears it", func() bool { return strings.Contains(far.said(), "session closed") })
	lacks(t, "baresip's word", far.said(), "incoming rtp for 'audio' established")
	far.end()
}
