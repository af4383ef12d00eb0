package cli

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"bellwether/internal/app"
	"bellwether/internal/platform/lan"
	"bellwether/internal/platform/secret"
)

// passwordOf makes an account's password of the registrar's key.
func passwordOf(key secret.String, user string) secret.String {
	h := hmac.New(sha256.New, []byte(key.Reveal()))
	h.Write([]byte(user))
	return secret.NewString(base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12]))
}

// text is what people read.
func (r *ready) text(a *app.App, c *upCmd) string {
	var b strings.Builder
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	say("Bellwether serves the phones of %s, as %s on %s.", r.Network.Subnet, r.Network.Address, r.Network.Interface)
	for _, o := range r.Others {
		say("There is also %s: --interface %s serves that one.", o, o.Interface)
	}
	r.doorText(say)
	switch {
	case r.File.Edited:
		say("\nSettings: %s was edited by hand and is used as it stands; --rewrite replaces it.", r.File.Path)
	case r.File.Written:
		say("\nSettings: written to %s.", r.File.Path)
	default:
		say("\nSettings: %s, unchanged.", r.File.Path)
	}
	if r.Site == "" {
		say("No site of %q covers this network: its phones wait for an operator's approval until one does.", r.Org.Name)
	} else {
		say("Phones of this network belong to the site %q of %q.", r.Site, r.Org.Name)
	}
	if r.Trial != nil {
		say("\nSIP registrar for trials at %s (%q in the console), accounts %s to %s.\nA phone that calls %s hears itself.",
			r.Trial.Address, r.Trial.Server, r.Trial.Users[0], r.Trial.Users[len(r.Trial.Users)-1], r.Trial.Echo)
	}
	say("\nLines for %s, so that phones find this machine (\"bellwether dhcp\" writes them for other servers):\n", c.DHCP)
	say("%s", strings.TrimRight(r.DHCP, "\n"))
	say("\nThe console is open to this machine alone. From another one: ssh -L %s:%s THIS-MACHINE", lastPort(r.Console), strings.TrimPrefix(r.Console, "http://"))
	if r.FirstTime {
		say("Open this link to become the first operator and plug in a phone; it works once, for 30 minutes:\n\n  %s\n", r.Link)
	} else {
		say("Open this link to plug in a phone:\n\n  %s\n", r.Link)
	}
	say("Stop with Ctrl-C. The data stays in %s.", a.Config.DataDir)
	return strings.TrimRight(b.String(), "\n")
}

func (r *ready) doorText(say func(string, ...any)) {
	say("\nOpen to phones:")
	for _, d := range r.Doors {
		if d.Open {
			say("  %-16s %s", d.Door, d.Address)
		} else if d.Instead != "" {
			say("  %-16s %s, in place of %s", d.Door, d.Instead, d.Address)
		}
	}
	for _, d := range r.Doors {
		if d.Open {
			continue
		}
		say("\n%s does not open at %s: %s.\n  Lost without it: %s.", d.Door, d.Address, d.Why, d.Lost)
		if d.Grant != "" {
			say("  To grant it: %s", d.Grant)
		}
	}
}

// lastPort is the port of an address, or the usual one.
func lastPort(url string) string {
	if i := strings.LastIndexByte(url, ':'); i > len("https:") {
		return url[i+1:]
	}
	return "9080"
}

// network is a network for machines.
type network struct {
	Interface string `json:"interface"`
	Address   string `json:"address"`
	Subnet    string `json:"subnet"`
}

func networkOf(n lan.Network) network {
	return network{n.Interface, n.Address.String(), n.Subnet.String()}
}

// machine is the same as text, for programs.
func (r *ready) machine() any {
	out := struct {
		network
		Others  []network   `json:"others"`
		Doors   []doorState `json:"doors"`
		File    fileState   `json:"config"`
		Org     string      `json:"organization"`
		Site    string      `json:"site"`
		DHCP    string      `json:"dhcp"`
		Console string      `json:"console"`
		Link    string      `json:"link"`
		First   bool        `json:"first_operator"`
		Trial   any         `json:"registrar"`
	}{networkOf(r.Network), []network{}, r.Doors, r.File, r.Org.Slug, r.Site, r.DHCP, r.Console, r.Link, r.FirstTime, nil}
	for _, o := range r.Others {
		out.Others = append(out.Others, networkOf(o))
	}
	if r.Trial != nil {
		out.Trial = map[string]any{"address": r.Trial.Address.String(), "echo": r.Trial.Echo, "accounts": r.Trial.Users, "server": r.Trial.Server}
	}
	return out
}
