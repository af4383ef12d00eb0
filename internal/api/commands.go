package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/command"
	"bellwether/internal/platform/fault"
)

// Command is one thing for one phone to do.
type Command struct {
	ID          string         `json:"id"`
	DeviceID    string         `json:"device_id"`
	Kind        string         `json:"kind" enum:"deliver_revision,get_values,try_values,reboot,factory_reset,upgrade,upload,ping,traceroute,message"`
	Args        CommandArgs    `json:"args"`
	Revision    string         `json:"revision" doc:"of deliver_revision"`
	State       string         `json:"state" enum:"queued,sent,delivered,confirmed,done,failed,expired,cancelled,unknown"`
	Late        string         `json:"late" doc:"what the phone still said after the command had ended"`
	Reason      string         `json:"reason"`
	Channel     string         `json:"channel" doc:"over which it was handed out last"`
	Attempts    int            `json:"attempts"`
	Result      command.Result `json:"result" doc:"the phone's own word"`
	Author      string         `json:"author"`
	CreatedAt   time.Time      `json:"created_at"`
	NotBefore   *time.Time     `json:"not_before"`
	Deadline    time.Time      `json:"deadline"`
	SentAt      *time.Time     `json:"sent_at"`
	DeliveredAt *time.Time     `json:"delivered_at"`
	EndedAt     *time.Time     `json:"ended_at"`
}

// CommandArgs are what a command is asked with. Values are not told again: they
// may be secret.
type CommandArgs struct {
	Keys     []string   `json:"keys,omitempty" maxItems:"200" doc:"get_values: keys of the catalog or names of the data model"`
	Names    []string   `json:"names,omitempty" readOnly:"true" doc:"try_values: the keys that are set"`
	Until    *time.Time `json:"until,omitempty" doc:"try_values: when the desired values come back"`
	Forced   bool       `json:"forced,omitempty" doc:"reboot: also during a call; get_values: also what phones of the kind refused before"`
	Resource string     `json:"resource,omitempty" maxLength:"64" doc:"upgrade: the image"`
	What     string     `json:"what,omitempty" maxLength:"16" doc:"upload: config or log"`
	Host     string     `json:"host,omitempty" maxLength:"260" doc:"ping, traceroute"`
	Count    int        `json:"count,omitempty" doc:"ping: echo requests; traceroute: hops; 0 is the default"`
	Text     string     `json:"text,omitempty" maxLength:"1024" doc:"message"`
	Seconds  int        `json:"seconds,omitempty" doc:"message: how long it is shown, where the phone can be told"`
	For      string     `json:"for,omitempty" readOnly:"true" maxLength:"16" doc:"get_values that nobody asked for by hand: details, read_back or sync"`
}

// CommandOption tells whether and how a command can reach a phone.
type CommandOption struct {
	Kind    string `json:"kind"`
	Channel string `json:"channel" doc:"the best; empty where the command is not possible"`
	Now     bool   `json:"now" doc:"the phone can be had to come at once"`
	Within  int64  `json:"within_seconds" doc:"else: how long until it comes by itself; 0 = not known"`
	Why     string `json:"why" doc:"why it is not possible, or what stands in the way"`
}

func commandOf(c command.Command) Command {
	args := CommandArgs{Keys: c.Args.Keys, Until: optional(c.Args.Until), Forced: c.Args.Forced, Resource: c.Args.Resource, What: c.Args.What, Host: c.Args.Host, Count: c.Args.Count, Text: c.Args.Text, Seconds: c.Args.Seconds, For: c.Args.For}
	for name := range c.Args.Values {
		args.Names = append(args.Names, name)
	}
	return Command{ID: c.ID, DeviceID: c.DeviceID, Kind: string(c.Kind), Args: args, Revision: c.Revision, State: string(c.State), Late: string(c.Late), Reason: c.Reason, Channel: c.Channel,
		Attempts: c.Attempts, Result: c.Result, Author: c.Author, CreatedAt: c.CreatedAt, NotBefore: optional(c.NotBefore), Deadline: c.Deadline, SentAt: optional(c.SentAt),
		DeliveredAt: optional(c.DeliveredAt), EndedAt: optional(c.EndedAt)}
}

// commandQuery narrows a list of commands.
type commandQuery struct {
	State string `query:"state" maxLength:"16"`
	Kind  string `query:"kind" maxLength:"32"`
}

func (a *API) commands() {
	register(a, op(http.MethodGet, "/orgs/{org}/commands", "list-commands", "What phones are to do and did, newest first"), func(ctx context.Context, in *struct {
		OrgRef
		Paging
		commandQuery
	}) (*List[Command], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		s, err := a.Commands.List(ctx, command.Filter{Page: in.page(), OrgID: o.ID, State: command.State(in.State), Kind: command.Kind(in.Kind)})
		return listOf(s, commandOf), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/commands", "list-device-commands", "What a phone is to do and did, newest first"), func(ctx context.Context, in *struct {
		DeviceRef
		Paging
		commandQuery
	}) (*List[Command], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		s, err := a.Commands.List(ctx, command.Filter{Page: in.page(), OrgID: d.OrgID, DeviceID: d.ID, State: command.State(in.State), Kind: command.Kind(in.Kind)})
		return listOf(s, commandOf), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/command-options", "list-command-options", "Which commands can reach a phone, and how; of the others why not"), func(ctx context.Context, in *DeviceRef) (*List[CommandOption], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		all, err := a.Commands.Options(ctx, d)
		return whole(all, func(o command.Option) CommandOption {
			return CommandOption{string(o.Kind), o.Channel, o.Now, int64(o.Within / time.Second), o.Why}
		}), err
	})
	a.commandVerbs()
}

func (a *API) commandVerbs() {
	type ref struct {
		DeviceRef
		ID string `path:"command" maxLength:"64"`
	}
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/commands", "create-command", "Have a phone do something"), func(ctx context.Context, in *struct {
		DeviceRef
		Body struct {
			Kind      string     `json:"kind" maxLength:"32"`
			Args      *orderArgs `json:"args,omitempty"`
			NotBefore *time.Time `json:"not_before,omitempty" doc:"absent: at once"`
			Within    int        `json:"within_minutes,omitempty" minimum:"0" maximum:"43200" doc:"until it expires; 0 is a day"`
		}
	}) (*One[Command], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		o := command.Order{Kind: command.Kind(in.Body.Kind), Within: time.Duration(in.Body.Within) * time.Minute}
		if in.Body.Args != nil {
			o.Args = in.Body.Args.args()
		}
		if in.Body.NotBefore != nil {
			o.NotBefore = *in.Body.NotBefore
		}
		c, err := a.Commands.Ask(ctx, d, o)
		return one(commandOf(c), 0), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/commands/{command}", "get-command", "One command"), func(ctx context.Context, in *ref) (*One[Command], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		c, err := a.Commands.Get(ctx, in.ID)
		if err == nil && c.DeviceID != d.ID {
			err = fault.New(fault.NotFound, "command not found")
		}
		return one(commandOf(c), 0), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/commands/{command}/cancel", "cancel-command", "Take back a command that has not left for its phone"), func(ctx context.Context, in *ref) (*One[Command], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		c, err := a.Commands.Withdraw(ctx, d, in.ID)
		return one(commandOf(c), 0), err
	})
}

// orderArgs are CommandArgs with the values that are to be tried.
type orderArgs struct {
	CommandArgs
	Values map[string]string `json:"values,omitempty" doc:"try_values: by key"`
}

func (o orderArgs) args() command.Args {
	a := command.Args{Keys: o.Keys, Values: o.Values, Forced: o.Forced, Resource: o.Resource, What: o.What, Host: o.Host, Count: o.Count, Text: o.Text, Seconds: o.Seconds}
	if o.Until != nil {
		a.Until = *o.Until
	}
	return a
}
