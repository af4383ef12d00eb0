package phone_test

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
)

// ftpServer is a small FTP server in memory. It says what a script has it say, and
// breaks a file off once.
type ftpServer struct {
	w       *world
	file    string
	refuses map[string]string // command: reply
	breaks  int               // after so many bytes, the first time; 0 for never
	said    []string          // commands, in order
}

func (s *ftpServer) run(t *testing.T) {
	t.Helper()
	l, err := s.w.net.Listen(t.Context(), "tcp", ":21")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.talk(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
}

// talk is one session.
func (s *ftpServer) talk(c net.Conn) {
	in := bufio.NewScanner(c)
	say := func(format string, args ...any) { fmt.Fprintf(c, format+"\r\n", args...) }
	say("220-Hello,\r\n220 phones")
	var data net.Listener
	from := 0
	for in.Scan() {
		verb, arg, _ := strings.Cut(in.Text(), " ")
		s.w.mu.Lock()
		s.said = append(s.said, in.Text())
		s.w.mu.Unlock()
		if reply, ok := s.refuses[verb]; ok {
			say("%s", reply)
			continue
		}
		switch verb {
		case "USER":
			say("331 and the password?")
		case "PASS":
			say("230 come in")
		case "EPSV", "PASV":
			l, err := s.w.net.Listen(s.w.ctx, "tcp", ":0")
			if err != nil {
				return
			}
			data = l
			_, text, _ := net.SplitHostPort(l.Addr().String())
			port, _ := strconv.Atoi(text)
			if verb == "EPSV" {
				say("229 Entering Extended Passive Mode (|||%d|)", port)
			} else {
				say("227 Entering Passive Mode (10,0,0,9,%d,%d)", port>>8, port&255) // another address than its own
			}
		case "REST":
			from, _ = strconv.Atoi(arg)
			say("350 from there")
		case "RETR":
			d, err := data.Accept()
			_ = data.Close()
			if err != nil {
				return
			}
			say("150 here it comes")
			rest := s.file[from:]
			if s.breaks > 0 {
				_, _ = d.Write([]byte(rest[:s.breaks]))
				s.breaks = 0
				_ = d.Close()
				say("426 it broke off")
				continue
			}
			_, _ = d.Write([]byte(rest))
			_ = d.Close()
			from = 0
			say("226 that was it")
		default:
			say("200 well")
		}
	}
}

func (s *ftpServer) commands() string {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return strings.Join(s.said, "\n")
}

// TestPhone_FTP: what the phone says to a server, and what it makes of its replies.
func TestPhone_FTP(t *testing.T) {
	t.Parallel()
	for what, tc := range map[string]struct {
		refuses map[string]string
		code    int
		says    string // that the phone says
		problem string
	}{
		"usual":            {nil, 200, "USER phone\nPASS the secret\nTYPE I\nEPSV\nRETR f/cfg" + macA + ".xml", ""},
		"no EPSV":          {map[string]string{"EPSV": "500 what"}, 200, "EPSV\nPASV\nRETR", ""},
		"neither":          {map[string]string{"EPSV": "500 what", "PASV": "502 no"}, 502, "PASV", "502 no"},
		"no password":      {map[string]string{"USER": "230 come in"}, 200, "USER phone\nTYPE I", ""},
		"a wrong one":      {map[string]string{"PASS": "530 no"}, 401, "PASS the secret", "530 no"},
		"no such file":     {map[string]string{"RETR": "550 none"}, 404, "RETR f/dev" + macA + ".cfg", "none of the files"},
		"later":            {map[string]string{"RETR": "450 later"}, 503, "RETR", "450 later"},
		"a port of nobody": {map[string]string{"EPSV": "229 (|||0|)"}, 0, "EPSV", "names no port"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				s := &ftpServer{w: w, file: config(macA, "hotel.name=A"), refuses: tc.refuses}
				s.run(t)
				p := w.phone(t, func(c *phone.Config) {
					c.ServerURL = "ftp://prov.example.org/f/"
					c.Settings = map[string]string{"provisioning.config.username": "phone", "provisioning.config.password": "the secret"}
				})
				time.Sleep(time.Second)
				synctest.Wait()
				f := p.Fetches()[0]
				if f.Code != tc.code || f.Applied != (tc.code == 200) || !strings.Contains(s.commands(), tc.says) || !strings.Contains(p.Status().LastError, tc.problem) {
					t.Errorf("%+v after\n%s\n%s", f, s.commands(), p.Status().LastError)
				}
			})
		})
	}
}

// TestPhone_FTP_resumes: firmware that broke off goes on where it stopped.
func TestPhone_FTP_resumes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put("/p/t/cfg"+macA+".xml", "hotel.name=A")
		s := &ftpServer{w: w, file: string(firmware("1.0.1.60").Encode()), breaks: 40_000}
		s.run(t)
		p := w.phone(t, upgraded("provisioning.firmware.protocol=FTP"))
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if st := p.Status(); st.Firmware != "1.0.1.60" || st.Upgrades != 1 || !strings.Contains(s.commands(), "USER anonymous\n") || !strings.Contains(s.commands(), "REST 40000\nRETR fw/ghp610fw.bin") {
			t.Errorf("%+v\n%s", st, s.commands())
		}
	})
}
