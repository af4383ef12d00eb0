package vendors

// PageForm is how a phone's own web page talks to programs.
type PageForm string

// The forms. In the plain one the password itself goes over the network.
const (
	PageHashed PageForm = "hashed" // a hash of the password that is good once
	PagePlain  PageForm = "plain"
	PageEither PageForm = "either" // by firmware; the page itself shows which
)

// Lead is how a phone is led here through its own web page, in the numbers which
// that page has for the settings.
type Lead struct {
	Form   PageForm
	Values []LeadValue
	// Keep are the settings that files of ours may change, for a phone that is
	// given back. Values are not among them, nor are passwords of its pages.
	Keep []LeadName
}

// LeadName is a setting as files spell it and as the page numbers it.
type LeadName struct {
	Name   string
	Number string // "" where the phone alone can tell
	Secret bool
}

// LeadValue is what a setting is set to.
type LeadValue struct {
	LeadName
	Value  string
	Needed bool // a page that does not show it is none that we know
	// Group names values that are changed only where the page tells what all of
	// them were: "" for one that is changed in any case.
	Group string
}

// Leader is a vendor of whose phones some can be led here through their own web
// page.
type Leader interface {
	// Lead is for one model and the folder that it is to look in. It reports false
	// for a model whose page is not known to answer programs.
	Lead(m Model, folder string) (Lead, bool)
}
