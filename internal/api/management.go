package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/manager"
	"bellwether/internal/platform/fault"
)

// Management is what a phone told of itself by TR-069 or the like, and how it can be
// called.
type Management struct {
	Protocol  string     `json:"protocol" enum:"none,cwmp,ipp" doc:"none where it never reported so"`
	Maker     string     `json:"maker"`
	OUI       string     `json:"oui"`
	Class     string     `json:"product_class"`
	Serial    string     `json:"serial"`
	Model     string     `json:"model"`
	Software  string     `json:"software"`
	Hardware  string     `json:"hardware"`
	Address   string     `json:"address" doc:"in its own network"`
	Root      string     `json:"root" doc:"of its data model"`
	Version   string     `json:"version" doc:"of the protocol, in its own words"`
	Status    string     `json:"status" doc:"how it stands with its SIP server: registered"`
	Subnet    string     `json:"subnet" doc:"the mask of its own network"`
	VLAN      string     `json:"vlan"`
	User      string     `json:"user" doc:"who uses it, as it tells"`
	UserID    string     `json:"user_id"`
	Number    string     `json:"number"`
	Proxy     string     `json:"sip_proxy"`
	Location  string     `json:"location"`
	Region    string     `json:"region"`
	Agent     string     `json:"agent" doc:"its user agent, as it tells it"`
	CallURL   string     `json:"call_url" doc:"where it can be called to report at once, without what is secret in it"`
	CallUDP   string     `json:"call_udp"`
	CalledAt  *time.Time `json:"called_at"`
	Problem   string     `json:"call_problem" doc:"why the last call came to nothing"`
	Every     int64      `json:"every_seconds" doc:"between two reports"`
	ChangedAt *time.Time `json:"changed_at"`
}

func managementOf(p manager.Phone) Management {
	t := p.Told
	return Management{Protocol: string(p.Protocol), Maker: t.Maker, OUI: t.OUI, Class: t.Class, Serial: t.Serial, Model: t.Model, Software: t.Software, Hardware: t.Hardware, Address: t.Address, Root: t.Root, Version: t.Version,
		Status: string(t.Status), Subnet: t.Subnet, VLAN: t.VLAN, User: t.User, UserID: t.UserID, Number: t.Number, Proxy: t.Proxy, Location: t.Location, Region: t.Region, Agent: t.Agent,
		CallURL: p.Call.Shown(), CallUDP: p.Call.UDP, CalledAt: optional(p.Call.At), Problem: p.Call.Problem, Every: int64(p.Every / time.Second), ChangedAt: optional(p.At)}
}

// Utterance is one message between a phone and its manager.
type Utterance struct {
	At      time.Time `json:"at"`
	Session string    `json:"session" doc:"the messages of one session have the same"`
	From    string    `json:"from" enum:"phone,server"`
	Status  int       `json:"status" doc:"of HTTP, of what the server said"`
	Text    string    `json:"text" doc:"word for word but for secrets; empty for an empty message"`
}

func utteranceOf(l manager.Line) Utterance {
	from := "server"
	if l.Phone {
		from = "phone"
	}
	return Utterance{At: l.At, Session: l.Session, From: from, Status: l.Status, Text: l.Text}
}

func (a *API) management() {
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/management", "get-device-management", "What a phone told by TR-069, and how it can be called"), func(ctx context.Context, in *DeviceRef) (*One[Management], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		p, err := a.Manager.Phone(ctx, d.ID)
		if fault.Is(err, fault.NotFound) {
			return one(Management{Protocol: "none"}, 0), nil
		}
		return one(managementOf(p), 0), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/conversation", "get-device-conversation", "The newest messages between a phone and its manager, as far as this node heard them since it started"), func(ctx context.Context, in *DeviceRef) (*List[Utterance], error) {
		_, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		return whole(a.Manager.Conversation(d.ID), utteranceOf), nil
	})
	a.details()
	a.drift()
	a.sync()
}
