package cwmp_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/protocol/cwmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// everyMessage has each message of the protocol once, with all its fields set.
func everyMessage() []cwmp.Message {
	at, later := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC), time.Date(2026, 11, 26, 8, 0, 5, 250_000_000, time.UTC)
	values := []cwmp.ParameterValue{
		{Name: "Device.DeviceInfo.UpTime", Value: "3600", Type: cwmp.UnsignedInt},
		{Name: "Device.UserInterface.Note", Value: "  a <b> & \"c\" 'd' ü\r\n", Type: cwmp.String},
		{Name: "Device.ManagementServer.PeriodicInformEnable", Value: "1", Type: cwmp.Boolean},
		{Name: "Device.Time.CurrentLocalTime", Value: "2026-11-26T08:00:00+01:00", Type: cwmp.DateTime},
	}
	queued := []cwmp.QueuedTransfer{{Key: "k1", State: cwmp.TransferWaits}, {Key: "k2", State: cwmp.TransferDone}}
	all := []cwmp.QueuedTransfer{{Key: "k1", State: cwmp.TransferRuns, IsDownload: true, FileType: cwmp.FileFirmware, FileSize: 5 << 30, Target: "fw.bin"}}
	failed := cwmp.Failure{Code: cwmp.FaultAccess, String: "cannot access the file"}
	result := cwmp.OperationResult{UUID: "u", Unit: "Device.SoftwareModules.DeploymentUnit.1", Version: "1.2", State: "Installed", Resolved: true, Units: "a,b", Start: at, Complete: later, Failure: failed}
	performed := result
	performed.Performed = "Update"
	return []cwmp.Message{
		&cwmp.Inform{
			Device:       cwmp.DeviceID{Manufacturer: "Example & Sons", OUI: "020000", ProductClass: "X100", SerialNumber: "020000000001"},
			Events:       []cwmp.Event{{Code: cwmp.EventBoot}, {Code: cwmp.EventMReboot, Key: "cmd-1"}},
			MaxEnvelopes: 1, CurrentTime: at, RetryCount: 3, Parameters: values,
		},
		&cwmp.InformResponse{MaxEnvelopes: 1},
		&cwmp.TransferComplete{Key: "k", Failure: failed, Start: at, Complete: later},
		&cwmp.TransferCompleteResponse{},
		&cwmp.AutonomousTransferComplete{AnnounceURL: "http://192.0.2.1/a", TransferURL: "http://192.0.2.1/t?a=1&b=2", IsDownload: true, FileType: cwmp.FileConfig, FileSize: 4711, Target: "t", Failure: failed, Start: at, Complete: later},
		&cwmp.AutonomousTransferCompleteResponse{},
		&cwmp.RequestDownload{FileType: cwmp.FileWeb, Arguments: []cwmp.Argument{{Name: "a", Value: "1"}, {Name: "b", Value: ""}}},
		&cwmp.RequestDownloadResponse{},
		&cwmp.GetRPCMethods{},
		&cwmp.GetRPCMethodsResponse{Methods: []string{"Inform", "GetRPCMethods"}},
		&cwmp.Kicked{Command: "c", Referer: "http://192.0.2.1/", Arg: "a", Next: "n"},
		&cwmp.KickedResponse{NextURL: "http://192.0.2.1/next"},
		&cwmp.DUStateChangeComplete{Results: []cwmp.OperationResult{result}, Key: "k"},
		&cwmp.DUStateChangeCompleteResponse{},
		&cwmp.AutonomousDUStateChangeComplete{Results: []cwmp.OperationResult{performed}},
		&cwmp.AutonomousDUStateChangeCompleteResponse{},
		&cwmp.SetParameterValues{Parameters: values, Key: "rev-7"},
		&cwmp.SetParameterValuesResponse{Status: cwmp.Committed},
		&cwmp.GetParameterValues{Names: []string{"", "Device.LAN.", "Device.DeviceInfo.UpTime"}},
		&cwmp.GetParameterValuesResponse{Parameters: values},
		&cwmp.GetParameterNames{Path: "Device.", NextLevel: true},
		&cwmp.GetParameterNamesResponse{Parameters: []cwmp.ParameterInfo{{Name: "Device.LAN."}, {Name: "Device.LAN.IPAddress", Writable: true}}},
		&cwmp.SetParameterAttributes{Parameters: []cwmp.AttributeChange{{ParameterAttribute: cwmp.ParameterAttribute{Name: "Device.LAN.IPAddress", Notification: cwmp.NotifyActive, Access: []string{"Subscriber"}}, ChangeNotification: true, ChangeAccess: true}}},
		&cwmp.SetParameterAttributesResponse{},
		&cwmp.GetParameterAttributes{Names: []string{"Device."}},
		&cwmp.GetParameterAttributesResponse{Parameters: []cwmp.ParameterAttribute{{Name: "Device.LAN.IPAddress", Notification: cwmp.NotifyPassive, Access: []string{"Subscriber"}}}},
		&cwmp.AddObject{Object: "Device.Services.VoiceService.1.VoiceProfile.", Key: "k"},
		&cwmp.AddObjectResponse{Instance: 2, Status: cwmp.Committed},
		&cwmp.DeleteObject{Object: "Device.Services.VoiceService.1.VoiceProfile.2.", Key: "k"},
		&cwmp.DeleteObjectResponse{Status: cwmp.Committed},
		&cwmp.Download{Key: "k", FileType: cwmp.FileFirmware, URL: "http://192.0.2.1/f/x", Username: "u", Password: " p&<w ", FileSize: 5 << 30, Target: "fw.bin", Delay: 5, Success: "http://192.0.2.1/ok", Failure: "http://192.0.2.1/no"},
		&cwmp.DownloadResponse{Status: cwmp.Committed},
		&cwmp.Upload{Key: "k", FileType: cwmp.UploadLog, URL: "http://192.0.2.1/u/x", Username: "u", Password: "p", Delay: 5},
		&cwmp.UploadResponse{Status: cwmp.Applied, Start: at, Complete: later},
		&cwmp.Reboot{Key: "k"},
		&cwmp.RebootResponse{},
		&cwmp.FactoryReset{},
		&cwmp.FactoryResetResponse{},
		&cwmp.ScheduleInform{Delay: 30, Key: "k"},
		&cwmp.ScheduleInformResponse{},
		&cwmp.GetQueuedTransfers{},
		&cwmp.GetQueuedTransfersResponse{Transfers: queued},
		&cwmp.GetAllQueuedTransfers{},
		&cwmp.GetAllQueuedTransfersResponse{Transfers: all},
		&cwmp.ScheduleDownload{Key: "k", FileType: cwmp.FileFirmware, URL: "http://192.0.2.1/f", Username: "u", Password: "p", FileSize: 12, Target: "t", Windows: []cwmp.Window{{Start: 60, End: 120, Mode: cwmp.WindowIdle, Message: "soon", Retries: -1}, {Start: 3600, End: 7200, Mode: cwmp.WindowAny}}},
		&cwmp.ScheduleDownloadResponse{},
		&cwmp.CancelTransfer{Key: "k"},
		&cwmp.CancelTransferResponse{},
		&cwmp.ChangeDUState{Operations: []cwmp.Operation{{Kind: cwmp.OpInstall, UUID: "u", URL: "http://192.0.2.1/d", Username: "n", Password: "p", Environment: "e"}, {Kind: cwmp.OpUninstall, UUID: "u", Version: "1"}}, Key: "k"},
		&cwmp.ChangeDUStateResponse{},
		&cwmp.Fault{Code: cwmp.FaultArguments, String: "invalid arguments", Set: []cwmp.ParameterFault{{Name: "Device.X", Code: cwmp.FaultName, String: "no such parameter"}}},
		&cwmp.Unknown{Name: "X_00005E_Method"},
	}
}

// TestMessages_round_trip: every RPC of both directions is written as its golden
// file has it, and reads as itself.
func TestMessages_round_trip(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, m := range everyMessage() {
		seen[m.Method()] = true
		e := cwmp.Envelope{Namespace: cwmp.Namespace12, ID: "bw-<1>", HasID: true, Body: m}
		got := cwmp.Append(nil, e, cwmp.Options{})
		file := filepath.Join("testdata", "golden", m.Method()+".xml")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is written otherwise (-golden +now):\n%s", m.Method(), diff)
		}
		again, err := cwmp.Decode(got)
		if err != nil {
			t.Errorf("%s: %v", m.Method(), err)
			continue
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Errorf("%s reads otherwise (-written +read):\n%s", m.Method(), diff)
		}
	}
	// The reference's list, without what is dead in it.
	for _, name := range strings.Fields(`GetRPCMethods SetParameterValues GetParameterValues GetParameterNames SetParameterAttributes GetParameterAttributes AddObject
		DeleteObject Download Reboot GetQueuedTransfers GetAllQueuedTransfers ScheduleInform Upload FactoryReset ScheduleDownload CancelTransfer ChangeDUState
		Inform TransferComplete AutonomousTransferComplete RequestDownload Kicked DUStateChangeComplete AutonomousDUStateChangeComplete`) {
		if !seen[name] || !seen[name+"Response"] {
			t.Errorf("%s, or its answer, is not tried here", name)
		}
	}
}

func TestAppend_spellings(t *testing.T) {
	t.Parallel()
	on := cwmp.Envelope{Body: &cwmp.SetParameterValues{Parameters: []cwmp.ParameterValue{{Name: "Device.A", Value: "TRUE", Type: cwmp.Boolean}, {Name: "Device.B", Value: "Enabled", Type: cwmp.Boolean}, {Name: "Device.C", Value: "true"}}}}
	for spelled, want := range map[cwmp.Booleans]string{cwmp.Digits: ">1<", cwmp.Words: ">true<"} {
		got := string(cwmp.Append(nil, on, cwmp.Options{Booleans: spelled}))
		for _, part := range []string{
			`<Name>Device.A</Name><Value xsi:type="xsd:boolean"` + want, `xsd:boolean">Enabled<`, `<Name>Device.C</Name><Value xsi:type="xsd:string">true<`,
			`soap-enc:arrayType="cwmp:ParameterValueStruct[3]"`, `xmlns:cwmp="urn:dslforum-org:cwmp-1-0"`,
		} {
			if !strings.Contains(got, part) {
				t.Errorf("%d: %q is not in %s", spelled, part, got)
			}
		}
		if !strings.HasPrefix(got, "<soap-env:Envelope ") || strings.Contains(got, "Header") || strings.Contains(got, "\n") {
			t.Errorf("the envelope is not plain: %s", got)
		}
	}
	next := string(cwmp.Append(nil, cwmp.Envelope{Body: &cwmp.GetParameterNames{}}, cwmp.Options{Booleans: cwmp.Words}))
	if !strings.Contains(next, "<NextLevel>0</NextLevel>") {
		t.Errorf("NextLevel is spelled otherwise: %s", next)
	}
	odd := string(cwmp.Append([]byte("before"), cwmp.Envelope{Body: &cwmp.Reboot{Key: "a\x00b\x01\xffc\ufffe"}}, cwmp.Options{}))
	if !strings.HasPrefix(odd, "before<soap-env") || !strings.Contains(odd, "<CommandKey>abc</CommandKey>") {
		t.Errorf("what XML has no character for is written: %q", odd)
	}
}

func TestEnvelope_header(t *testing.T) {
	t.Parallel()
	e := cwmp.Envelope{Namespace: "urn:dslforum-org:cwmp-1-4", ID: "", HasID: true, HoldRequests: true, NoMoreRequests: true, SessionTimeout: 90 * time.Second, SupportedVersions: "1.0,1.4", UseVersion: "1.4", Body: &cwmp.GetRPCMethods{}}
	got, err := cwmp.Decode(cwmp.Append(nil, e, cwmp.Options{Booleans: cwmp.Words}))
	if diff := cmp.Diff(e, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	a := got.Answer(&cwmp.InformResponse{MaxEnvelopes: 1})
	if want := (cwmp.Envelope{Namespace: "urn:dslforum-org:cwmp-1-4", HasID: true, Body: &cwmp.InformResponse{MaxEnvelopes: 1}}); !cmp.Equal(a, want) {
		t.Errorf("the answer is %+v", a)
	}
}
