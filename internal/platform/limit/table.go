package limit

import "time"

// Limit is one line of the table.
type Limit struct {
	Name   string // of the constant
	Value  int64  // in Unit
	Unit   string // "characters", "bytes", "rows" …; durations are in "seconds"
	Beyond string // what happens then, in plain words
}

// The answers that several lines share.
const (
	field  = "422 that names the field"
	page   = "422 that names the query field"
	cut    = "the connection is closed"
	broken = "the file is refused as invalid, with the line"
	oldest = "the oldest go"
	waits  = "the rest waits its turn"
	later  = "429 with the time until the next try"
	busy   = "503 that says to come later, or the door's plain refusal"
)

// Table returns every limit of the program. A test holds it against the
// constants, so that none is missing.
func Table() []Limit {
	var all []Limit
	for _, part := range [][]Limit{names(), lists(), web(), doors(), stored(), commands(), certificates(), reports(), datagrams(), sip(), pages(), formats(), configuration(), signIn(), alarms(), managed(), background()} {
		all = append(all, part...)
	}
	return all
}

func names() []Limit {
	return []Limit{
		{"Name", Name, "characters", field},
		{"Description", Description, "characters", field},
		{"Login", Login, "characters", field},
		{"Email", Email, "bytes", field},
		{"PasswordMin", PasswordMin, "characters at least", field},
		{"PasswordMax", PasswordMax, "bytes", field},
		{"SiteDepth", SiteDepth, "levels", field},
		{"SiteSubnets", SiteSubnets, "subnets", field},
		{"Sites", Sites, "rows", "409"},
		{"Host", Host, "bytes", field},
		{"Word", Word, "characters", "the rest of the word is ignored"},
		{"Query", Query, "characters", page},
	}
}

func reports() []Limit {
	const nothing = "it is answered as any other, and tells nothing"
	return []Limit{
		{"ReportKey", ReportKey, "bytes", nothing},
		{"ReportWord", ReportWord, "bytes", "of a claim the rest is cut; a longer event tells nothing"},
		{"ReportQuery", ReportQuery, "bytes", "the rest is not read"},
		{"ReportBurst", ReportBurst, "requests", busy},
		{"ReportSecond", ReportSecond, "requests a second", busy},
		{"ReportNetworks", ReportNetworks, "addresses", "the rest are counted together"},
		{"ReportQueue", ReportQueue, "requests", busy},
		{"ReportDevice", ReportDevice, "events", nothing + "; the ledger says so"},
		{"ReportRefill", ReportRefill, "events a second", nothing + "; the ledger says so"},
		{"ReportDevices", ReportDevices, "devices", "the rest are counted together"},
		{"EventsDevice", EventsDevice, "events", oldest},
		{"EventDays", EventDays, "days", oldest},
		{"EventDigits", EventDigits, "digits", "the others are not kept"},
	}
}

func commands() []Limit {
	return []Limit{
		{"CommandsDevice", CommandsDevice, "commands", "409"},
		{"CommandKeys", CommandKeys, "keys", field},
		{"CommandValues", CommandValues, "values", "the rest of the answer is not kept"},
		{"CommandText", CommandText, "bytes", "the rest of the answer is not kept"},
		{"PingCount", PingCount, "requests", field},
		{"TraceHops", TraceHops, "hops", field},
		{"MessageSeconds", MessageSeconds, "seconds", field},
	}
}

func lists() []Limit {
	return []Limit{
		{"ListDefault", ListDefault, "rows", "the rest comes with the next part"},
		{"ListMax", ListMax, "rows", page},
		{"Cursor", Cursor, "bytes", page},
		{"TotalExact", TotalExact, "rows", "the total is an estimate and marked as one"},
	}
}

func web() []Limit {
	return []Limit{
		{"HeaderBytes", HeaderBytes, "bytes", "431"},
		{"BodyBytes", BodyBytes, "bytes", "413"},
		{"PathBytes", PathBytes, "bytes", "414"},
		{"HeaderTime", seconds(HeaderTime), "seconds", cut},
		{"ReadTime", seconds(ReadTime), "seconds", cut},
		{"WriteTime", seconds(WriteTime), "seconds", cut},
		{"IdleTime", seconds(IdleTime), "seconds", cut},
		{"IdempotencyKey", IdempotencyKey, "bytes", field},
		{"UserAgent", UserAgent, "bytes", "the rest is cut off"},
		{"Streams", Streams, "streams", later},
	}
}

func doors() []Limit {
	return []Limit{
		{"FileName", FileName, "bytes", "404, as for any name that is not well-formed"},
		{"ConfigBytes", ConfigBytes, "bytes", "the device's revision is not published and says why"},
		{"ImportBytes", ImportBytes, "bytes", "413"},
		{"Unclaimed", Unclaimed, "rows", oldest},
		{"StrangersShown", StrangersShown, "machines", "the newest are shown"},
		{"ApproveRows", ApproveRows, "rows", "422"},
		{"TrustedLAN", seconds(TrustedLAN), "seconds", field},
		{"LegacyShown", LegacyShown, "phones", "those that will break and the latest are shown, with the number of all"},
		{"LegacyNoted", LegacyNoted, "phones", "the rest is noted when it comes the next time"},
		{"AdoptionRules", AdoptionRules, "rules", "409"},
		{"AdoptionWords", AdoptionWords, "words", field},
		{"ClaimParties", ClaimParties, "parties", "the plain refusal, and the ledger says why"},
		{"LabelTries", LabelTries, "a day", "409 or the plain refusal until the next day, and the operation log says so"},
		{"StrangersHour", StrangersHour, "rows an hour", "requests are still answered and only counted"},
		{"LedgerRecent", LedgerRecent, "rows", "a request like one of the rest begins a further row"},
		{"MissBurst", MissBurst, "refusals", busy},
		{"MissSecond", MissSecond, "refusals a second", busy},
		{"MissNetworks", MissNetworks, "addresses", "the rest are counted together"},
		{"LedgerBytes", LedgerBytes, "bytes", oldest},
		{"LedgerDays", LedgerDays, "days", oldest},
		{"WaterfallRows", WaterfallRows, "rows", "those between them are not looked at"},
		{"BlobBytes", BlobBytes, "bytes", "413"},
	}
}

func stored() []Limit {
	return []Limit{
		{"FirmwareBytes", FirmwareBytes, "bytes", "413, or 422 that names the file"},
		{"RingtoneBytes", RingtoneBytes, "bytes", field},
		{"WallpaperBytes", WallpaperBytes, "bytes", field},
		{"PhonebookBytes", PhonebookBytes, "bytes", field},
		{"LanguageBytes", LanguageBytes, "bytes", field},
		{"Resources", Resources, "files", "409"},
		{"ResourceNames", ResourceNames, "names", field},
		{"TransferTime", seconds(TransferTime), "seconds", cut},
		{"ImagesMinute", ImagesMinute, "images", busy},
		{"ImagesAddress", ImagesAddress, "images", busy},
		{"ImagesNetworks", ImagesNetworks, "addresses", busy},
		{"ImagesAtOnce", ImagesAtOnce, "images", busy},
		{"RenderedBytes", RenderedBytes, "bytes", "the file is made anew"},
		{"PartEntries", PartEntries, "settings", "they are read anew"},
	}
}

func certificates() []Limit {
	return []Limit{
		{"CABytes", CABytes, "bytes", field},
		{"CACerts", CACerts, "certificates", field},
		{"TrustedCAs", TrustedCAs, "CAs", "409 that asks to delete one"},
		{"CASubjects", CASubjects, "subjects", oldest},
		{"CertChain", CertChain, "certificates", "they count for nothing, and the ledger says why"},
		{"CertSubject", CertSubject, "bytes", "the rest is left out where it is shown"},
		{"RulePattern", RulePattern, "characters", field},
	}
}

func datagrams() []Limit {
	return []Limit{
		{"TFTPRequest", TFTPRequest, "bytes", "error 1 of TFTP, as for any file that there is not"},
		{"TFTPBlock", TFTPBlock, "bytes", "the answer names the smaller block"},
		{"TFTPWindow", TFTPWindow, "blocks", "the answer names the smaller window"},
		{"TFTPTransfers", TFTPTransfers, "transfers", "the one whose phone never answered a block and asked the longest ago is given up; without one the request is not heard, and the phone sends it again"},
		{"TFTPPerAddress", TFTPPerAddress, "transfers", "the same, among those of the address"},
		{"TFTPRetransmit", seconds(TFTPRetransmit), "seconds", "the block is sent again"},
		{"TFTPRetries", TFTPRetries, "times", "the transfer is given up"},
		{"TFTPTime", seconds(TFTPTime), "seconds", "the transfer is given up"},
		{"FTPSessions", FTPSessions, "sessions", cut},
		{"FTPPerAddress", FTPPerAddress, "sessions", cut},
		{"FTPIdle", seconds(FTPIdle), "seconds", "421 of FTP, and " + cut},
		{"FTPConnect", seconds(FTPConnect), "seconds", "425 of FTP"},
		{"FTPTime", seconds(FTPTime), "seconds", "the data connection is closed"},
	}
}

func sip() []Limit {
	const silence = "nothing: the message is dropped"
	return []Limit{
		{"SIPBytes", SIPBytes, "bytes", silence},
		{"RegistrarUsers", RegistrarUsers, "users", "503"},
		{"RegistrarCalls", RegistrarCalls, "calls", "486"},
		{"RegistrarConns", RegistrarConns, "connections", cut},
		{"RegistrarIdle", seconds(RegistrarIdle), "seconds", cut},
		{"RegistrarSilence", seconds(RegistrarSilence), "seconds", "the call is forgotten"},
		{"PnPAskers", PnPAskers, "addresses a minute", silence},
		{"PnPMinute", PnPMinute, "requests a minute", silence},
		{"PnPAsker", PnPAsker, "requests a minute", silence},
		{"PnPInterfaces", PnPInterfaces, "interfaces", "the settings are refused"},
		{"DHCPOption", DHCPOption, "bytes", field},
	}
}

func pages() []Limit {
	const strange = "409: the phone's page answers in no known way"
	return []Limit{
		{"PageBytes", PageBytes, "bytes", strange},
		{"PageHeader", PageHeader, "bytes", strange},
		{"PageValue", PageValue, "bytes", "the setting is not kept, and is listed as such"},
		{"PageValues", PageValues, "settings", "the rest is not kept"},
		{"PageTime", seconds(PageTime), "seconds", "503 that says what is known of the phone"},
		{"PageWhole", seconds(PageWhole), "seconds", "503 that says what is known of the phone"},
		{"PageRetry", seconds(PageRetry), "seconds", "409 that says when the next try may be"},
		{"PageAddress", PageAddress, "addresses", "the newest are looked at"},
	}
}

func formats() []Limit {
	return []Limit{
		{"XMLDepth", XMLDepth, "levels", broken},
		{"XMLTokens", XMLTokens, "tokens", broken},
		{"XMLText", XMLText, "bytes", broken},
		{"JSONDepth", JSONDepth, "levels", "400"},
		{"CWMPBytes", CWMPBytes, "bytes", "413"},
		{"CWMPElements", CWMPElements, "elements", "400"},
		{"CWMPEvents", CWMPEvents, "events", "the rest is passed over"},
	}
}

func configuration() []Limit {
	return []Limit{
		{"Contacts", Contacts, "entries", field},
		{"Learned", Learned, "settings", broken},
		{"Lessons", Lessons, "files", "409"},
		{"Redirections", Redirections, "profiles", "409"},
		{"ServerPath", ServerPath, "bytes", field},
		{"FileAffix", FileAffix, "characters", field},
		{"DialPlanBytes", DialPlanBytes, "bytes", "the plan is refused as invalid"},
		{"TemplateItems", TemplateItems, "values", field},
		{"ValueBytes", ValueBytes, "bytes", field},
		{"KeyBytes", KeyBytes, "bytes", field},
		{"PlaceholderDepth", PlaceholderDepth, "levels", "the compile of that device fails and names the placeholder"},
		{"Lines", Lines, "lines", field},
		{"Bindings", Bindings, "sources", "409"},
		{"PlanDevices", PlanDevices, "devices", "422 that asks for a smaller target"},
		{"RevisionsKept", RevisionsKept, "revisions", "the oldest one's content goes, its line stays"},
	}
}

func signIn() []Limit {
	return []Limit{
		{"LoginFailures", LoginFailures, "failures", "401 that says how long the account is locked"},
		{"AddressFailures", AddressFailures, "failures", "401 that says how long the address is locked"},
		{"LoginWindow", seconds(LoginWindow), "seconds", "the count begins anew"},
		{"AddressWindow", seconds(AddressWindow), "seconds", "the count begins anew"},
		{"LoginLock", seconds(LoginLock), "seconds", "the lock ends"},
		{"LoginLockMax", seconds(LoginLockMax), "seconds", "locks grow no longer"},
		{"SessionIdle", seconds(SessionIdle), "seconds", "401: sign in again"},
		{"SessionLife", seconds(SessionLife), "seconds", "401: sign in again"},
		{"SetupLife", seconds(SetupLife), "seconds", "the link says that it has expired"},
		{"HashesWaiting", HashesWaiting, "sign-ins", "503 that says to come later"},
		{"HashesAtOnce", HashesAtOnce, "hashes", waits},
	}
}

func alarms() []Limit {
	return []Limit{
		{"AlarmNote", AlarmNote, "characters", field},
		{"AlarmNotes", AlarmNotes, "notes", "409"},
		{"AlarmsOpen", AlarmsOpen, "alarms", "those raised longest ago are cleared and say so"},
		{"AlarmHistory", AlarmHistory, "alarms", oldest},
		{"AlarmDays", AlarmDays, "days", oldest},
		{"MaskDays", MaskDays, "days", field},
	}
}

func managed() []Limit {
	return []Limit{
		{"ManagedKept", ManagedKept, "phones", "the rest is read from the database"},
		{"ConversationLine", ConversationLine, "bytes", "the rest of the message is not kept"},
		{"ConversationLines", ConversationLines, "messages", oldest},
		{"ConversationBytes", ConversationBytes, "bytes", oldest},
		{"ConversationsBytes", ConversationsBytes, "bytes", "the conversations heard least lately go"},
		{"CWMPSessions", CWMPSessions, "sessions", busy},
		{"CWMPBare", CWMPBare, "sessions", "one of them ends"},
		{"CWMPArrivals", CWMPArrivals, "Informs", busy},
		{"CWMPIdle", seconds(CWMPIdle), "seconds", "the session ends"},
		{"CWMPIdleMax", seconds(CWMPIdleMax), "seconds", "the session ends"},
		{"CWMPSession", seconds(CWMPSession), "seconds", "the session ends; commands go on in the next"},
		{"CWMPRequests", CWMPRequests, "requests", "the session ends; commands go on in the next"},
		{"CWMPNames", CWMPNames, "parameters", "they are asked for in parts"},
		{"CWMPLeaves", CWMPLeaves, "values", "the rest is not asked for"},
		{"CWMPStrangers", CWMPStrangers, "parties", "some are forgotten and asked anew"},
		{"RefusedNames", RefusedNames, "names", "the oldest are forgotten and asked for anew"},
		{"ReportedBytes", ReportedBytes, "bytes", "the value is not kept"},
		{"DetailsWait", seconds(DetailsWait), "seconds", "what is known is shown, with its time"},
		{"DetailsWithin", seconds(DetailsWithin), "seconds", "the question is taken back"},
		{"ReadBackWithin", seconds(ReadBackWithin), "seconds", "the question is taken back"},
		{"DriftRules", DriftRules, "policies", field},
		{"SyncWithin", seconds(SyncWithin), "seconds", "the question is taken back"},
		{"SyncKept", seconds(SyncKept), "seconds", "409 that asks to read it again"},
		{"CWMPEveryMax", seconds(CWMPEveryMax), "seconds", "this is taken instead"},
		{"IPPBytes", IPPBytes, "bytes", "413"},
		{"IPPFields", IPPFields, "fields", "400"},
		{"IPPText", IPPText, "bytes", "the rest of the text is not kept"},
		{"IPPAlarms", IPPAlarms, "alarms", "400"},
		{"IPPAlarmsOpen", IPPAlarmsOpen, "alarms", "a new one is not raised, and the ledger says so"},
		{"IPPArrivals", IPPArrivals, "reports", busy},
		{"IPPActions", IPPActions, "commands", "the rest goes with the next answer"},
		{"ReportersKept", ReportersKept, "phones", "of others each report is compared with the database"},
		{"ReportTokensKept", ReportTokensKept, "tokens", "the rest is read from the database"},
	}
}

func background() []Limit {
	return []Limit{
		{"FlushRows", FlushRows, "rows", "the rest comes in the next write"},
		{"JobWorkers", JobWorkers, "jobs", waits},
		{"JobAttempts", JobAttempts, "tries", "the job is given up and logged"},
		{"JobTime", seconds(JobTime), "seconds", "the try is cancelled, the job tried again"},
		{"BusBytes", BusBytes, "bytes", "the hint is not sent and the log says so"},
	}
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }
