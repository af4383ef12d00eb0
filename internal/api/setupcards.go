package api

import (
	"context"
	"encoding/hex"
	"net/http"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"
)

// SetUp is what somebody needs to lead phones here by hand.
type SetUp struct {
	Doors []SetUpDoor `json:"doors" doc:"for phones, the best first"`
	Cards []SetUpCard `json:"cards" doc:"one for each family of models"`
}

// SetUpDoor is a door for phones.
type SetUpDoor struct {
	Door string `json:"door" enum:"https,http,tftp"`
	URL  string `json:"url" doc:"where phones find it; empty where it is closed, or where nobody told at which address phones reach it"`
}

// SetUpCard is how a family of phones is led here.
type SetUpCard struct {
	Vendor  string       `json:"vendor"`
	Family  string       `json:"family"`
	Models  []string     `json:"models"`
	Menu    []string     `json:"menu" doc:"the way through the menus of the phone's web page; empty where that is not evidenced"`
	Fields  []SetUpField `json:"fields" doc:"what is set on the phone, under the names that it has for them"`
	Options []DHCPOption `json:"options" doc:"what a DHCP server tells instead"`
	Way     string       `json:"way" enum:"page,by_hand" doc:"page: these phones can also be claimed through their own web page, once one was seen"`
}

// SetUpField is one setting of a phone.
type SetUpField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func (a *API) setUpCards() {
	register(a, op(http.MethodGet, "/orgs/{org}/setup-cards", "get-setup-cards", "How phones are led here by hand, model by model"), func(ctx context.Context, in *struct {
		OrgRef
		Model string `query:"model" maxLength:"64" doc:"of the phone; empty for all"`
	}) (*Plain[SetUp], error) {
		if _, _, err := a.in(ctx, in.Org, access.DeviceRead); err != nil {
			return nil, err
		}
		out := SetUp{Doors: setUpDoors(a.Doors()), Cards: []SetUpCard{}}
		if in.Model == "" {
			for _, v := range a.Vendors.All() {
				out.Cards = append(out.Cards, a.setUpCardsOf(v, v.Models(), a.Doors())...)
			}
			return plain(out), nil
		}
		v, m, ok := a.Vendors.ByModel(in.Model)
		if !ok {
			return nil, fault.InvalidFields("the model is not known", fault.Field{Path: "model", Message: "list-models tells which are"})
		}
		out.Cards = a.setUpCardsOf(v, []vendors.Model{m}, a.Doors())
		return plain(out), nil
	})
}

func setUpDoors(d vendors.Doors) []SetUpDoor {
	return []SetUpDoor{{"https", d.HTTPS}, {"http", d.HTTP}, {"tftp", d.TFTP}}
}

// setUpCardsOf writes one card for each family, in the order of the models.
func (a *API) setUpCardsOf(v vendors.Vendor, models []vendors.Model, d vendors.Doors) []SetUpCard {
	carder, ok := v.(vendors.Carder)
	if !ok {
		return nil
	}
	var out []SetUpCard
	at := map[string]int{}
	for _, m := range models {
		i, known := at[m.Family]
		if known {
			out[i].Models = append(out[i].Models, m.Name)
			continue
		}
		at[m.Family] = len(out)
		card := carder.Card(m, d)
		c := SetUpCard{Vendor: v.Name(), Family: m.Family, Models: []string{m.Name}, Menu: append([]string{}, card.Menu...), Fields: []SetUpField{}, Options: []DHCPOption{}, Way: a.pageWay(m.Name)}
		for _, f := range card.Fields {
			c.Fields = append(c.Fields, SetUpField(f))
		}
		if l, ok := v.(vendors.Leaser); ok {
			c.Options = leaseOptions(l.Lease(d))
		}
		out = append(out, c)
	}
	return out
}

func leaseOptions(l vendors.Lease) []DHCPOption {
	out := []DHCPOption{}
	for _, o := range l.Options {
		out = append(out, DHCPOption{Code: int(o.Code), Text: o.Text, Hex: hex.EncodeToString([]byte(o.Text)), Note: o.Note})
	}
	return out
}
