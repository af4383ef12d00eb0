// Package limit is the one table of how much of anything the program takes from
// outside. A parser, door or form uses the constant; Table says what the peer
// hears beyond it. A new input gets its line here first.
package limit

import "time"

// Names, texts and trees.
const (
	Name        = 64   // runes of a name that a person gives
	Description = 256  // runes of a description or note
	Login       = 64   // runes of a sign-in name
	Email       = 254  // bytes of a mail address (RFC 5321 §4.5.3.1.3)
	PasswordMin = 12   // runes of an operator's password
	PasswordMax = 256  // bytes of a password, so that hashing has a bound
	SiteDepth   = 7    // levels of the site tree, the root's children being level 1
	SiteSubnets = 64   // subnets of one site
	Sites       = 5000 // sites of one organization
	Host        = 260  // bytes of a host name or address with its port
	Word        = 64   // runes of one search word
	Query       = 256  // runes of a search field
)

// Lists.
const (
	ListDefault = 100    // rows of a list where the asker names no number
	ListMax     = 500    // rows of one part of a list
	Cursor      = 1024   // bytes of a list's cursor
	TotalExact  = 10_000 // rows up to which a list's total is counted
)

// HTTP, for the console and the doors alike.
const (
	HeaderBytes    = 32 << 10         // bytes of a request's line and header fields
	BodyBytes      = 1 << 20          // bytes of an API request's body
	PathBytes      = 2048             // bytes of a request's path
	HeaderTime     = 5 * time.Second  // until the header has come
	ReadTime       = 30 * time.Second // until the body has come
	WriteTime      = 60 * time.Second // until the answer is taken, or the next 32 kB of a stored file
	IdleTime       = 2 * time.Minute  // of an idle connection
	IdempotencyKey = 200              // bytes of an Idempotency-Key
	UserAgent      = 200              // bytes of a user agent that are kept
	Streams        = 20               // event streams of one operator at once
)

// Provisioning doors.
const (
	FileName       = 128            // bytes of a file name that a phone asks for
	ConfigBytes    = 1 << 20        // bytes of a rendered configuration
	ImportBytes    = 1 << 20        // bytes of a phone's configuration that is read
	Unclaimed      = 10_000         // rows of the unclaimed pool
	StrangersShown = 500            // machines of the pool that an organization is shown
	ApproveRows    = 500            // rows of one approval
	TrustedLAN     = 24 * time.Hour // that the network of a site is trusted at most
	LegacyShown    = 500            // phones that a legacy flag let in and are shown, of one site
	LegacyNoted    = 200_000        // phones that are noted between two writes of what they came with
	AdoptionRules  = 100            // adoption rules of one organization
	AdoptionWords  = 64             // subnets or MACs of one adoption rule
	ClaimParties   = 8              // parties that ask for one device without proof and are kept
	LabelTries     = 10             // wrong words from a phone's label in a day
	StrangersHour  = 1000           // ledger rows for strangers in an hour
	LedgerRecent   = 50_000         // rows of an hour that further requests are counted to
	MissBurst      = 10_000         // refusals of one sort that one address is given at once; a thousand phones may start behind it
	MissSecond     = 100            // that it is given in a second after that
	MissNetworks   = 10_000         // addresses and sorts of refusal that are counted
	LedgerBytes    = 1 << 30        // bytes of the ledger, about
	LedgerDays     = 30             // days that the ledger is kept
	WaterfallRows  = 200            // oldest and newest rows that a phone's way is told from
	BlobBytes      = 512 << 20      // bytes of one stored file
)

// What phones tell of events by requesting an address (action URLs).
const (
	ReportKey      = 128     // bytes of a key in the path
	ReportWord     = 64      // bytes of an event's word, and of one claim
	ReportQuery    = 1024    // bytes of the query that are read
	ReportBurst    = 2000    // requests of one address at once; a thousand phones may stand behind it
	ReportSecond   = 200     // that it may make in a second after that
	ReportNetworks = 10_000  // addresses that are counted
	ReportQueue    = 20_000  // requests that wait to be looked at
	ReportDevice   = 120     // events of one device at once
	ReportRefill   = 2       // that it may tell in a second after that
	ReportDevices  = 200_000 // devices that are counted
	EventsDevice   = 100     // events of one device that are kept
	EventDays      = 7       // days that an event is kept
	EventDigits    = 3       // last digits of a number that are kept, and never more than half of it
)

// Certificates of devices and the CAs that vouch for them.
const (
	CABytes     = 64 << 10 // bytes of one CA's upload
	CACerts     = 16       // certificates of one CA
	TrustedCAs  = 64       // CAs of the platform, and of one organization
	CASubjects  = 100      // seen subjects of one CA that are kept
	CertChain   = 6        // certificates that a device may show
	CertSubject = 512      // bytes of a subject that are kept
	RulePattern = 200      // runes of the pattern of a MAC rule
)

// Stored files that phones fetch.
const (
	FirmwareBytes  = 256 << 20        // bytes of a firmware image
	RingtoneBytes  = 1 << 20          // bytes of a ringtone
	WallpaperBytes = 8 << 20          // bytes of a wallpaper
	PhonebookBytes = 1 << 20          // bytes of a phonebook
	LanguageBytes  = 4 << 20          // bytes of a language pack
	Resources      = 1000             // stored files of one organization
	ResourceNames  = 32               // names of one stored file
	TransferTime   = 30 * time.Minute // that one stored file may take, up or down
	ImagesMinute   = 120              // images that one address without proof may begin to fetch in a minute
	ImagesAddress  = 32               // that it may fetch at once
	ImagesNetworks = 10_000           // addresses without proof that may begin to fetch one in a minute
	ImagesAtOnce   = 256              // that all addresses without proof may fetch at once
	RenderedBytes  = 256 << 20        // bytes of phones' files that are kept ready in memory
	PartEntries    = 200_000          // settings of halves that revisions share, kept read in memory
)

// Commands to single devices.
const (
	CommandsDevice = 200      // commands that wait for one device
	CommandKeys    = 200      // keys that one command asks for or sets
	CommandValues  = 20_000   // values that one answer tells and are kept
	CommandText    = 64 << 10 // bytes of an answer's text that are kept
	PingCount      = 20       // echo requests of one ping
	TraceHops      = 64       // hops of one traceroute
	MessageSeconds = 3600     // seconds that a message stands on a phone's screen
)

// TFTP and FTP, whose peers prove nothing before they cost something.
const (
	TFTPRequest    = 512              // bytes of a request (RFC 2347)
	TFTPBlock      = 1428             // bytes of a block, so that a datagram fits any usual line whole
	TFTPWindow     = 16               // blocks of one transfer under way at once, where the phone asks for that (RFC 7440)
	TFTPTransfers  = 4096             // transfers at once
	TFTPPerAddress = 256              // transfers of one address at once; many phones may stand behind it
	TFTPRetransmit = time.Second      // until a block that was not acknowledged is sent again
	TFTPRetries    = 5                // times that a block is sent again
	TFTPTime       = 30 * time.Minute // that one transfer may take
	FTPSessions    = 1000             // sessions at once
	FTPPerAddress  = 128              // sessions of one address at once
	FTPIdle        = time.Minute      // of a session without a command or a transfer
	FTPConnect     = 10 * time.Second // until the data connection has come
	FTPTime        = 30 * time.Minute // that one transfer may take
)

// SIP: plug and play, and the registrar for trials.
const (
	SIPBytes         = 16 << 10        // bytes of one message
	RegistrarUsers   = 1000            // users that are registered at once
	RegistrarCalls   = 50              // calls to the echo at once
	RegistrarConns   = 200             // TCP connections at once
	RegistrarIdle    = 2 * time.Hour   // until a silent TCP connection is closed
	RegistrarSilence = 2 * time.Minute // without speech until a call to the echo is dropped
	PnPAskers        = 10_000          // addresses whose SIP requests are looked at in a minute
	PnPMinute        = 6000            // further requests of theirs, after the first of each
	PnPAsker         = 12              // requests of one address
	PnPInterfaces    = 16              // network interfaces that are listened on
	DHCPOption       = 255             // bytes of one DHCP option
)

// Phones' own web pages, which are called on to lead a phone here.
const (
	PageBytes   = 1 << 20          // bytes of one answer
	PageHeader  = 64 << 10         // bytes of its header
	PageValue   = 16 << 10         // bytes of one setting that is kept
	PageValues  = 10_000           // settings of one phone that are kept
	PageTime    = 10 * time.Second // until one request is answered
	PageWhole   = 45 * time.Second // that one visit may take
	PageRetry   = time.Hour        // from a wrong password until the next try
	PageAddress = 16               // addresses of one phone that are looked at
)

// XML and JSON.
const (
	XMLDepth  = 16       // nested elements
	XMLTokens = 100_000  // elements, texts and comments
	XMLText   = 64 << 10 // bytes of one text
	JSONDepth = 16       // nested values
)

// CWMP.
const (
	CWMPBytes    = 8 << 20 // bytes of one message: a phone's whole tree of parameters
	CWMPElements = 250_000 // elements of one message
	CWMPEvents   = 64      // events of one Inform (TR-069 Annex A.3.3.1)
)

// Configuration.
const (
	TemplateItems    = 2000   // values of one template or of one device's overrides
	ValueBytes       = 4096   // bytes of one value
	KeyBytes         = 128    // bytes of a parameter's key
	PlaceholderDepth = 8      // placeholders inside placeholders
	Lines            = 64     // lines of one device
	Bindings         = 64     // sources bound to one device
	PlanDevices      = 10_000 // devices of one plan
	Contacts         = 2000   // entries of one phonebook
	Learned          = 10_000 // settings learned from one file
	Lessons          = 200    // files that a tenant learned from
	Redirections     = 200    // redirection profiles of one tenant
	ServerPath       = 256    // bytes of where a redirection profile sends phones
	FileAffix        = 32     // characters around the names of configuration files
	DialPlanBytes    = 4096   // bytes of one dial plan
	RevisionsKept    = 10     // published revisions of a device besides those in use
)

// Sign-in.
const (
	LoginFailures   = 5                // failed sign-ins of an account in a row before it is locked; 1 to 10 by configuration
	AddressFailures = 20               // failed sign-ins from an address before it is locked
	LoginWindow     = 24 * time.Hour   // without a failure, after which an account's count begins anew
	AddressWindow   = time.Hour        // the same for an address
	LoginLock       = time.Minute      // that the first lock lasts; each further failure doubles it
	LoginLockMax    = time.Hour        // that a lock lasts at most: an account is never locked for good
	SessionIdle     = time.Hour        // that an unused session lasts; 2 to 60 minutes by configuration
	SessionLife     = 12 * time.Hour   // that any session lasts
	SetupLife       = 30 * time.Minute // that a set-up link lasts
	HashesWaiting   = 64               // that wait for their turn; beyond it the asker is told to come later
	HashesAtOnce    = 2                // password hashes computed side by side
)

// Alarms.
const (
	AlarmNote    = 1000    // runes of one note
	AlarmNotes   = 200     // notes of one alarm
	AlarmsOpen   = 100_000 // open alarms of one organization
	AlarmHistory = 500_000 // cleared alarms that are kept, of all
	AlarmDays    = 365     // days that a cleared alarm is kept
	MaskDays     = 90      // days that an alarm may be masked for
)

// Managed phones.
const (
	ManagedKept        = 50_000             // phones whose word is kept in memory, of one node
	ConversationLine   = 64 << 10           // bytes of one message that are kept
	ConversationLines  = 200                // messages kept of one phone
	ConversationBytes  = 256 << 10          // bytes kept of one phone
	ConversationsBytes = 32 << 20           // bytes kept of all phones of one node
	CWMPSessions       = 20_000             // sessions of one node at once
	CWMPBare           = 2_000              // of them of who showed no credential
	CWMPArrivals       = 256                // Informs judged at once
	CWMPIdle           = 60 * time.Second   // that a session waits for the phone's next message, where it names no longer time
	CWMPIdleMax        = 5 * time.Minute    // that a phone may ask for
	CWMPSession        = 10 * time.Minute   // that a session lasts
	CWMPRequests       = 200                // requests to a phone in one session
	CWMPNames          = 32                 // parameters asked for at once
	CWMPLeaves         = 6_000              // values below an object that are asked for one by one
	CWMPStrangers      = 10_000             // parties without proof whose tries are counted
	RefusedNames       = 20_000             // names that a tenant's phones refuse, which are remembered
	ReportedBytes      = 1024               // bytes of a value that a phone told, which is kept
	DetailsWait        = 20 * time.Second   // that who looks at a phone's state waits for its answer
	DetailsWithin      = 2 * time.Minute    // that the phone is asked for it
	ReadBackWithin     = 24 * time.Hour     // that a phone is asked what it made of what it took
	DriftRules         = 200                // policies of an organization or a device on values that differ
	SyncWithin         = 10 * time.Minute   // that a phone is asked what it holds, to be taken over
	SyncKept           = time.Hour          // that its answer can be taken over
	CWMPEveryMax       = 7 * 24 * time.Hour // between two reports, that is believed of a phone
	IPPBytes           = 64 << 10           // bytes of one message of an AudioCodes phone
	IPPFields          = 1024               // names and values of it
	IPPText            = 512                // bytes of one text that are kept
	IPPAlarms          = 32                 // alarms of one message
	IPPAlarmsOpen      = 64                 // open alarms that one phone raises by itself
	IPPArrivals        = 512                // reports judged at once
	IPPActions         = 16                 // commands in one answer
	ReportersKept      = 1_000_000          // phones whose last report is known by its digest, of one node
	ReportTokensKept   = 200_000            // tokens for reports that are kept in memory, of one node
)

// Background work.
const (
	FlushRows   = 5000            // rows of one write of hot state
	JobWorkers  = 20              // jobs worked at once by one node
	JobAttempts = 10              // tries of a job
	JobTime     = 5 * time.Minute // that one try may take
	BusBytes    = 64 << 10        // bytes of one bus message
)
