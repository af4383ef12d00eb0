package sim

import (
	"slices"
	"strconv"
)

// A DECT base in its own P-values (DP750 template 1.0.2.16): four profiles with a
// server each, ten accounts in them, five handsets of ten lines.
const (
	baseAccounts = 10
	baseHandsets = 5
	handsetLines = 10
)

// BaseAccount is an account as a base would register it.
type BaseAccount struct {
	Number       int
	User, Server string
	Rings        string // "circular", "linear", "parallel", "shared", or the one handset: "HS3"
}

// Accounts reads which accounts a base registers: those that are active, have a
// user, and whose profile is active and has a server. Out of the box accounts are
// active, in the first profile, and ring circularly.
func Accounts(settings map[string]string) []BaseAccount {
	switches := []string{"P271", "P401", "P501", "P601"}
	servers := []string{"P47", "P747", "P547", "P602"}
	rings := map[string]string{"": "circular", "101": "circular", "102": "linear", "103": "parallel", "104": "shared"}
	var out []BaseAccount
	for n := range baseAccounts {
		at := func(first int) string { return settings["P"+strconv.Itoa(first+n)] }
		profile := int(number(at(4150), 0))
		user, server := at(4060), servers[profile]
		if user == "" || at(4595) == "0" || settings[switches[profile]] != "1" || settings[server] == "" {
			continue
		}
		mode, group := rings[at(27080)]
		if !group {
			mode = "HS" + at(27080)
		}
		out = append(out, BaseAccount{n + 1, user, settings[server], mode})
	}
	return out
}

// Handset reads which account each line of a handset uses, 0 for none. Out of
// the box the first line uses account 1.
func Handset(settings map[string]string, n int) []int {
	first := [][]int{{4300}, {4310}, {4320}, {4250, 4251, 21320}, {21328}}[n-1]
	out := make([]int, handsetLines)
	for line := range out {
		at := first[min(line, len(first)-1)] + line - min(line, len(first)-1)
		otherwise := int64(0)
		if line == 0 {
			otherwise = 1
		}
		out[line] = int(number(settings["P"+strconv.Itoa(at)], otherwise))
	}
	return out
}

// Ringing lists the handsets that an incoming call to an account may reach,
// lowest first. That a handset needs a line for the account is inferred from its
// line table.
func Ringing(settings map[string]string, a BaseAccount) []int {
	var out []int
	for h := 1; h <= baseHandsets; h++ {
		alone := a.Rings == "HS"+strconv.Itoa(h)
		group := len(a.Rings) > 3
		if (alone || group) && slices.Contains(Handset(settings, h), a.Number) {
			out = append(out, h)
		}
	}
	return out
}
