package cwmp_test

import (
	"strconv"
	"testing"

	"bellwether/internal/protocol/cwmp"
)

// boot is an Inform of usual size: what a phone sends when it starts.
func boot() cwmp.Envelope {
	m := periodic(cwmp.String)
	m.Events = []cwmp.Event{{Code: cwmp.EventBoot}, {Code: cwmp.EventMReboot, Key: "bw-7k2m"}, {Code: cwmp.EventValueChange}}
	m.Parameters = nil
	for _, name := range []string{"DeviceSummary", "DeviceInfo.HardwareVersion", "DeviceInfo.SoftwareVersion", "DeviceInfo.ProvisioningCode", "ManagementServer.ParameterKey", "ManagementServer.ConnectionRequestURL", "ManagementServer.UDPConnectionRequestAddress", "LAN.IPAddress",
		"Services.VoiceService.1.VoiceProfile.1.Line.1.Status", "Services.VoiceService.1.VoiceProfile.2.Line.1.Status"} {
		m.Parameters = append(m.Parameters, cwmp.ParameterValue{Name: "Device." + name, Value: "http://192.0.2.10:7547/a1b2c3d4e5f6", Type: cwmp.String})
	}
	return cwmp.Envelope{Namespace: cwmp.Namespace12, ID: "1", HasID: true, Body: m}
}

func BenchmarkDecode_inform(b *testing.B) {
	data := cwmp.Append(nil, boot(), cwmp.Options{})
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cwmp.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode_tree(b *testing.B) {
	m := &cwmp.GetParameterValuesResponse{}
	for n := range 10_000 {
		m.Parameters = append(m.Parameters, cwmp.ParameterValue{Name: "Device.Services.VoiceService.1.VoiceProfile.1.Line.1.X_00005E_" + strconv.Itoa(n), Value: "a value & more", Type: cwmp.String})
	}
	data := cwmp.Append(nil, cwmp.Envelope{Body: m}, cwmp.Options{})
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cwmp.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend_inform(b *testing.B) {
	e, buf := boot(), []byte(nil)
	b.ReportAllocs()
	for b.Loop() {
		buf = cwmp.Append(buf[:0], e, cwmp.Options{})
	}
	b.SetBytes(int64(len(buf)))
}
