package api

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

const (
	formSlack = 64 << 10 // bytes of a form besides its file
	formParts = 64       // parts of a form
)

// Upload is a form with one large file, which is read as it comes.
type Upload struct {
	body io.Reader
	kind string // media type
}

// Resolve keeps the body for the operation.
func (u *Upload) Resolve(ctx huma.Context) []error {
	u.body, u.kind = ctx.BodyReader(), ctx.Header("Content-Type")
	return nil
}

// describeUpload tells what form an operation takes, with these fields beside the
// file. It comes after the operation was added, whose body would be read whole
// otherwise.
func (a *API) describeUpload(path string, fields map[string]string) {
	props := map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary", Description: "the file"}}
	for name, doc := range fields {
		props[name] = &huma.Schema{Type: huma.TypeString, Description: doc}
	}
	form := &huma.Schema{Type: huma.TypeObject, Properties: props, Required: []string{"file"}}
	a.huma.OpenAPI().Paths[Base+path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: form}}}
}

// read gives the file to take as it comes, and returns the form's other fields
// and the file's name. A form may have its parts in any order. It fails with
// Invalid for what is no such form.
func (u *Upload) read(take func(io.Reader) error) (fields map[string]string, name string, err error) {
	media, params, err := mime.ParseMediaType(u.kind)
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return nil, "", fault.New(fault.Invalid, "send the file as a form (multipart/form-data)")
	}
	form, fields, have := multipart.NewReader(u.body, params["boundary"]), map[string]string{}, false
	for range formParts {
		p, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			if !have {
				return nil, "", fault.InvalidFields("the file is not taken", fault.Field{Path: "file", Message: "the form has no file"})
			}
			return fields, name, nil
		}
		if err != nil {
			return nil, "", formError(err)
		}
		switch {
		case p.FormName() != "file":
			b, err := io.ReadAll(io.LimitReader(p, limit.ValueBytes+1))
			if err != nil {
				return nil, "", formError(err)
			}
			if len(b) > limit.ValueBytes {
				return nil, "", fault.InvalidFields("the file is not taken", fault.Field{Path: "form", Message: "a field is too long"})
			}
			fields[p.FormName()] = string(b)
		case have:
			return nil, "", fault.InvalidFields("the file is not taken", fault.Field{Path: "file", Message: "one file at a time"})
		default:
			name, have = p.FileName(), true
			if err := take(p); err != nil {
				return nil, "", formError(err)
			}
		}
	}
	return nil, "", fault.New(fault.Invalid, "the form has too many parts")
}

// formError tells a broken form from a fault of ours.
func formError(err error) error {
	var big *http.MaxBytesError
	var known *fault.Error
	switch {
	case errors.As(err, &big):
		return &Problem{Title: http.StatusText(http.StatusRequestEntityTooLarge), Status: http.StatusRequestEntityTooLarge, Detail: "the file is larger than may be stored"}
	case errors.As(err, &known):
		return err
	}
	return fault.Wrap(fault.Invalid, err, "the form did not come whole")
}

// isUpload knows the requests that bring a large file.
func isUpload(r *http.Request) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, Base+"/orgs/")
	_, what, _ := strings.Cut(rest, "/")
	return ok && r.Method == http.MethodPost && (what == "firmware" || what == "resources")
}

// patient gives a transfer of a stored file its time. A connection without
// deadlines is none the worse.
func patient(w http.ResponseWriter) {
	c, until := http.NewResponseController(w), (clock.System{}).Now().Add(limit.TransferTime)
	_ = c.SetReadDeadline(until)
	_ = c.SetWriteDeadline(until)
}

// listed splits a field with several values.
func listed(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
}
