package config

import (
	"reflect"
	"strings"
)

// node is a key: a section with children, or a leaf.
type node struct {
	path     string // "listen.admin"
	name     string // "admin"
	help     string
	value    reflect.Value // addressable
	children []node        // nil = a leaf
}

// schema returns the keys of c in order.
func schema(c *Config) []node { return nodes("", reflect.ValueOf(c).Elem()) }

func nodes(prefix string, v reflect.Value) []node {
	var list []node
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, ok := f.Tag.Lookup("key")
		if !ok {
			continue
		}
		n := node{path: prefix + name, name: name, help: f.Tag.Get("help"), value: v.Field(i)}
		if f.Type.Kind() == reflect.Struct {
			n.children = nodes(n.path+".", n.value)
		}
		list = append(list, n)
	}
	return list
}

// leaves returns the keys that hold a value.
func leaves(list []node) []node {
	var out []node
	for _, n := range list {
		if n.children == nil {
			out = append(out, n)
			continue
		}
		out = append(out, leaves(n.children)...)
	}
	return out
}

// env returns the name of a key's environment variable.
func (n node) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(n.path, ".", "_"))
}
