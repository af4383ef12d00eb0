package grandstream

import (
	_ "embed" // for the table
	"fmt"

	"bellwether/internal/vendors"
)

// modelTable is what the phones call their values when they are managed by TR-069:
// the names that others have used on them, since the maker's own list is not public.
//
//go:embed datamodel/cwmp.csv
var modelTable string

var _ vendors.DataModeler = (*Vendor)(nil)

func loadDataModel() (*vendors.DataModel, error) {
	plain, err := vendors.PlainDataModel()
	if err != nil {
		return nil, err
	}
	m, err := vendors.ReadDataModel(modelTable, plain)
	if err != nil {
		return nil, fmt.Errorf("load the %s data model: %w", name, err)
	}
	return m, nil
}

// DataModel returns the phones' names; each account is a profile with one line.
func (v *Vendor) DataModel() *vendors.DataModel { return v.model }
