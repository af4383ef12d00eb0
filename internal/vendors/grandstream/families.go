package grandstream

import (
	"slices"

	"bellwether/internal/vendors"
)

// family is a group of models that share their settings and how these are
// written. README.md says for each what is evidenced.
type family struct {
	name    string
	dialect string // that files are written in
	kind    vendors.Kind
	proof   vendors.Proof
	models  []model
}

// model is a label and how many accounts it holds.
type model struct {
	name  string
	lines int
}

// hotel is the family of the administration guide, the only one whose settings
// come with ranges and defaults of their own.
const hotel = "ghp6xx"

// dect is the family of the bases for cordless handsets.
const dect = "dp7xx"

// families lists them in the order in which a reader looks for them. Names are
// those of the labels.
func families() []family {
	return []family{
		{hotel, dialectAlias, vendors.Audio, vendors.Documented, each(2, "GHP610", "GHP610W", "GHP611", "GHP611W", "GHP620", "GHP620W", "GHP621", "GHP621W")},
		{"grp26xx", dialectAlias, vendors.Audio, vendors.Documented, slices.Concat(
			each(2, "GRP2601", "GRP2601P", "GRP2601W", "GRP2602", "GRP2602P", "GRP2602W", "GRP2612", "GRP2612P", "GRP2612W"),
			each(3, "GRP2603", "GRP2603P", "GRP2604", "GRP2604P", "GRP2613", "GRP2613W"),
			each(4, "GRP2614", "GRP2624", "GRP2634"), each(5, "GRP2615"), each(6, "GRP2616", "GRP2636", "GRP2650", "GRP2670"))},
		{"gxp21xx", dialectP, vendors.Audio, vendors.Documented, slices.Concat(
			each(3, "GXP2130"), each(4, "GXP2135", "GXP2140"), each(6, "GXP2160", "GXP2170"))},
		{"gxp16xx", dialectP, vendors.Audio, vendors.Documented, slices.Concat(
			each(1, "GXP1610", "GXP1615"), each(2, "GXP1620", "GXP1625", "GXP1628"), each(3, "GXP1630"))},
		{"gxv33xx", dialectAlias, vendors.Video, vendors.Documented, each(16, "GXV3350", "GXV3370", "GXV3380", "GXV3450", "GXV3470", "GXV3480")},
		{"wp8x6", dialectAlias, vendors.Audio, vendors.Documented, each(3, "WP816", "WP826", "WP836", "WP856")},
		{"wp820", dialectP, vendors.Audio, vendors.Unverified, each(1, "WP810", "WP820", "WP822", "WP825")},
		{"ht80x", dialectP, vendors.Audio, vendors.Documented, slices.Concat(each(1, "HT801", "HT801V2"), each(2, "HT802", "HT802V2"))},
		{dect, dialectP, vendors.Audio, vendors.Documented, each(10, "DP750", "DP752")},
	}
}

// base says what the family's models have for handsets (DP750 template 1.0.2.16,
// "Profiles Settings" and "DECT/Handset Line Settings").
func (f family) base() vendors.Base {
	if f.name != dect {
		return vendors.Base{}
	}
	return vendors.Base{Profiles: 4, Handsets: 5, HandsetLines: 10}
}

func each(lines int, names ...string) []model {
	out := make([]model, len(names))
	for i, n := range names {
		out[i] = model{n, lines}
	}
	return out
}

// lines returns the most accounts that a model of the family holds.
func (f family) lines() int {
	most := 0
	for _, m := range f.models {
		most = max(most, m.lines)
	}
	return most
}

// byLines groups the models by the accounts that they hold, fewest first.
func (f family) byLines() map[int][]string {
	out := map[int][]string{}
	for _, m := range f.models {
		out[m.lines] = append(out[m.lines], m.name)
	}
	return out
}
