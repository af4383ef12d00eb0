package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/alarm"
	"bellwether/internal/platform/fault"
)

// Alarm is something that is wrong, or was.
type Alarm struct {
	ID          string       `json:"id"`
	Code        string       `json:"code" example:"identity.second-claimant"`
	Name        string       `json:"name"`
	Severity    string       `json:"severity" enum:"critical,major,minor,warning,indeterminate"`
	State       string       `json:"state" enum:"active,acknowledged,masked,cleared"`
	Subject     AlarmSubject `json:"subject"`
	SiteID      string       `json:"site_id" doc:"empty: it belongs to no site"`
	Source      string       `json:"source" doc:"who says so"`
	Text        string       `json:"text"`
	Remedy      string       `json:"remedy" doc:"what to do about it"`
	OID         string       `json:"oid" doc:"the maker's SNMP object, empty for none"`
	Type        string       `json:"event_type" doc:"by ITU-T X.733 in the maker's words, empty for none" example:"communicationsAlarm(1)"`
	Probable    string       `json:"probable_cause" doc:"the same"`
	Info        string       `json:"info" doc:"what else its subject told"`
	Address     string       `json:"address" doc:"of the party that caused it"`
	Count       int64        `json:"count" doc:"how often it was raised"`
	FirstAt     time.Time    `json:"first_at"`
	LastAt      time.Time    `json:"last_at" doc:"when it was raised last"`
	ChangedAt   time.Time    `json:"changed_at" doc:"when anything happened to it last"`
	AckBy       string       `json:"ack_by"`
	AckAt       *time.Time   `json:"ack_at"`
	MaskBy      string       `json:"mask_by"`
	MaskUntil   *time.Time   `json:"mask_until"`
	ClearedBy   string       `json:"cleared_by" doc:"empty: it ended by itself"`
	ClearedAt   *time.Time   `json:"cleared_at"`
	ClearReason string       `json:"clear_reason"`
}

// AlarmSubject is what an alarm is about.
type AlarmSubject struct {
	Kind string `json:"kind" example:"device"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// AlarmNote is what an operator wrote to an alarm.
type AlarmNote struct {
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	Author string    `json:"author"`
	Text   string    `json:"text"`
}

// AlarmDetail is an alarm with its notes, oldest first.
type AlarmDetail struct {
	Alarm
	Notes []AlarmNote `json:"notes"`
}

func alarmOf(a alarm.Alarm) Alarm {
	site := a.Place.SiteID
	if n := len(a.SitePath); n > 0 {
		site = a.SitePath[n-1]
	}
	return Alarm{ID: a.ID, Code: a.Code, Name: a.Name, Severity: string(a.Severity), State: string(a.State), Subject: AlarmSubject(a.Subject), SiteID: site,
		Source: a.Source, Text: a.Text, Remedy: a.Remedy, OID: a.OID, Type: a.Type, Probable: a.Probable, Info: a.Info, Address: a.Address, Count: a.Count, FirstAt: a.FirstAt, LastAt: a.LastAt, ChangedAt: a.ChangedAt,
		AckBy: a.AckBy, AckAt: optional(a.AckAt), MaskBy: a.MaskBy, MaskUntil: optional(a.MaskUntil), ClearedBy: a.ClearedBy, ClearedAt: optional(a.ClearedAt), ClearReason: a.ClearReason}
}

func noteOf(n alarm.Note) AlarmNote { return AlarmNote{n.ID, n.At, n.Author, n.Text} }

// AlarmQuery are the filters of both lists.
type AlarmQuery struct {
	Paging
	State       string    `query:"state" maxLength:"64" doc:"one or several with commas; without it those that are open"`
	Severity    string    `query:"severity" maxLength:"16"`
	SubjectKind string    `query:"subject_kind" maxLength:"64"`
	Subject     string    `query:"subject" maxLength:"128" doc:"the subject's id"`
	Code        string    `query:"code" maxLength:"128"`
	Since       time.Time `query:"since" doc:"raised last at this time or later"`
	Q           string    `query:"q" maxLength:"256" doc:"words in name, subject, source, address and text"`
}

func (q AlarmQuery) filter(orgID string) alarm.Filter {
	f := alarm.Filter{Page: q.page(), OrgID: orgID, Severity: alarm.Severity(q.Severity), SubjectKind: q.SubjectKind, SubjectID: q.Subject, Code: q.Code, Since: q.Since, Q: q.Q}
	for _, s := range strings.Split(q.State, ",") {
		if s != "" {
			f.States = append(f.States, alarm.State(s))
		}
	}
	return f
}

// AlarmRef is an alarm of an organization in a path.
type AlarmRef struct {
	OrgRef
	ID string `path:"id" maxLength:"64"`
}

// PlatformAlarmRef is an alarm of the platform in a path.
type PlatformAlarmRef struct {
	ID string `path:"id" maxLength:"64"`
}

type maskBody struct {
	Until time.Time `json:"until" doc:"at most 90 days ahead"`
}

type noteBody struct {
	Text string `json:"text" maxLength:"4000" doc:"1 to 1000 characters"`
}

type clearBody struct {
	Reason string `json:"reason,omitempty" maxLength:"1000"`
}

func (a *API) alarms() {
	register(a, op(http.MethodGet, "/orgs/{org}/alarms", "list-alarms", "What is wrong in an organization, or was; the latest first"), func(ctx context.Context, in *struct {
		OrgRef
		AlarmQuery
	}) (*List[Alarm], error) {
		ctx, o, err := a.in(ctx, in.Org, access.AlarmRead)
		if err != nil {
			return nil, err
		}
		s, err := a.Alarms.List(ctx, in.filter(o.ID))
		return listOf(s, alarmOf), err
	})
	register(a, op(http.MethodGet, "/alarms", "list-platform-alarms", "What is wrong with the platform itself"), func(ctx context.Context, in *struct{ AlarmQuery }) (*List[Alarm], error) {
		ctx, err := a.Access.Enter(ctx, access.AlarmRead, access.Where{})
		if err != nil {
			return nil, err
		}
		s, err := a.Alarms.List(ctx, in.filter(""))
		return listOf(s, alarmOf), err
	})
	get := func(ctx context.Context, id string) (*Plain[AlarmDetail], error) {
		al, notes, err := a.Alarms.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		return plain(AlarmDetail{alarmOf(al), whole(notes, noteOf).Body.Items}), nil
	}
	register(a, op(http.MethodGet, "/orgs/{org}/alarms/{id}", "get-alarm", "One alarm with its notes"), func(ctx context.Context, in *AlarmRef) (*Plain[AlarmDetail], error) {
		ctx, err := a.alarm(ctx, *in)
		if err != nil {
			return nil, err
		}
		return get(ctx, in.ID)
	})
	register(a, op(http.MethodGet, "/alarms/{id}", "get-platform-alarm", "One alarm of the platform with its notes"), func(ctx context.Context, in *PlatformAlarmRef) (*Plain[AlarmDetail], error) {
		ctx, err := a.platformAlarm(ctx, *in)
		if err != nil {
			return nil, err
		}
		return get(ctx, in.ID)
	})
	a.alarmVerbs()
}

func (a *API) alarmVerbs() {
	act(a, "ack", "Acknowledge", a.Alarms.Ack)
	act(a, "unack", "Take back the acknowledgement of", a.Alarms.Unack)
	act(a, "unmask", "End the mask of", a.Alarms.Unmask)
	actWith(a, "mask", "Silence until a time", func(ctx context.Context, id string, b maskBody) (alarm.Alarm, error) {
		return a.Alarms.Mask(ctx, id, b.Until)
	})
	actWith(a, "clear", "End by hand", func(ctx context.Context, id string, b clearBody) (alarm.Alarm, error) {
		return a.Alarms.ClearByHand(ctx, id, b.Reason)
	})
	actWith(a, "note", "Write a note to", func(ctx context.Context, id string, b noteBody) (alarm.Alarm, error) {
		if _, err := a.Alarms.AddNote(ctx, id, b.Text); err != nil {
			return alarm.Alarm{}, err
		}
		al, _, err := a.Alarms.Get(ctx, id)
		return al, err
	})
}

// act registers what may be done to an alarm, at both places where alarms are.
func act(a *API, verb, summary string, do func(context.Context, string) (alarm.Alarm, error)) {
	register(a, orgAct(verb, summary), func(ctx context.Context, in *AlarmRef) (*Plain[Alarm], error) {
		ctx, err := a.alarm(ctx, *in)
		return acted(ctx, err, in.ID, do)
	})
	register(a, platformAct(verb, summary), func(ctx context.Context, in *PlatformAlarmRef) (*Plain[Alarm], error) {
		ctx, err := a.platformAlarm(ctx, *in)
		return acted(ctx, err, in.ID, do)
	})
}

// actWith is act for what needs a body.
func actWith[B any](a *API, verb, summary string, do func(context.Context, string, B) (alarm.Alarm, error)) {
	register(a, orgAct(verb, summary), func(ctx context.Context, in *struct {
		AlarmRef
		Body B
	}) (*Plain[Alarm], error) {
		ctx, err := a.alarm(ctx, in.AlarmRef)
		return acted(ctx, err, in.ID, func(ctx context.Context, id string) (alarm.Alarm, error) { return do(ctx, id, in.Body) })
	})
	register(a, platformAct(verb, summary), func(ctx context.Context, in *struct {
		PlatformAlarmRef
		Body B
	}) (*Plain[Alarm], error) {
		ctx, err := a.platformAlarm(ctx, in.PlatformAlarmRef)
		return acted(ctx, err, in.ID, func(ctx context.Context, id string) (alarm.Alarm, error) { return do(ctx, id, in.Body) })
	})
}

func orgAct(verb, summary string) huma.Operation {
	return op(http.MethodPost, "/orgs/{org}/alarms/{id}/"+verb, verb+"-alarm", summary+" an alarm")
}

func platformAct(verb, summary string) huma.Operation {
	return op(http.MethodPost, "/alarms/{id}/"+verb, verb+"-platform-alarm", summary+" an alarm of the platform")
}

// acted does it where entering did not fail.
func acted(ctx context.Context, err error, id string, do func(context.Context, string) (alarm.Alarm, error)) (*Plain[Alarm], error) {
	if err != nil {
		return nil, err
	}
	al, err := do(ctx, id)
	if err != nil {
		return nil, err
	}
	return plain(alarmOf(al)), nil
}

// alarm enters the organization of an alarm that the asker may see.
func (a *API) alarm(ctx context.Context, in AlarmRef) (context.Context, error) {
	ctx, o, err := a.in(ctx, in.Org, access.AlarmRead)
	if err != nil {
		return ctx, err
	}
	al, _, err := a.Alarms.Get(ctx, in.ID)
	if err == nil && al.Place.OrgID != o.ID {
		err = hidden("alarm")
	}
	return ctx, err
}

// platformAlarm enters the platform for one of its own alarms.
func (a *API) platformAlarm(ctx context.Context, in PlatformAlarmRef) (context.Context, error) {
	ctx, err := a.Access.Enter(ctx, access.AlarmRead, access.Where{})
	if err != nil {
		return ctx, err
	}
	al, _, err := a.Alarms.Get(ctx, in.ID)
	if err == nil && al.Place.TenantID != "" {
		err = fault.New(fault.NotFound, "alarm not found")
	}
	return ctx, err
}
