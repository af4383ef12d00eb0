package template

import (
	"strings"
	"testing"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
)

func TestReadSections_refuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ in, want string }{
		"nothing":             {"", "no template"},
		"another file":        {`<gs_provision version="1"/>`, "no place"},
		"a document type":     {`<!DOCTYPE x [<!ENTITY a "b">]><template/>`, "document type"},
		"an entity":           {`<template><global>&a;</global></template>`, "line 1"},
		"text in between":     {"<template>\nx=1\n<global/></template>", "outside"},
		"a section twice":     {"<template><global/><global/></template>", "twice"},
		"a section that none": {"<template><mine/></template>", "<mine>"},
		"too deep":            {"<template><global><a/></global></template>", "<a>"},
		"two templates":       {"<template/><template/>", "no place"},
		"half a file":         {"<template><global>", "line 1"},
		"include maybe":       {`<template include="maybe"/>`, "yes or no"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := readSections([]byte(tc.in)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("%v, want %q in it", err, tc.want)
			}
		})
	}
}

// What is written is read again; what is read is one of ours or refused.
func FuzzReadSections(f *testing.F) {
	f.Add([]byte(`<template model="420HD" server="lync" include="yes"><global>a/b=1</global><private>c/d=%ITCS_X%</private></template>`))
	f.Add([]byte(`<?xml version="1.0"?><template><!-- x --><private><![CDATA[a/b="\n"]]></private></template>`))
	f.Add([]byte("<template><global>a=]]&gt;&lt;&amp;\r\n</global></template>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := readSections(data)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		again, err := readSections(x.write())
		if err != nil {
			t.Fatalf("%v\n%s", err, x.write())
		}
		for _, section := range []string{sectionGlobal, sectionPrivate} {
			if got := strings.TrimSpace(again.text[section]); got != strings.TrimSpace(x.text[section]) && utf8.Valid(data) {
				t.Fatalf("%q became %q", x.text[section], got)
			}
		}
		if again.model != x.model || again.server != x.server || again.include != x.include {
			t.Fatalf("%+v became %+v", x, again)
		}
	})
}
