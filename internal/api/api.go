// Package api is the HTTP API that the console and third parties use: one file
// per resource, each doing decode, service, encode and nothing else. The OpenAPI
// document comes from the Go types.
//
// Start here, then auth.go (who asks), errors.go (how a fault is told) and any
// resource.
package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/adoption"
	"bellwether/internal/domain/alarm"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/group"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/lesson"
	"bellwether/internal/domain/manager"
	"bellwether/internal/domain/onboard"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/placeholder"
	"bellwether/internal/domain/provision"
	"bellwether/internal/domain/report"
	"bellwether/internal/domain/resource"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/rps"
	"bellwether/internal/domain/task"
	"bellwether/internal/domain/template"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/idem"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Base is the path that every operation lies under.
const Base = "/api/v1"

// Deps are what the API speaks for.
type Deps struct {
	Access    *access.Service
	Audit     *audit.Service
	Orgs      *org.Service
	Devices   *device.Service
	Identity  *identity.Service
	Trust     *trust.Service
	Accounts  *account.Service
	Alarms    *alarm.Service
	Groups    *group.Service
	Holders   *placeholder.Service
	Lessons   *lesson.Service
	Resources *resource.Service
	Templates *template.Service
	Redirects *rps.Service
	Revisions *revision.Service
	Commands  *command.Service
	Tasks     *task.Service
	Ledger    *provision.Ledger
	Manager   *manager.Service
	Reports   *report.Service
	Previews  *provision.Service
	Adoption  *adoption.Service
	Onboard   *onboard.Service
	Vendors   *vendors.Set
	Vault     *secret.Vault
	Bus       bus.Bus
	Idem      *idem.Store
	Clock     clock.Clock
	Log       *slog.Logger
	System    System
	Doors     func() vendors.Doors // where phones find us
	Secure    bool                 // the console is reached over HTTPS: cookies say so
}

// System is what the system page tells of the program.
type System struct {
	Version   string
	Database  string
	Bus       string
	Node      string
	StartedAt time.Time
}

// API is the handler of everything under /api.
type API struct {
	Deps
	mux   *http.ServeMux
	huma  huma.API
	serve http.Handler
}

// New returns the API.
func New(d Deps) *API {
	a := &API{Deps: d, mux: http.NewServeMux()}
	cfg := huma.DefaultConfig("Bellwether", d.System.Version)
	cfg.OpenAPIPath = "/api/openapi"
	cfg.DocsPath = "/api/docs"
	cfg.SchemasPath = "/api/schemas"
	cfg.CreateHooks = nil // no $schema links in bodies
	cfg.Transformers = append(cfg.Transformers, plainProblem)
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer"},
		"session": {Type: "apiKey", In: "cookie", Name: cookieName(d.Secure)},
	}
	a.huma = humago.New(a.mux, cfg)
	a.session()
	a.setup()
	a.tenants()
	a.orgs()
	a.sites()
	a.legacy()
	a.trustLAN()
	a.devices()
	a.config()
	a.plans()
	a.tasks()
	a.commands()
	a.management()
	a.deviceEvents()
	a.freezes()
	a.templates()
	a.configFiles()
	a.placeholders()
	a.resources()
	a.groups()
	a.accounts()
	a.requests()
	a.waterfalls()
	a.dhcp()
	a.setUpCards()
	a.audits()
	a.catalogs()
	a.lessons()
	a.rps()
	a.claims()
	a.onboard()
	a.pages()
	a.adoption()
	a.trusted()
	a.alarms()
	a.operators()
	a.system()
	schemas := a.huma.OpenAPI().Components.Schemas
	schemas.Map()["ErrorModel"] = huma.SchemaFromType(schemas, reflect.TypeFor[Problem]()) // what errors really look like
	a.mux.HandleFunc("GET "+Base+"/orgs/{org}/events", a.events)
	cross := http.NewCrossOriginProtection()
	a.serve = headers(cross.Handler(bounded(a.authenticated(a.idempotent(tidy(a.mux))))))
	return a
}

// ServeHTTP answers everything under /api.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.serve.ServeHTTP(w, r) }

// OpenAPI returns the description as JSON.
func (a *API) OpenAPI() ([]byte, error) { return json.MarshalIndent(a.huma.OpenAPI(), "", "  ") }

// Operations lists the method and path of every operation, events included.
func (a *API) Operations() (out []Operation) {
	for path, item := range a.huma.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
			if op != nil {
				out = append(out, Operation{Method: method, Path: path})
			}
		}
	}
	return append(out, Operation{Method: "GET", Path: Base + "/orgs/{org}/events"})
}

// Operation is one call that the API offers.
type Operation struct{ Method, Path string }

// op describes an operation.
func op(method, path, id, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: Base + path, Summary: summary, Security: []map[string][]string{{"token": {}}, {"session": {}}},
		MaxBodyBytes: limit.BodyBytes, Errors: []int{400, 401, 404, 409, 422}}
}

// register adds an operation whose errors are told by their kind.
func register[I, O any](a *API, o huma.Operation, h func(context.Context, *I) (*O, error)) {
	huma.Register(a.huma, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}

// headers are those that every answer carries.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// tidy removes the files that a form was read into.
func tidy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if r.MultipartForm != nil {
				_ = r.MultipartForm.RemoveAll() // the system removes them some day
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// bounded limits what a body may weigh, whatever the operation. One that says so
// itself is not read at all.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most := int64(limit.BodyBytes)
		if isUpload(r) {
			most = limit.FirmwareBytes + formSlack
			patient(w)
		}
		if r.ContentLength > most {
			tooLarge(w, &http.MaxBytesError{Limit: most})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		next.ServeHTTP(w, r)
	})
}
