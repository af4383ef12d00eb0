package vendors

// FirmwareNamer is a vendor that knows under which names its phones ask for an
// image. For a model whose names are not evidenced it tells none.
type FirmwareNamer interface {
	FirmwareNames(model string) []string
}

// PhonebookNamer is a vendor whose phones ask for their phonebook under fixed
// names.
type PhonebookNamer interface {
	PhonebookNames() []string
}

// FirmwareNames returns the names under which a model's phones ask for an image.
func (s *Set) FirmwareNames(v Vendor, model string) []string {
	if n, ok := v.(FirmwareNamer); ok {
		return n.FirmwareNames(model)
	}
	return nil
}

// PhonebookNames returns the names under which a vendor's phones ask for their
// phonebook.
func (s *Set) PhonebookNames(v Vendor) []string {
	if n, ok := v.(PhonebookNamer); ok {
		return n.PhonebookNames()
	}
	return nil
}
