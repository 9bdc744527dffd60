package config

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Config is the effective configuration. Make one with [Load] or [Default].
type Config struct {
	Listen         string   `json:"listen" default:"127.0.0.1:7512" help:"Address and port of the API, HTTP and WebSocket alike."`
	Data           string   `json:"data" default:"./kuzzle-data" help:"Folder of the database, the master key and the audit log."`
	MetricsListen  string   `json:"metricsListen" help:"Address of a Prometheus endpoint that asks for no credentials and answers the probes /_ready and /_healthcheck too; empty for none. With rights, server:metrics answers the same."`
	PublicURL      string   `json:"publicUrl" help:"Where clients reach the server, such as https://auth.example.com. The issuer of tokens for other services and the publishable keys derive from it, see clerk.frontendApi."`
	TrustedProxies Prefixes `json:"trustedProxies" help:"Addresses and networks whose X-Forwarded-For is believed."`
	Dev            bool     `json:"dev" default:"false" help:"Opens the server to this machine until the first administrator exists: every program on it may then do everything. Listens on loopback only. For development on a machine of one's own, never behind a proxy."`
	Development    bool     `json:"development" default:"false" help:"Adds deprecation notices to answers."`

	Admin              Admin  `json:"admin"`
	BootstrapTokenFile string `json:"bootstrapTokenFile" help:"File to write the one-time token for createFirstAdmin to, instead of the terminal."`
	MasterKey          Secret `json:"masterKey" help:"Key that seals what is stored encrypted: 32 bytes in base64 or hex. Made at first start in <data>/master.key when not given."`
	MasterKeyFile      string `json:"masterKeyFile" help:"File to read the master key from."`

	Elasticsearch Elasticsearch `json:"elasticsearch"`

	Log   Log   `json:"log"`
	Audit Audit `json:"audit"`

	Hashing     Hashing     `json:"hashing"`
	Passwords   Passwords   `json:"passwords"`
	Logins      Logins      `json:"logins"`
	Sessions    Sessions    `json:"sessions"`
	Factors     Factors     `json:"factors"`
	Webhooks    Webhooks    `json:"webhooks"`
	Clerk       Clerk       `json:"clerk"`
	SignUps     SignUps     `json:"signUps"`
	Identifiers Identifiers `json:"identifiers"`
	Imports     Imports     `json:"imports"`
	Notify      Notify      `json:"notify"`
	Strategies  Free        `json:"strategies" help:"Settings of each way to log in, such as strategies.local.requirePassword; the strategy says which it has."`

	Rights   Rights   `json:"rights"`
	Security Security `json:"security"`
	Memory   Memory   `json:"memory"`
	Limits   Limits   `json:"limits" public:"true"`
	HTTP     HTTP     `json:"http" public:"true"`
	Server   Server   `json:"server" public:"true"`
	Services Services `json:"services" public:"true"`
	Plugins  Plugins  `json:"plugins" public:"true"`
}

// Admin is an administrator that exists from the first start on.
type Admin struct {
	Username     string `json:"username" help:"Login name of an administrator to create at start if there is none yet."`
	Password     Secret `json:"password" help:"That administrator's password."`
	PasswordFile string `json:"passwordFile" help:"File to read that password from."`
}

// Reveal is the password, or what its file holds without the line end that editors add.
func (a Admin) Reveal() (string, error) {
	if a.PasswordFile == "" {
		return a.Password.Reveal(), nil
	}
	text, err := os.ReadFile(a.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("admin.passwordFile: %w", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// Elasticsearch is the cluster that holds everything but the audit log and the
// master key, when there is one. Several servers may share it.
type Elasticsearch struct {
	Addresses           List   `json:"addresses" help:"Addresses of nodes of one Elasticsearch 8 cluster to store everything in; empty for the store in the data folder. Needs a master key."`
	Username            string `json:"username" help:"Name to give to the cluster."`
	Password            Secret `json:"password" help:"That name's password."`
	APIKey              Secret `json:"apiKey" help:"API key to give to the cluster, instead of a name and password."`
	CAFile              string `json:"caFile" help:"PEM file of the authority that signs the cluster's certificates, if the system does not know it."`
	Prefix              string `json:"prefix" default:"kuzzle-" help:"Begins the name of every index; servers of one prefix share their data."`
	Shards              int    `json:"shards" default:"1" min:"1" max:"64" help:"Shards of each index; counts when the indexes are made."`
	Replicas            int    `json:"replicas" default:"0" min:"-1" max:"10" help:"Further copies of each index; 0 is one as soon as a node can hold it, -1 is none."`
	WaitForActiveShards string `json:"waitForActiveShards" default:"1" help:"Copies that have to be there for a write: a number, or all."`
	Strict              bool   `json:"strict" default:"false" help:"Reads users, sessions and rights anew at every request, so that what another server changed binds at once and not within a second."`

	Visibility   string   `json:"visibility" default:"grouped" enum:"grouped,wait_for,none" help:"How refresh=wait_for is kept: grouped asks for refreshes, each shared by all who wait; wait_for waits for the cluster's own, up to a second; none is grouped for requests that name refresh, and does not wait for those that do not."`
	RefreshFloor Duration `json:"refreshFloor" default:"10ms" min:"0" max:"10s" help:"Least time between two refreshes of an index that visibility asks for."`
}

// Log is the server's log, which goes to standard error.
type Log struct {
	Level  string `json:"level" default:"info" enum:"debug,info,warn,error" help:"Least important messages to log."`
	Format string `json:"format" default:"text" enum:"text,json" help:"How log lines look."`
}

// Audit is the stream of who did what to whom.
type Audit struct {
	File string `json:"file" default:"audit.log" help:"Audit log, relative to the data folder; - is standard output, off is none."`
}

// Hashing bounds what checking passwords may take. The defaults are digest's.
type Hashing struct {
	Workers int      `json:"workers" default:"0" min:"0" max:"1024" help:"Hashes run at once; 0 is one per core."`
	Memory  Size     `json:"memory" min:"1MB" help:"Memory that all running hashes may take together; it is part of memory.budget, at most half."`
	Queue   int      `json:"queue" min:"1" max:"1000000" help:"Logins that may wait for their turn; more are answered 503."`
	MaxWait Duration `json:"maxWait" min:"1s" max:"10m" help:"Longest expected wait in that queue; beyond it logins are answered 503."`
}

// Passwords says how new passwords are kept, and old ones once they are renewed.
// The defaults are digest's.
type Passwords struct {
	Hasher       string `json:"hasher" default:"argon2id" enum:"argon2id,bcrypt" help:"Form of new and renewed digests. With bcrypt, passwords beyond its 72 bytes get argon2id."`
	BcryptCost   int    `json:"bcryptCost" min:"4" max:"14" help:"Binary logarithm of bcrypt's rounds."`
	Argon2Memory Size   `json:"argon2Memory" min:"8KB" max:"256MB" help:"Memory that one argon2id hash takes."`
	Argon2Passes int    `json:"argon2Passes" min:"1" max:"16" help:"Passes of argon2id over that memory."`
	Argon2Lanes  int    `json:"argon2Lanes" min:"1" max:"16" help:"Lanes of argon2id computed in parallel."`
}

// Logins slows down who guesses passwords. The defaults are throttle's.
type Logins struct {
	FreeFailures int      `json:"freeFailures" min:"1" max:"1000" help:"Failed logins to one account from one place before delays start."`
	FirstDelay   Duration `json:"firstDelay" min:"1ms" max:"1h" help:"First delay; it doubles with each further failure."`
	MaxDelay     Duration `json:"maxDelay" min:"1ms" max:"24h" help:"Longest delay."`
	ForgiveEvery Duration `json:"forgiveEvery" min:"1s" max:"30d" help:"One failure is forgotten each time so long has passed."`
	KnownFor     Duration `json:"knownFor" min:"1m" max:"1y" help:"How long a place of a successful login is spared the delays that strangers cause."`
	FreeSignUps  int      `json:"freeSignUps" live:"true" min:"1" max:"1000000" help:"Sign-ups (createRestrictedUser) from one address before delays of up to a minute start; one that learns that a name is taken counts as six."`
	Tracked      int      `json:"tracked" min:"1000" max:"10000000" help:"Accounts, and addresses, remembered at once."`
}

// Sessions bounds what logged-in users may hold.
type Sessions struct {
	PerUser     int      `json:"perUser" live:"true" default:"100" min:"1" max:"10000" help:"Sessions one user may have; a further login ends the oldest."`
	MaxLifetime Duration `json:"maxLifetime" live:"true" default:"-1" min:"1s" infinite:"true" help:"Longest time from a login to the end of its session, however often its token is refreshed; sessions that are older now end. -1 is any, as in Kuzzle."`
}

// Factors is about second factors of logins.
type Factors struct {
	Policy string   `json:"policy" default:"optional" enum:"off,optional,required" help:"Whether a login asks for a second factor: off never, optional of users who have one, required of everybody; who has none can then do nothing but get one. Of users with profiles that have a secondFactor of their own, the strictest counts."`
	Fresh  Duration `json:"fresh" default:"15m" min:"1m" max:"24h" help:"How old a proof of a factor may be in a session that adds, renews or removes second factors, or changes contacts."`
}

// Webhooks is about programs that are told of what happens to users. Its settings
// say where a server may be made to connect to, so that only operators set them.
type Webhooks struct {
	PrivateAddresses bool     `json:"privateAddresses" default:"false" help:"Lets webhook endpoints be in private networks and on this machine, and have no TLS. Otherwise only public addresses are connected to."`
	TryFor           Duration `json:"tryFor" default:"72h" min:"1m" max:"720h" help:"How long a message is tried before it is a dead letter."`
	MaxWaiting       int      `json:"maxWaiting" default:"100000" min:"100" max:"10000000" help:"Messages that may wait, dead letters included; while there are more, further events are not told, which is logged. Once half of them wait, a user may have a hundredth, at least 100."`
}

// Clerk is about Clerk's API over the same users.
type Clerk struct {
	RateLimit     string `json:"rateLimit" default:"on" enum:"on,off" help:"Whether requests are limited as Clerk's are: 100 in ten seconds for each sk_test_ key, 1000 for each sk_live_ key, fewer for some of them. Off is for tests that ask more often."`
	FrontendAPI   string `json:"frontendApi" help:"Host, perhaps with port and path, that publishable keys name; with https:// before it, it is the issuer of tokens for other services. It is clerk.<host of publicUrl> when not given, or a name of this machine without publicUrl. A change ends no token, but whoever checks the issuer refuses older ones."`
	Profiles      List   `json:"profiles" default:"default" help:"Profiles of users who are made through Clerk's API."`
	SkippedChecks string `json:"skippedChecks" default:"recommended" enum:"recommended,required" help:"What auth:login and auth:getCurrentUser say as passwordChange to users whose password was set with skip_password_checks and would not have passed them."`
	// The defaults of a lockout are Clerk's.
	LockAfter                  int           `json:"lockAfter" default:"10" min:"0" max:"1000" help:"Wrong passwords and codes, each tried with a secret key, that lock their user until one is right; 0 locks nobody so."`
	LockFor                    Duration      `json:"lockFor" default:"1h" min:"1s" infinite:"true" help:"How long a lock of Clerk's API lasts; -1 is until it is lifted."`
	Attributes                 Attributes    `json:"attributes"`
	Organizations              Organizations `json:"organizations"`
	FirstFactors               List          `json:"firstFactors" live:"true" default:"*" help:"Ways to log in that users without a password may have: ticket, and the names of strategies; * is all there are. While none is left, skip_password_requirement is refused."`
	HIBP                       bool          `json:"hibp" live:"true" default:"true" help:"Whether passwords that are in a list of leaked ones are refused."`
	LegalConsent               string        `json:"legalConsent" live:"true" default:"off" enum:"off,required" help:"Whether new users need legal_accepted_at, or skip_legal_checks. While it is off, the time is kept and shown as null."`
	DeleteSelf                 bool          `json:"deleteSelf" live:"true" default:"true" help:"Whether users may delete themselves who were made without delete_self_enabled."`
	CreateOrganizations        bool          `json:"createOrganizations" live:"true" default:"true" help:"Whether users may create organizations who were made without create_organization_enabled."`
	HideUsersWithoutIdentifier bool          `json:"hideUsersWithoutIdentifier" live:"true" default:"false" help:"Leaves users out of lists and counts who have no e-mail address, phone number, wallet or username, as users of Kuzzle's API may."`

	SecretKey Secret `json:"secretKey" help:"A service key beside those of kuzzle key create: sk_test_ or sk_live_ followed by 8 to 256 letters, digits, - and _."`
}

// Organizations is about groups of users in Clerk's API. They have no domains here.
type Organizations struct {
	Enabled        bool `json:"enabled" live:"true" default:"true" help:"Whether there are organizations: while false, requests about them are refused. Those that exist stay."`
	MaxMemberships int  `json:"maxMemberships" live:"true" default:"0" min:"0" max:"1000000" help:"Members that a new organization may have that is made without max_allowed_memberships; 0 is any number."`
	AdminDelete    bool `json:"adminDelete" live:"true" default:"true" help:"Whether administrators of new organizations may delete them."`
	Slugs          bool `json:"slugs" live:"true" default:"true" help:"Whether a slug may be given; otherwise the name makes one."`
}

// Attributes say which parts users have who are made by Clerk's API, by createUser with an
// account or by an invitation: a part that is off cannot be given, and one that is required
// has to be. The defaults are Clerk's.
type Attributes struct {
	EmailAddress string `json:"emailAddress" live:"true" default:"required" enum:"off,on,required" help:"E-mail addresses."`
	PhoneNumber  string `json:"phoneNumber" live:"true" default:"on" enum:"off,on,required" help:"Phone numbers."`
	Username     string `json:"username" live:"true" default:"on" enum:"off,on,required" help:"Names to log in by."`
	Web3Wallet   string `json:"web3Wallet" live:"true" default:"on" enum:"off,on,required" help:"Wallets."`
	FirstName    string `json:"firstName" live:"true" default:"on" enum:"off,on,required" help:"First names."`
	LastName     string `json:"lastName" live:"true" default:"on" enum:"off,on,required" help:"Last names."`
	Password     string `json:"password" live:"true" default:"required" enum:"off,on,required" help:"Passwords, and digests of passwords."`
	TOTP         string `json:"totp" live:"true" default:"on" enum:"off,on,required" help:"Secrets of authenticator apps."`
	BackupCodes  string `json:"backupCodes" live:"true" default:"on" enum:"off,on,required" help:"Backup codes."`
}

// SignUps says who may make themselves users by createRestrictedUser. Nobody has proved
// by then that an address is theirs.
type SignUps struct {
	AllowList         bool `json:"allowList" live:"true" default:"false" help:"Asks for a name that is an address, and that all such names are on the allow list; see Clerk's API."`
	BlockList         bool `json:"blockList" live:"true" default:"false" help:"Refuses addresses that are on the block list."`
	BlockSubaddresses bool `json:"blockSubaddresses" live:"true" default:"false" help:"Refuses e-mail addresses with +, = or # before the @, of which a mailbox may have any number."`
	BlockDisposable   bool `json:"blockDisposable" live:"true" default:"false" help:"Refuses e-mail addresses at the best known of the domains where mailboxes last for minutes."`
}

// Identifiers is about what users are called at a login.
type Identifiers struct {
	CaseSensitive bool   `json:"caseSensitive" default:"false" help:"Takes names as they are given, as Kuzzle does, so that Jane and jane are two users. Fixed by the first start of a data folder; kuzzle doctor --reclaim changes it."`
	LookAlikes    string `json:"lookAlikes" default:"auto" enum:"auto,same,distinct" help:"Whether names that look alike are the same name, by Unicode's UTS #39, and new names that mix scripts are refused: same or distinct; auto is as the data has it, and same for new data. Of no effect on names that are case-sensitive."`
}

// Imports bounds the imports that come over the API; those of the command line
// read a file of any size.
type Imports struct {
	Jobs        int      `json:"jobs" default:"8" min:"1" max:"1000" help:"Imports there may be at once, those that have ended and are remembered included; half of them of one caller."`
	MaxFileSize Size     `json:"maxFileSize" default:"1GB" min:"1KB" max:"1TB" help:"Largest file of one import."`
	IdleTime    Duration `json:"idleTime" default:"1h" min:"1m" max:"30d" help:"How long an import waits for the next part of its file, and how long one that has ended is remembered."`
	MaxTime     Duration `json:"maxTime" default:"6h" min:"1m" max:"30d" help:"Longest time one import may take."`
}

// Notify is about messages to users.
type Notify struct {
	Mail         string        `json:"mail" default:"off" enum:"off,log,smtp,webhook" help:"What brings mails to users: an SMTP server, a webhook of yours, or nothing but a line in the log. Off sends none; with dev it is the log, where the whole mail can be read."`
	SMS          string        `json:"sms" default:"off" enum:"off,log,webhook" help:"What brings short messages to users who have a phone number and no mail address, in the same way."`
	Unproved     bool          `json:"unproved" default:"true" help:"Sends resets and notices also to an address that nobody proved, such as a user name that is a mail address, of users who have no verified contact that can be reached. Turned off, only verified contacts get messages, and whoever has none can have no password reset by mail."`
	FailedLogins int           `json:"failedLogins" default:"10" min:"0" max:"1000" help:"Failed logins to one account in a day after which its user is told of them, once a day by each server. After half as many the user is told of a login from a place that is new to the account. 0 tells of neither."`
	From         string        `json:"from" help:"Sender of mails, such as \"Example <noreply@example.com>\"."`
	Texts        string        `json:"texts" help:"Folder of texts to use instead of the built-in ones of the same file name."`
	SMTP         SMTP          `json:"smtp"`
	Webhook      NotifyWebhook `json:"webhook"`
}

// SMTP is the server that mails are given to.
type SMTP struct {
	Address  string `json:"address" help:"Mail server as host:port."`
	TLS      string `json:"tls" default:"starttls" enum:"starttls,implicit,none" help:"How the connection is encrypted: starttls, usually at port 587, implicit, usually at 465, or none, for a server on this machine."`
	Username string `json:"username" help:"Name to log in with; empty for none."`
	Password Secret `json:"password" help:"Password of notify.smtp.username."`
}

// NotifyWebhook is the program that messages are posted to.
type NotifyWebhook struct {
	URL    string `json:"url" help:"Where messages are posted to, as JSON with channel, kind, to, subject and text. It may be an address of your own network."`
	Secret Secret `json:"secret" help:"Signs the messages, as Standard Webhooks do; empty for no signature."`
}

// Rights is about what those who manage others may do.
type Rights struct {
	Containment bool `json:"containment" default:"true" help:"Lets nobody give more rights than their own, or change, impersonate or delete somebody who has more. Turned off, as in Kuzzle, whoever may update users can become an administrator."`
}

// Security is Kuzzle's section of that name.
type Security struct {
	RestrictedProfileIDs         List      `json:"restrictedProfileIds" default:"default" help:"Profiles that createRestrictedUser gives."`
	RevokeTokensOnPasswordChange bool      `json:"revokeTokensOnPasswordChange" default:"true" help:"Whether a changed password ends the user's other sessions."`
	AuthToken                    AuthToken `json:"authToken"`
	APIKey                       APIKey    `json:"apiKey"`
	Standard                     Standard  `json:"standard"`
}

// AuthToken is about the tokens that a login answers.
type AuthToken struct {
	Algorithm   string   `json:"algorithm" alias:"security.jwt.algorithm" default:"HS256" enum:"HS256" help:"How tokens are signed."`
	ExpiresIn   Duration `json:"expiresIn" live:"true" alias:"security.jwt.expiresIn" default:"1h" min:"1s" infinite:"true" help:"Life of a token whose login asks for none; -1 is for ever."`
	MaxTTL      Duration `json:"maxTTL" live:"true" alias:"security.jwt.maxTTL" default:"-1" min:"0" infinite:"true" help:"Longest life a login may ask for; -1 is any."`
	GracePeriod Duration `json:"gracePeriod" live:"true" alias:"security.jwt.gracePeriod" default:"1s" min:"0" max:"1h" help:"How long a refreshed token still works."`
}

// APIKey is about the keys that users make for programs.
type APIKey struct {
	MaxTTL           Duration `json:"maxTTL" live:"true" default:"-1" min:"0" infinite:"true" help:"Longest life auth:createApiKey may ask for; -1 is any."`
	LoginAge         Duration `json:"loginAge" live:"true" default:"15m" min:"1s" infinite:"true" help:"How long after its login a session may make API keys, for its user and others; -1 is as long as it lives. API keys, and tokens that others made, make none."`
	RevokeWithTokens bool     `json:"revokeWithTokens" default:"true" help:"Whether the API keys that a user made end when all of the user's tokens are revoked, by a changed password for one. Those that kuzzle's command line made stay."`
}

// Standard is what a fresh server and security:restrictDefaultRights write.
type Standard struct {
	Roles    Free `json:"roles" help:"Role contents by id, in addition to or instead of the built-in admin, default and anonymous."`
	Profiles Free `json:"profiles" help:"Profile contents by id, in the same way."`
}

// Memory bounds all that the process has in its hands.
type Memory struct {
	Budget Size `json:"budget" default:"0" help:"Memory that bodies, messages, answers and imports under way may take together, decoded; more are answered 503. 0 is a quarter of the machine's memory, or of its control group's, and at least 128MB. GOMEMLIMIT follows from it unless it is set."`
}

// Limits bounds single requests and all of them together.
type Limits struct {
	RequestsBufferSize    int      `json:"requestsBufferSize" default:"50000" min:"1" max:"10000000" help:"Requests worked on at once; more are answered 503."`
	Connections           int      `json:"connections" default:"20000" min:"10" max:"10000000" help:"Connections open at once; fewer where memory.budget has less than 40KB for each, or the process may not open as many files. When they run out, idle ones without a token are closed first; where there are none, new ones are answered 503."`
	ConnectionsPerAddress int      `json:"connectionsPerAddress" default:"0" min:"0" max:"10000000" help:"Connections from one address, IPv6 by /64; those of trustedProxies have no such limit. 0 is a tenth of connections, and at least 64."`
	RequestTimeout        Duration `json:"requestTimeout" default:"60s" min:"1s" max:"1h" help:"Longest time one request may take."`
	DocumentsFetchCount   int      `json:"documentsFetchCount" default:"10000" min:"1" max:"1000000" help:"Most results one search may ask for."`
	OwnContent            Size     `json:"ownContent" default:"256KB" min:"1KB" max:"16MB" help:"Most bytes that the content of a user may take when the user writes it."`
	Content               Size     `json:"content" default:"1MB" min:"1KB" max:"16MB" help:"Most bytes that the content of a user, role or profile may take when an administrator writes it."`
	DocumentsWriteCount   int      `json:"documentsWriteCount" default:"200" min:"1" max:"100000" help:"Most documents one request may change."`
}

// HTTP is about browsers.
type HTTP struct {
	AllowOrigin          List   `json:"accessControlAllowOrigin" default:"*" help:"Web origins that may call: a list, or * for all."`
	AllowOriginUseRegExp bool   `json:"accessControlAllowOriginUseRegExp" default:"false" help:"The origins are regular expressions."`
	AllowMethods         string `json:"accessControlAllowMethods" default:"GET,POST,PUT,PATCH,DELETE,OPTIONS,HEAD" help:"Value of Access-Control-Allow-Methods."`
	AllowHeaders         string `json:"accessControlAllowHeaders" default:"Content-Type, Access-Control-Allow-Headers, Authorization, X-Requested-With, Content-Encoding, Content-Length, X-Kuzzle-Volatile" help:"Value of Access-Control-Allow-Headers."`
	CookieAuthentication bool   `json:"cookieAuthentication" default:"true" help:"Whether a login may answer its token as a cookie."`
	TLS                  TLS    `json:"tls"`
}

// TLS is the server's certificate. Both files are set, or none.
type TLS struct {
	Cert string `json:"cert" help:"PEM file with the server's certificate and those that signed it; with it, listen speaks https. Looked at again when it is replaced."`
	Key  string `json:"key" help:"PEM file with the key of http.tls.cert."`
}

// Server is the front door.
type Server struct {
	Port             int       `json:"port" min:"1" max:"65535" derived:"true" help:"Port of listen, as Kuzzle spells it; changes the port and leaves the address."`
	MaxRequestSize   Size      `json:"maxRequestSize" default:"1MB" min:"1KB" max:"1GB" help:"Largest body or frame, after decompression."`
	MaxJSONNodes     int       `json:"maxJsonNodes" default:"100000" min:"1000" max:"100000000" help:"Most values in one JSON body or frame, those inside others included."`
	StrictSDKVersion bool      `json:"strictSdkVersion" default:"true" help:"Refuses JavaScript SDKs older than version 7."`
	ShutdownTimeout  Duration  `json:"shutdownTimeout" default:"10s" min:"1ms" max:"10m" help:"How long a stopping server finishes what it accepted."`
	Protocols        Protocols `json:"protocols"`
}

// Protocols are the ways in.
type Protocols struct {
	HTTP      HTTPProtocol      `json:"http"`
	WebSocket WebSocketProtocol `json:"websocket"`
}

// HTTPProtocol is about decoding HTTP requests.
type HTTPProtocol struct {
	Enabled                bool `json:"enabled" default:"true" help:"Has to be true: WebSocket and the probes begin with HTTP."`
	AllowCompression       bool `json:"allowCompression" default:"true" help:"Whether compressed bodies are announced as welcome."`
	MaxEncodingLayers      int  `json:"maxEncodingLayers" default:"3" min:"1" max:"10" help:"Most encodings one body may be wrapped in."`
	MaxFormFileSize        Size `json:"maxFormFileSize" default:"1MB" min:"0" max:"1GB" help:"Largest file in a form."`
	AdditionalContentTypes List `json:"additionalContentTypes" help:"Further content types to read as JSON."`
}

// WebSocketProtocol is about connections that stay.
type WebSocketProtocol struct {
	Enabled               bool     `json:"enabled" default:"true" help:"Whether the API answers over WebSocket."`
	IdleTimeout           Duration `json:"idleTimeout" default:"60s" min:"1s" max:"24h" help:"A connection that sends nothing for so long is closed."`
	Compression           bool     `json:"compression" default:"false" help:"Offers per-message compression; costs memory for each connection."`
	RateLimit             int      `json:"rateLimit" default:"0" min:"0" max:"1000000" help:"Messages per second and connection; 0 is any number."`
	RealtimeNotifications bool     `json:"realtimeNotifications" default:"true" help:"Tells a connection when its token has expired."`
}

// Services is about the store.
type Services struct {
	StorageEngine StorageEngine `json:"storageEngine"`
}

// StorageEngine is about searches and updates.
type StorageEngine struct {
	MaxScrollDuration Duration        `json:"maxScrollDuration" default:"1m" min:"1s" max:"24h" help:"Longest life a scroll may ask for."`
	Defaults          StorageDefaults `json:"defaults"`
}

// StorageDefaults hold where a request does not say.
type StorageDefaults struct {
	ScrollTTL Duration `json:"scrollTTL" default:"15s" min:"1s" max:"24h" help:"Life of a scroll that asks for none."`
}

// Plugins is what is left of Kuzzle's section of that name.
type Plugins struct {
	Common PluginsCommon `json:"common"`
}

// PluginsCommon is about all plugins.
type PluginsCommon struct {
	FailsafeMode bool `json:"failsafeMode" default:"false" help:"Only administrators may call the API."`
}

// Free is a section whose keys this package does not know: a JSON value for each
// name. It is nil when nothing is given.
type Free map[string]json.RawMessage
