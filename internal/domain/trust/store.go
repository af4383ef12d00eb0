package trust

import (
	"context"
	"crypto/x509"
	"strings"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
)

type caRow struct {
	bun.BaseModel    `bun:"table:trusted_cas,alias:c"`
	ID               string `bun:",pk"`
	TenantID         string
	OrgID            string
	Name             string
	NameKey          string
	Content          string
	RuleField        string
	RulePattern      string
	ConfirmedAt      int64
	ConfirmedBy      string
	ConfirmedSubject string
	ConfirmedMAC     string `bun:"confirmed_mac"`
	CreatedAt        int64
	UpdatedAt        int64
	Version          int64
	Subjects         int `bun:",scanonly"`
	Devices          int `bun:",scanonly"`
}

func (r caRow) ca() (CA, error) {
	certs, err := decode(r.Content)
	c := CA{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, Name: r.Name, PEM: r.Content, Rule: Rule{Field(r.RuleField), r.RulePattern},
		ConfirmedAt: clock.FromMillis(r.ConfirmedAt), ConfirmedBy: r.ConfirmedBy, ConfirmedSubject: r.ConfirmedSubject, ConfirmedMAC: mac.Address(r.ConfirmedMAC),
		Subjects: r.Subjects, Devices: r.Devices, CreatedAt: clock.FromMillis(r.CreatedAt), UpdatedAt: clock.FromMillis(r.UpdatedAt), Version: r.Version}
	for _, x := range certs {
		c.Certificates = append(c.Certificates, Certificate{plain(x.Subject.String(), limit.CertSubject), plain(x.Issuer.String(), limit.CertSubject), fingerprint(x), x.NotBefore, x.NotAfter})
	}
	return c, err
}

func rowOf(c CA) *caRow {
	return &caRow{ID: c.ID, TenantID: c.TenantID, OrgID: c.OrgID, Name: c.Name, NameKey: strings.ToLower(c.Name), Content: c.PEM, RuleField: string(c.Rule.Field), RulePattern: c.Rule.Pattern,
		ConfirmedAt: clock.Millis(c.ConfirmedAt), ConfirmedBy: c.ConfirmedBy, ConfirmedSubject: c.ConfirmedSubject, ConfirmedMAC: c.ConfirmedMAC.String(),
		CreatedAt: clock.Millis(c.CreatedAt), UpdatedAt: clock.Millis(c.UpdatedAt), Version: c.Version}
}

type nameRow struct {
	bun.BaseModel `bun:"table:trusted_ca_names,alias:n"`
	CAID          string `bun:"ca_id,pk"`
	TenantID      string
	OrgID         string
	NameHash      string `bun:",pk"`
}

type subjectRow struct {
	bun.BaseModel `bun:"table:trusted_ca_subjects,alias:s"`
	ID            string `bun:",pk"`
	CAID          string `bun:"ca_id"`
	TenantID      string
	OrgID         string
	Fingerprint   string
	Subject       string
	Content       string
	Address       string
	FirstAt       int64
	LastAt        int64
	Requests      int64
}

func (r subjectRow) subject() (Subject, error) {
	certs, err := decode(r.Content)
	if err != nil || len(certs) != 1 {
		return Subject{}, err
	}
	return Subject{ID: r.ID, CAID: r.CAID, Fingerprint: r.Fingerprint, Subject: r.Subject, Address: r.Address, FirstAt: clock.FromMillis(r.FirstAt), LastAt: clock.FromMillis(r.LastAt), Requests: r.Requests,
		NotAfter: certs[0].NotAfter, Values: valuesOf(certs[0]), leaf: certs[0]}, nil
}

type useRow struct {
	bun.BaseModel `bun:"table:certificate_uses,alias:u"`
	DeviceID      string `bun:",pk"`
	TenantID      string
	OrgID         string
	CAID          string `bun:"ca_id"`
	Subject       string
	Fingerprint   string
	EndsAt        int64
	LastAt        int64
}

// placed selects the CAs of a place with their counts.
func placed(ctx context.Context, q db.Q, rows *[]caRow, p Place) *bun.SelectQuery {
	return db.Scoped(q.NewSelect().Model(rows), scope.From(ctx), "c").ColumnExpr("c.*").
		ColumnExpr("(SELECT count(*) FROM trusted_ca_subjects AS s WHERE s.ca_id = c.id) AS subjects").
		ColumnExpr("(SELECT count(*) FROM certificate_uses AS u WHERE u.ca_id = c.id) AS devices").
		Where("c.tenant_id = ? AND c.org_id = ?", p.TenantID, p.OrgID).Order("c.name_key")
}

func casOf(rows []caRow) (out []CA, err error) {
	for _, r := range rows {
		c, err := r.ca()
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func listCAs(ctx context.Context, q db.Q, p Place) ([]CA, error) {
	var rows []caRow
	if err := placed(ctx, q, &rows, p).Scan(ctx); err != nil {
		return nil, err
	}
	return casOf(rows)
}

func getCA(ctx context.Context, q db.Q, p Place, id string) (CA, error) {
	var rows []caRow
	if err := placed(ctx, q, &rows, p).Where("c.id = ?", id).Scan(ctx); err != nil {
		return CA{}, err
	}
	if len(rows) == 0 {
		return CA{}, missing("trusted CA")
	}
	return rows[0].ca()
}

// casByName finds the CAs that sign under one of the names.
func casByName(ctx context.Context, q db.Q, hashes []string) ([]CA, error) {
	var rows []caRow
	err := db.Scoped(q.NewSelect().Model(&rows), scope.From(ctx), "c").
		Where("c.id IN (SELECT n.ca_id FROM trusted_ca_names AS n WHERE n.name_hash IN (?))", bun.List(hashes)).Order("c.org_id", "c.id").Scan(ctx)
	if err != nil {
		return nil, err
	}
	return casOf(rows)
}

func insertCA(ctx context.Context, tx *db.Tx, c CA, certs []*x509.Certificate) error {
	if err := db.Insert(ctx, tx, rowOf(c)); err != nil {
		return err
	}
	return saveNames(ctx, tx, c, certs)
}

func updateCA(ctx context.Context, tx *db.Tx, c CA, version int64) error {
	return db.UpdateAt(ctx, tx, rowOf(c), version, "trusted CA")
}

// saveNames replaces the names under which a CA is found.
func saveNames(ctx context.Context, tx *db.Tx, c CA, certs []*x509.Certificate) error {
	if _, err := tx.NewDelete().Model((*nameRow)(nil)).Where("ca_id = ?", c.ID).Exec(ctx); err != nil {
		return err
	}
	rows, seen := []nameRow{}, map[string]bool{}
	for _, x := range certs {
		h := nameHash(x.RawSubject)
		if !seen[h] {
			seen[h] = true
			rows = append(rows, nameRow{CAID: c.ID, TenantID: c.TenantID, OrgID: c.OrgID, NameHash: h})
		}
	}
	return db.Insert(ctx, tx, &rows)
}

func deleteCA(ctx context.Context, tx *db.Tx, id string) error {
	for _, table := range []string{"trusted_ca_subjects", "trusted_ca_names", "certificate_uses"} {
		if _, err := tx.NewDelete().Table(table).Where("ca_id = ?", id).Exec(ctx); err != nil {
			return err
		}
	}
	_, err := tx.NewDelete().Model((*caRow)(nil)).Where("id = ?", id).Exec(ctx)
	return err
}

func listSubjects(ctx context.Context, q db.Q, caID string) (out []Subject, err error) {
	var rows []subjectRow
	if err := db.Scoped(q.NewSelect().Model(&rows).Where("s.ca_id = ?", caID), scope.From(ctx), "s").OrderExpr("s.last_at DESC, s.id DESC").Limit(limit.CASubjects).Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		s, err := r.subject()
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func getSubject(ctx context.Context, q db.Q, caID, id string) (Subject, error) {
	var r subjectRow
	if err := db.One(ctx, db.Scoped(q.NewSelect().Model(&r).Where("s.ca_id = ? AND s.id = ?", caID, id), scope.From(ctx), "s"), "subject"); err != nil {
		return Subject{}, err
	}
	return r.subject()
}

func deleteSubjects(ctx context.Context, tx *db.Tx, caID string) error {
	_, err := tx.NewDelete().Model((*subjectRow)(nil)).Where("ca_id = ?", caID).Exec(ctx)
	return err
}

// saveSubject writes down that a certificate was shown. The CA may be gone.
func saveSubject(ctx context.Context, tx *db.Tx, r subjectRow) error {
	n, err := db.Count(ctx, tx.NewSelect().Table("trusted_cas").Where("id = ?", r.CAID))
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.NewInsert().Model(&r).On("CONFLICT (ca_id, fingerprint) DO UPDATE").
		Set("last_at = EXCLUDED.last_at, address = EXCLUDED.address").Set("requests = s.requests + EXCLUDED.requests").Exec(ctx)
	return err
}

// trimSubjects keeps the latest subjects of a CA.
func trimSubjects(ctx context.Context, tx *db.Tx, caID string) error {
	n, err := db.Count(ctx, tx.NewSelect().Table("trusted_ca_subjects").Where("ca_id = ?", caID))
	if err != nil || n <= limit.CASubjects {
		return err
	}
	_, err = tx.NewDelete().Table("trusted_ca_subjects").Where("id IN (SELECT id FROM trusted_ca_subjects WHERE ca_id = ? ORDER BY last_at, id LIMIT ?)", caID, n-limit.CASubjects).Exec(ctx)
	return err
}

// saveUse writes down by which certificate a device proved who it is. Either may
// be gone.
func saveUse(ctx context.Context, tx *db.Tx, r useRow) error {
	for table, id := range map[string]string{"trusted_cas": r.CAID, "devices": r.DeviceID} {
		if n, err := db.Count(ctx, tx.NewSelect().Table(table).Where("id = ?", id)); err != nil || n == 0 {
			return err
		}
	}
	ins := tx.NewInsert().Model(&r).On("CONFLICT (device_id) DO UPDATE")
	for _, c := range []string{"ca_id", "subject", "fingerprint", "ends_at", "last_at"} {
		ins = ins.Set(c + " = EXCLUDED." + c)
	}
	_, err := ins.Exec(ctx)
	return err
}

func deleteUse(ctx context.Context, tx *db.Tx, deviceID string) error {
	_, err := tx.NewDelete().Model((*useRow)(nil)).Where("device_id = ?", deviceID).Exec(ctx)
	return err
}

func hasUse(ctx context.Context, q db.Q, deviceID string) (bool, error) {
	return db.Scoped(q.NewSelect().Model((*useRow)(nil)), scope.From(ctx), "u").Where("u.device_id = ?", deviceID).Exists(ctx)
}
