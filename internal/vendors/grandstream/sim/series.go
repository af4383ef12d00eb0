package sim

import "bellwether/internal/phone"

// series is a family: its models, its tables and the words that steer its
// provisioning.
type series struct {
	models   []string
	firmware string
	aliases  string // table of the aliases that it knows, "" for none
	block    string // family in the table of P-values, "" for none
	accounts int    // whose P-values it has
	words    words
}

// words are the settings that steer provisioning, in a family's own spelling.
type words struct {
	protocol, path, user, password, preempt string
	prefix, postfix, filePassword           string
	processAll, validate, hostname          string
	load, trusted                           string
	mode, minute, hour, endHour, day        string
	random, admin, find                     string
	protect, authenticate                   string
	override, additional, option120         string // DHCP; "" where the family has no such word
	option42, timeServer, acs               string
	vlan, priority                          string
	firmware                                firmwareWords
	book                                    bookWords         // of those with a screen
	sipServers                              []string          // by account
	overrides                               map[string]string // of the table's words for "override"
	yes                                     string
	protocols                               map[string]string // of our words
	modes                                   map[string]string // of the table's words
}

func hotelWords() words {
	return words{
		protocol: "provisioning.config.protocol", path: "provisioning.config.serverpath",
		user: "provisioning.config.username", password: "provisioning.config.password",
		preempt: "provisioning.alwaysauthenticatebeforechallenge",
		prefix:  "provisioning.config.fileprefix", postfix: "provisioning.config.filepostfix",
		filePassword: "provisioning.config.filepassword", processAll: "provisioning.config.processall.enable",
		validate: "security.validate.servercertificate", hostname: "provisioning.validatehostnameincertificate",
		load: "trustedcacertificates.load", trusted: "trustedcacertificates.trustedcacertificate.",
		mode: "provisioning.auto.mode", minute: "provisioning.auto.minute", hour: "provisioning.auto.hour",
		endHour: "provisioning.auto.endhour", day: "provisioning.auto.day", random: "provisioning.auto.randomtime.enable",
		admin: "users.admin.password", yes: "Yes", find: "provisioning.3cxautoprovision",
		protect: "provisioning.userprotect.enable", authenticate: "provisioning.config.authenticatefile",
		override: "provisioning.override.dhcp.allowcommonoptions", additional: "provisioning.override.dhcp.allowcustomoption", option120: "sip.override.dhcp.allowoption120",
		option42: "datetime.override.dhcp.allowoption42", timeServer: "datetime.ntp.server.1", acs: "tr069.url",
		vlan: "network.port.eth.1.vlan.tag", priority: "network.port.eth.1.vlan.priority",
		sipServers: []string{"account.1.sip.server.1.address", "account.2.sip.server.1.address"},
		firmware: firmwareWords{protocol: "provisioning.firmware.protocol", path: "provisioning.firmware.serverpath", user: "provisioning.firmware.username", password: "provisioning.firmware.password",
			prefix: "provisioning.firmware.fileprefix", postfix: "provisioning.firmware.filepostfix", check: "provisioning.firmware.checkcondition",
			checks: map[string]phone.Check{"AlwaysCheck": phone.CheckAlways, "CheckWhenChange": phone.CheckAffix, "SkipCheck": phone.CheckNever}},
		overrides: map[string]string{"No": never, "Yes": always, "Fallback": preferred},
		protocols: map[string]string{"HTTP": "HTTP", "HTTPS": "HTTPS", "TFTP": "TFTP", "FTP": "FTP", "FTPS": "FTPS"},
		modes:     map[string]string{"YesUpgradeMin": everyMinutes, "YesUpgradeHourOfDay": everyDay, "YesUpgradeDayOfWeek": everyWeek},
	}
}

// mixedWords are the same with capital letters inside (GRP26xx, GXV3480, WP8x6
// templates).
func mixedWords() words {
	w := hotelWords()
	w.protocols = map[string]string{"HTTP": "HTTP", "HTTPS": "HTTPS", "TFTP": "TFTP"}
	w.path, w.find = "provisioning.config.serverPath", "provisioning.3cxAutoProvision"
	w.preempt = "provisioning.alwaysAuthenticateBeforeChallenge"
	w.prefix, w.postfix = "provisioning.config.filePrefix", "provisioning.config.filePostfix"
	w.filePassword, w.processAll = "provisioning.config.filePassword", "provisioning.config.processAll.enable"
	w.validate, w.hostname = "security.validate.serverCertificate", "provisioning.validateHostnameInCertificate"
	w.load, w.trusted = "trustedCACertificates.load", "trustedCACertificates.trustedCACertificate."
	w.protect, w.authenticate = "provisioning.userProtect.enable", "provisioning.config.authenticateFile"
	w.override, w.additional, w.option120 = "provisioning.override.dhcp.allowCommonOptions", "provisioning.override.dhcp.allowCustomOption", "sip.override.dhcp.allowOption120"
	w.firmware.path, w.firmware.prefix, w.firmware.postfix = "provisioning.firmware.serverPath", "provisioning.firmware.filePrefix", "provisioning.firmware.filePostfix"
	w.firmware.check = "provisioning.firmware.checkCondition"
	w.book = bookWords{mode: "phonebook.download.mode", server: "phonebook.download.server", user: "phonebook.download.username", password: "phonebook.download.password",
		modes:     map[string]string{"EnabledUseHTTP": "HTTP", "EnabledUseTFTP": "TFTP", "EnabledUseHTTPS": "HTTPS"},
		wallpaper: "lcd.wallpaper.source", picture: "lcd.wallpaper.serverPath"}
	w.option42, w.timeServer = "dateTime.override.dhcp.allowOption42", "dateTime.ntp.server.1"
	w.endHour, w.random = "provisioning.auto.endHour", "provisioning.auto.randomTime.enable"
	return w
}

// numberWords are the P-values ("maintenance" in the published pattern). That the
// numbers of the timer's modes are those of the HT80x template on every family is
// not known; on the others the timer does not run (pessimistic).
func numberWords(modes map[string]string) words {
	return words{
		protocol: "P212", path: "P237", user: "P1360", password: "P1361", preempt: "P20713",
		prefix: "P234", postfix: "P235", filePassword: "P1359", processAll: "P8467",
		validate: "P8463", hostname: "P22030", mode: "P194", minute: "P193", hour: "P285", endHour: "P8459",
		day: "P286", random: "P8458", admin: "P2", yes: "1", find: "P1414",
		protect: "P9996", authenticate: "P240",
		override: "P145", additional: "P8337", option120: "P1411", option42: "P144", timeServer: "P30", acs: "P4503", vlan: "P51", priority: "P87", sipServers: []string{"P47", "P402"},
		firmware: firmwareWords{protocol: "P6767", path: "P192", user: "P6768", password: "P6769", prefix: "P232", postfix: "P233", check: "P238",
			checks: map[string]phone.Check{"0": phone.CheckAlways, "1": phone.CheckAffix, "2": phone.CheckNever}},
		overrides: map[string]string{"0": never, "1": always, "2": preferred},
		protocols: map[string]string{"TFTP": "0", "HTTP": "1", "HTTPS": "2", "FTP": "3", "FTPS": "4"}, modes: modes,
	}
}

func allSeries() []series {
	ht := map[string]string{"1": everyDay, "2": everyWeek, "3": everyMinutes}
	return []series{
		{[]string{"GHP610", "GHP610W", "GHP611", "GHP611W", "GHP620", "GHP620W", "GHP621", "GHP621W"}, "1.0.1.54", "keys.csv", "", 0, hotelWords()},
		{[]string{"GRP2601", "GRP2601P", "GRP2601W", "GRP2602", "GRP2602P", "GRP2602W", "GRP2603", "GRP2603P", "GRP2604", "GRP2604P",
			"GRP2612", "GRP2612P", "GRP2612W", "GRP2613", "GRP2613W", "GRP2614", "GRP2615", "GRP2616", "GRP2624", "GRP2634", "GRP2636",
			"GRP2650", "GRP2670"}, "1.0.9.103", "grp26xx.csv", "grp", 6, mixedWords()},
		{[]string{"GXV3350", "GXV3370", "GXV3380", "GXV3450", "GXV3470", "GXV3480"}, "1.0.1.09", "gxv33xx.csv", "", 0, mixedWords()},
		{[]string{"WP816", "WP826", "WP836", "WP856"}, "1.0.1.44", "wp8x6.csv", "", 0, mixedWords()},
		{[]string{"GXP2130", "GXP2135", "GXP2140", "GXP2160", "GXP2170"}, "1.0.10.35", "", "gxp", 6, numberWords(nil)},
		{[]string{"GXP1610", "GXP1615", "GXP1620", "GXP1625", "GXP1628", "GXP1630"}, "1.0.4.33", "", "gxp", 3, numberWords(nil)},
		{[]string{"WP810", "WP820", "WP822", "WP825"}, "1.0.1.16", "", "wp", 1, numberWords(nil)},
		{[]string{"HT801", "HT801V2", "HT802", "HT802V2"}, "1.0.17.5", "", "ht", 1, numberWords(ht)},
		{[]string{"DP750", "DP752"}, "1.0.2.16", "", "dp", 1, numberWords(nil)},
	}
}
