package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/template"
)

// ConfigFile is a complete configuration file for one device. It reaches the
// phone by a push.
type ConfigFile struct {
	DeviceID   string    `json:"device_id"`
	MAC        string    `json:"mac"`
	DeviceName string    `json:"device_name"`
	Model      string    `json:"model"`
	Firmware   string    `json:"firmware" doc:"as the phone says; empty before it was seen"`
	Name       string    `json:"name" doc:"of the file"`
	Size       int64     `json:"size" doc:"bytes"`
	Number     int       `json:"number" doc:"how often a file was uploaded for the device"`
	Author     string    `json:"author"`
	UploadedAt time.Time `json:"uploaded_at"`
	Version    int64     `json:"version"`
}

// UploadedFile is a config file that was just taken.
type UploadedFile struct {
	ConfigFile
	Values   int      `json:"values" doc:"settings that it holds"`
	Warnings []string `json:"warnings"`
}

func configFileOf(d device.Device, src template.Source, v template.Version) ConfigFile {
	return ConfigFile{DeviceID: d.ID, MAC: d.MAC.String(), DeviceName: d.Name, Model: d.Model, Firmware: d.Hot.Firmware, Name: d.MAC.String() + ".xml", Size: v.Size, Number: v.Number,
		Author: v.Author, UploadedAt: v.At, Version: src.Version}
}

func (a *API) configFiles() {
	register(a, op(http.MethodGet, "/orgs/{org}/config-files", "list-config-files", "The config files of an organization's devices"), func(ctx context.Context, in *struct {
		OrgRef
		Paging
	}) (*List[ConfigFile], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		s, err := a.Templates.ConfigFiles(ctx, o.ID, in.page())
		if err != nil {
			return nil, err
		}
		ids := make([]string, len(s.Items))
		for i, f := range s.Items {
			ids[i] = f.Device.ID
		}
		hot, err := a.devicesByID(ctx, o.ID, ids)
		return listOf(s, func(f template.ConfigFileInfo) ConfigFile {
			f.Device.Hot = hot[f.Device.ID].Hot
			return configFileOf(f.Device, f.Source, f.Version)
		}), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/config-files", "upload-config-file", "Upload a device's config file, named by its MAC: 000b82afd0b0.xml. A later one takes its place"), func(ctx context.Context, in *struct {
		OrgRef
		RawBody huma.MultipartFormFiles[struct {
			File huma.FormFile `form:"file" required:"true" doc:"the vendor's XML"`
		}]
	}) (*One[UploadedFile], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		f := in.RawBody.Data().File
		data, err := io.ReadAll(f)
		if err != nil {
			return nil, err
		}
		up, err := a.Templates.UploadConfigFile(ctx, o, f.Filename, data)
		return one(UploadedFile{configFileOf(up.Device, up.Source, up.Version), len(up.Version.Items), append([]string{}, up.Warnings...)}, up.Source.Version), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/config-files/{device}", "download-config-file", "A config file as it was uploaded; it shows its secrets, and that is audited"), func(ctx context.Context, in *DeviceRef) (*Download, error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		b, err := a.Templates.Original(ctx, d)
		return downloadOf(d.MAC.String()+".xml", "application/octet-stream", b), err
	})
	register(a, op(http.MethodDelete, "/orgs/{org}/config-files/{device}", "delete-config-file", "Delete a device's config file; its next push takes the values away"), func(ctx context.Context, in *struct {
		DeviceRef
		IfMatch
	}) (*Nothing, error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return nil, a.Templates.DropConfigFile(ctx, d, v)
	})
}
