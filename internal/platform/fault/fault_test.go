package fault_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"bellwether/internal/platform/fault"
)

func TestKindOf(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err  error
		want fault.Kind
	}{
		"nobody classified it":  {io.EOF, fault.Internal},
		"new":                   {fault.New(fault.Denied, "no"), fault.Denied},
		"wrapped by others":     {fmt.Errorf("serve: %w", fault.New(fault.NotFound, "no")), fault.NotFound},
		"the outermost counts":  {fault.Wrap(fault.Conflict, fault.New(fault.NotFound, "no"), "x"), fault.Conflict},
		"fields":                {fault.InvalidFields("wrong", fault.Field{Path: "a"}), fault.Invalid},
		"with a code":           {fault.New(fault.Conflict, "x").WithCode("stale_plan"), fault.Conflict},
		"one of several joined": {errors.Join(io.EOF, fault.New(fault.Unavailable, "x")), fault.Unavailable},
	} {
		if got := fault.KindOf(tc.err); got != tc.want || !fault.Is(tc.err, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
	if fault.Is(nil, fault.Internal) {
		t.Error("no error is of a kind")
	}
	if err := fault.Wrap(fault.Invalid, nil, "x"); err != nil {
		t.Errorf("Wrap of nothing = %v", err)
	}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	inner := errors.New("password c4nary is wrong")
	if got := fault.Message(inner); strings.Contains(got, "c4nary") {
		t.Errorf("an internal error is told: %q", got)
	}
	if got := fault.Message(fault.Wrap(fault.Internal, inner, "open")); strings.Contains(got, "c4nary") {
		t.Errorf("an internal error is told: %q", got)
	}
	err := fault.Wrap(fault.Invalid, io.ErrUnexpectedEOF, "read %s", "a.xml")
	if got := fault.Message(err); got != "read a.xml: unexpected EOF" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Message = %q", got)
	}
}

func TestError_WithCode_changes_a_copy(t *testing.T) {
	t.Parallel()
	plain := fault.New(fault.Conflict, "x")
	if coded := plain.WithCode("c"); coded.Code != "c" || plain.Code != "" {
		t.Errorf("codes %q and %q", coded.Code, plain.Code)
	}
}

func TestKind_String(t *testing.T) {
	t.Parallel()
	for k, want := range map[fault.Kind]string{fault.Internal: "internal", fault.NotFound: "not found", fault.Unavailable: "unavailable", fault.Kind(99): "internal"} {
		if got := k.String(); got != want {
			t.Errorf("%d = %q, want %q", k, got, want)
		}
	}
}
