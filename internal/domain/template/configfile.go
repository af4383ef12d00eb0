package template

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Upload is what became of a config file: its source and version, and what in it
// is worth a word.
type Upload struct {
	Source   Source
	Version  Version
	Device   device.Device
	Warnings []string
}

// UploadConfigFile makes a file the device's config file: a layer above its
// templates and below its overrides. The file is named by the device's MAC
// ("000b82afd0b0.xml"; rulings 16 and 46) and is the vendor's own XML. A later
// file takes its place. It changes no phone: that is a push.
func (s *Service) UploadConfigFile(ctx context.Context, o org.Org, name string, data []byte) (u Upload, err error) {
	d, err := s.fileDevice(ctx, o, name)
	if err != nil {
		return Upload{}, err
	}
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return Upload{}, err
	}
	items, warnings, err := s.readConfigFile(d, data)
	if err != nil {
		return Upload{}, err
	}
	u = Upload{Device: d, Warnings: warnings}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		src, err := s.configFileIn(ctx, tx, d)
		if err != nil {
			return err
		}
		if err := s.ensure(ctx, tx, &src); err != nil {
			return err
		}
		src.Draft = s.signed(ctx, nil, items)
		if err := s.sealDraft(ctx, tx, &src); err != nil {
			return err
		}
		ref, err := s.vault.Seal(ctx, tx, secret.Owner{TenantID: src.TenantID, OrgID: src.OrgID, Kind: "config_file", ID: src.ID}, secret.NewString(string(data)))
		if err != nil {
			return err
		}
		u.Version, err = s.saveVersion(ctx, tx, &src, Version{Original: string(ref), Size: int64(len(data))}, src.Version)
		u.Source = src
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, fileEntry("config_file.upload", d, map[string]any{"version": u.Version.Number, "bytes": len(data), "values": len(items)}))
	})
	return u, err
}

// fileDevice finds the device that a config file's name speaks of.
func (s *Service) fileDevice(ctx context.Context, o org.Org, name string) (device.Device, error) {
	bad := func(msg string) error {
		return fault.InvalidFields("the config file is not taken", fault.Field{Path: "name", Message: msg})
	}
	base, ok := strings.CutSuffix(strings.ToLower(strings.TrimSpace(name)), ".xml")
	if !ok {
		return device.Device{}, bad("only XML files are taken, named by the device's MAC: 000b82afd0b0.xml")
	}
	m, err := mac.Parse(base)
	if err != nil || base != m.String() {
		return device.Device{}, bad("the file must be named by the device's MAC: 000b82afd0b0.xml")
	}
	d, err := s.devices.Get(ctx, m.String())
	if fault.Is(err, fault.NotFound) || err == nil && d.OrgID != o.ID {
		return device.Device{}, bad("there is no device " + m.Colons() + " in this organization")
	}
	return d, err
}

// readConfigFile turns a vendor's file into values. A name that the catalog does
// not know stays as it is, with a warning; a value out of its range refuses the
// file with the reason.
func (s *Service) readConfigFile(d device.Device, data []byte) (items []Item, warnings []string, err error) {
	if len(data) > limit.ImportBytes {
		return nil, nil, fault.New(fault.Invalid, "the file is larger than %d bytes", limit.ImportBytes)
	}
	if !bytes.HasPrefix(bytes.TrimLeft(data, "\ufeff \t\r\n"), []byte("<")) {
		return nil, nil, fault.New(fault.Invalid, "the file is no XML; a config file is the vendor's own XML")
	}
	v, ok := s.vendors.Get(d.Vendor)
	_, m, known := s.vendors.ByModel(d.Model)
	if !ok || !known {
		return nil, nil, fault.New(fault.Conflict, "the model %s is not known to this version", d.Model)
	}
	doc, err := v.Parse(vendors.Config, data)
	if err != nil {
		return nil, nil, err
	}
	if doc.MAC != "" && doc.MAC != d.MAC {
		return nil, nil, fault.New(fault.Invalid, "the file is for %s, as its <mac> says, and not for %s", doc.MAC.Colons(), d.MAC.Colons())
	}
	items, unknown := unspelled(v, m, doc)
	if len(items) == 0 {
		return nil, nil, fault.New(fault.Invalid, "the file holds no settings")
	}
	if unknown > 0 {
		warnings = append(warnings, fmt.Sprintf("%d of %d names are not in the catalog; they are kept and do not reach the phone", unknown, len(items)))
	}
	items, wrong := s.normalItems(v.Name(), items, anyKey)
	if len(wrong) > 0 {
		return nil, nil, fault.InvalidFields("the config file is not taken", wrong...)
	}
	return items, warnings, nil
}

// unspelled turns a vendor's file into values, and counts the names that the
// catalog does not know.
func unspelled(v vendors.Vendor, m vendors.Model, doc vendors.Document) (items []Item, unknown int) {
	target := param.Target{Dialect: doc.Target.Dialect, Family: m.Family, Model: m.Name}
	for _, sv := range doc.Values {
		k, value, ok := v.Catalog().Unspell(sv.Name, sv.Value, target)
		if !ok {
			unknown++
			k, value = param.Key(sv.Name), sv.Value
		}
		items = append(items, Item{Key: k, Value: value})
	}
	return items, unknown
}

// ConfigFileIn returns a device's config file inside a transaction; one that
// never had any gives a source without an id.
func (s *Service) ConfigFileIn(ctx context.Context, q db.Q, d device.Device) (Source, error) {
	return s.configFileIn(ctx, q, d)
}

func (s *Service) configFileIn(ctx context.Context, q db.Q, d device.Device) (Source, error) {
	src, err := findSource(ctx, q, "c.device_id = ? AND c.kind = ?", d.ID, string(ConfigFile))
	if fault.Is(err, fault.NotFound) {
		return Source{TenantID: d.TenantID, OrgID: d.OrgID, Kind: ConfigFile, Name: d.ID, Vendor: d.Vendor, DeviceID: d.ID}, nil
	}
	return src, err
}

// ConfigFileInfo is a device's config file as lists show it.
type ConfigFileInfo struct {
	Source  Source
	Version Version
	Device  device.Device
}

// ConfigFiles lists an organization's config files.
func (s *Service) ConfigFiles(ctx context.Context, orgID string, p db.Page) (out db.Slice[ConfigFileInfo], err error) {
	var srcs db.Slice[Source]
	err = s.db.Read(ctx, func(q db.Q) error {
		if srcs, err = listSources(ctx, q, Filter{Page: p, OrgID: orgID, Kind: ConfigFile}); err != nil {
			return err
		}
		out.Next, out.Total = srcs.Next, srcs.Total
		for _, src := range srcs.Items {
			v, err := findVersion(ctx, q, src.ID, src.Latest)
			if err != nil {
				return err
			}
			d, err := s.devices.GetIn(ctx, q, src.DeviceID)
			if fault.Is(err, fault.NotFound) {
				continue // it stands in a site that the asker does not see
			}
			if err != nil {
				return err
			}
			out.Items = append(out.Items, ConfigFileInfo{src, v, d})
		}
		return nil
	})
	return out, err
}

// Original returns the bytes of a device's config file as they were uploaded. It
// shows every secret in it: the caller needs secret.reveal, and it is audited.
func (s *Service) Original(ctx context.Context, d device.Device) (data []byte, err error) {
	if err := s.access.Authorize(ctx, access.SecretReveal, d.Where()); err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		src, err := s.configFileIn(ctx, tx, d)
		if err != nil {
			return err
		}
		if src.ID == "" || src.Latest == 0 {
			return fault.New(fault.NotFound, "the device has no config file")
		}
		v, err := findVersion(ctx, tx, src.ID, src.Latest)
		if err != nil {
			return err
		}
		if v.Original == "" {
			return fault.New(fault.NotFound, "the device has no config file")
		}
		clear, err := s.vault.Open(ctx, tx, secret.Ref(v.Original), secret.Reveal(actorID(ctx), "download of a config file"))
		if err != nil {
			return err
		}
		data = []byte(clear.Reveal())
		return s.audit.Record(ctx, tx, fileEntry("config_file.download", d, map[string]any{"version": v.Number}))
	})
	return data, err
}

// DropConfigFile makes a device's config file an empty one: the next push takes
// its values away. version must be the record's current one (Conflict).
func (s *Service) DropConfigFile(ctx context.Context, d device.Device, version int64) error {
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		src, err := s.configFileIn(ctx, tx, d)
		if err != nil {
			return err
		}
		if src.ID == "" || len(src.Draft) == 0 {
			return fault.New(fault.NotFound, "the device has no config file")
		}
		src.Draft = nil
		if _, err := s.saveVersion(ctx, tx, &src, Version{Note: "deleted"}, version); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, fileEntry("config_file.delete", d, nil))
	})
}

func fileEntry(action string, d device.Device, after any) audit.Entry {
	return audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: action, SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.Colons(), After: after}
}
