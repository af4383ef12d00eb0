package config

import (
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Print writes the settings as a file with a comment on each key; Load reads it
// back to the same settings. Only a password in the database's address is left
// out.
func Print(w io.Writer, c Config) error {
	c.Database = withoutPassword(c.Database)
	var b strings.Builder
	b.WriteString("# Settings of bellwether. Each key can also be set in the environment, as\n")
	b.WriteString("# BELLWETHER_LISTEN_ADMIN=127.0.0.1:9080, which is stronger than this file.\n\n")
	write(&b, schema(&c), "")
	_, err := io.WriteString(w, b.String())
	return err
}

func write(b *strings.Builder, list []node, indent string) {
	for _, n := range list {
		fmt.Fprintf(b, "%s# %s\n", indent, n.help)
		if n.children == nil {
			fmt.Fprintf(b, "%s%s: %s\n", indent, n.name, literal(n.value.Interface()))
			continue
		}
		fmt.Fprintf(b, "%s%s:\n", indent, n.name)
		write(b, n.children, indent+"  ")
	}
}

// literal writes a value as YAML that is JSON as well.
func literal(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.QuoteToASCII(v)
	case []string:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = strconv.QuoteToASCII(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case time.Duration:
		return v.String()
	}
	return fmt.Sprint(v)
}

// withoutPassword replaces the password in an address.
func withoutPassword(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.User == nil {
		return s
	}
	if _, ok := u.User.Password(); !ok {
		return s
	}
	u.User = url.UserPassword(u.User.Username(), "xxx")
	return u.String()
}
