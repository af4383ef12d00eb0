package grandstream_test

import (
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors/grandstream"
)

func TestAdvise(t *testing.T) {
	t.Parallel()
	v, err := grandstream.New()
	if err != nil {
		t.Fatal(err)
	}
	type settings = map[param.Key]string
	for name, tc := range map[string]struct {
		before, after settings
		want          string
	}{
		"every way in is shut":      {settings{"security.ssh": "yes"}, settings{"security.ssh": "no", "security.webaccessmode": "Disabled"}, "admin_locked_out"},
		"one way in stays":          {settings{}, settings{"security.webaccessmode": "Disabled"}, ""},
		"shut before, shut after":   {settings{"security.ssh": "no", "security.webaccessmode": "Disabled"}, settings{"security.ssh": "no", "security.webaccessmode": "Disabled"}, ""},
		"SIP leaves TLS":            {settings{"account.2.sip.transport": "Tls Or Tcp"}, settings{"account.2.sip.transport": "UDP"}, "transport_downgraded"},
		"SIP comes to TLS":          {settings{"account.1.sip.transport": "UDP"}, settings{"account.1.sip.transport": "Tls Or Tcp"}, ""},
		"media no longer encrypted": {settings{"account.1.audio.srtpmode": "EnabledAndForced"}, settings{"account.1.audio.srtpmode": "Disabled"}, "transport_downgraded"},
		"configuration in clear":    {settings{"provisioning.config.protocol": "HTTPS"}, settings{"provisioning.config.protocol": "TFTP"}, "transport_downgraded"},
		"certificates unchecked":    {settings{"security.validate.servercertificate": "yes"}, settings{"security.validate.servercertificate": "no"}, "transport_downgraded"},
		"no way to call for help":   {settings{"account.1.call.dialplan": "{ x+ | +x+ | *x+ | *xx*x+ }"}, settings{"account.1.call.dialplan": "{ 2xx | 3xx }"}, "emergency_not_dialable"},
		"help stays dialable":       {settings{}, settings{"account.1.call.dialplan": "{ 2xx | 112 | 911 | 999 | 000 | 110 | 119 }"}, ""},
		"help is rewritten":         {settings{}, settings{"account.1.call.dialplan": "{ <112=9112> | 911 | 999 | 000 | 110 | 119 }"}, "emergency_not_dialable"},
		"files are checked":         {settings{}, settings{"provisioning.config.authenticatefile": "yes"}, "file_check_unproven"},
		"files are to be sealed":    {settings{}, settings{"provisioning.config.filepassword": ""}, "first_file_password"},
		"files were sealed":         {settings{"provisioning.config.filepassword": ""}, settings{"provisioning.config.filepassword": ""}, ""},
		"files were checked":        {settings{"provisioning.config.authenticatefile": "yes"}, settings{"provisioning.config.authenticatefile": "yes"}, ""},
		"no TLS version is left":    {settings{"security.maximum.tls.version": "TLS_1_1"}, settings{"security.maximum.tls.version": "TLS_1_1", "security.minimum.tls.version": "TLS_1_2"}, "tls_versions_crossed"},
		"one TLS version is left":   {settings{}, settings{"security.maximum.tls.version": "TLS_1_2", "security.minimum.tls.version": "TLS_1_2"}, ""},
		"TLS without an upper end":  {settings{}, settings{"security.maximum.tls.version": "UNLIMITED", "security.minimum.tls.version": "TLS_1_2"}, ""},
		"DTMF takes iLBC's number":  {settings{}, settings{"account.2.codec.payloadtype.dtmf": "97"}, "payload_types_collide"},
		"Opus takes DTMF's number":  {settings{"account.1.codec.payloadtype.dtmf": "101"}, settings{"account.1.codec.payloadtype.dtmf": "101", "account.1.codec.payloadtype.opus": "101"}, "payload_types_collide"},
		"they collided before":      {settings{"account.1.codec.payloadtype.dtmf": "97"}, settings{"account.1.codec.payloadtype.dtmf": "97"}, ""},
		"three numbers":             {settings{}, settings{"account.1.codec.payloadtype.dtmf": "101", "account.1.codec.payloadtype.ilbc": "98"}, ""},
		"nothing of the kind":       {settings{"audio.volume.ring": "1"}, settings{"audio.volume.ring": "2"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if a := v.Advise(tc.before, tc.after); len(a) > 0 {
				got = a[0].Code
			}
			if got != tc.want {
				t.Fatalf("advice %q, want %q", got, tc.want)
			}
		})
	}
	for _, k := range []param.Key{"security.webaccessmode", "security.ssh", "account.1.sip.transport", "account.1.audio.srtpmode", "provisioning.config.protocol", "security.validate.servercertificate", "provisioning.config.authenticatefile", "provisioning.config.filepassword",
		"security.minimum.tls.version", "security.maximum.tls.version", "account.1.codec.payloadtype.ilbc", "account.1.codec.payloadtype.opus", "account.1.codec.payloadtype.dtmf"} {
		if _, _, ok := v.Catalog().Lookup(k); !ok {
			t.Errorf("%s is advised on and not in the catalog", k)
		}
	}
}
