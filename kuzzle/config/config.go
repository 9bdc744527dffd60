package config

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Config is the effective configuration. Make one with [Load] or [Default].
type Config struct {
	Listen         string   `json:"listen" default:"127.0.0.1:7512" help:"Address and port of the API, for HTTP and WebSocket."`
	Data           string   `json:"data" default:"./kuzzle-data" help:"Folder of the database, the master key and the audit log."`
	MetricsListen  string   `json:"metricsListen" help:"Address of a Prometheus endpoint that needs no credentials and also answers the probes /_ready and /_healthcheck; empty for none. server:metrics gives the same data to callers with the right to run it."`
	PublicURL      string   `json:"publicUrl" help:"URL by which clients reach the server, such as https://auth.example.com. The issuer of tokens for other services and the publishable keys derive from it, see clerk.frontendApi."`
	TrustedProxies Prefixes `json:"trustedProxies" help:"Addresses and networks whose X-Forwarded-For header is trusted."`
	Dev            bool     `json:"dev" default:"false" help:"Opens the server until the first administrator exists: every program on this machine may then do everything. The server listens on loopback only. For development on your own machine, never behind a proxy."`
	Development    bool     `json:"development" default:"false" help:"Adds deprecation notices to answers."`

	Admin              Admin  `json:"admin"`
	BootstrapTokenFile string `json:"bootstrapTokenFile" help:"File for the one-time token of createFirstAdmin. Without it the terminal shows the token."`
	MasterKey          Secret `json:"masterKey" help:"Key that encrypts stored secrets: 32 bytes in base64 or hex. Without it the first start makes one in <data>/master.key."`
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
	Strategies  Free        `json:"strategies" help:"Settings of each login strategy, such as strategies.local.requirePassword; each strategy documents its own."`

	Rights   Rights   `json:"rights"`
	Security Security `json:"security"`
	Memory   Memory   `json:"memory"`
	Limits   Limits   `json:"limits" public:"true"`
	HTTP     HTTP     `json:"http" public:"true"`
	Server   Server   `json:"server" public:"true"`
	Services Services `json:"services" public:"true"`
	Plugins  Plugins  `json:"plugins" public:"true"`
}

// Admin is an administrator that the first start creates.
type Admin struct {
	Username     string `json:"username" help:"Login name of an administrator that a start creates if there is none yet."`
	Password     Secret `json:"password" help:"That administrator's password."`
	PasswordFile string `json:"passwordFile" help:"File to read that password from."`
}

// Reveal returns the password: the value itself, or the file's content without a final line
// end.
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

// Elasticsearch configures the cluster that stores everything except the audit log and the
// master key. Several servers may share it.
type Elasticsearch struct {
	Addresses           List   `json:"addresses" help:"Addresses of nodes of one Elasticsearch 8 cluster that stores everything; empty for the store in the data folder. Needs a master key."`
	Username            string `json:"username" help:"User name for the cluster."`
	Password            Secret `json:"password" help:"Password of elasticsearch.username."`
	APIKey              Secret `json:"apiKey" help:"API key for the cluster, instead of a user name and password."`
	CAFile              string `json:"caFile" help:"PEM file of the authority that signs the cluster's certificates, if the system does not know it."`
	Prefix              string `json:"prefix" default:"kuzzle-" help:"Prefix of every index name; servers with the same prefix share their data."`
	Shards              int    `json:"shards" default:"1" min:"1" max:"64" help:"Shards of each index. It has an effect only when the indexes are created."`
	Replicas            int    `json:"replicas" default:"0" min:"-1" max:"10" help:"Replicas of each index; 0 adds one as soon as a node can hold it, -1 means none."`
	WaitForActiveShards string `json:"waitForActiveShards" default:"1" help:"Copies of a shard that must be active for a write: a number, or all."`
	Strict              bool   `json:"strict" default:"false" help:"Reads users, sessions and rights at every request, so that changes by another server count at once and not within a second."`

	Visibility   string   `json:"visibility" default:"grouped" enum:"grouped,wait_for,none" help:"How refresh=wait_for works: grouped requests refreshes, and concurrent writes share one; wait_for waits for the cluster's own refresh, up to a second; none works like grouped for requests that name refresh, and does not wait for the others."`
	RefreshFloor Duration `json:"refreshFloor" default:"10ms" min:"0" max:"10s" help:"Shortest time between two refreshes of an index that visibility requests."`
}

// Log is the server's log, which goes to standard error.
type Log struct {
	Level  string `json:"level" default:"info" enum:"debug,info,warn,error" help:"Lowest level of logged messages."`
	Format string `json:"format" default:"text" enum:"text,json" help:"Format of log lines."`
}

// Audit configures the audit log, which records every change with its actor and its target.
type Audit struct {
	File string `json:"file" default:"audit.log" help:"Audit log, relative to the data folder; - writes to standard output, off writes none."`
}

// Hashing bounds the resources for checking passwords. Package digest has the defaults.
type Hashing struct {
	Workers int      `json:"workers" default:"0" min:"0" max:"1024" help:"Hashes computed at once; 0 means one per core."`
	Memory  Size     `json:"memory" min:"1MB" help:"Memory for all running hashes together; it is part of memory.budget, at most half of it."`
	Queue   int      `json:"queue" min:"1" max:"1000000" help:"Logins that may wait for a worker; more are answered 503."`
	MaxWait Duration `json:"maxWait" min:"1s" max:"10m" help:"Longest expected wait in that queue; logins beyond it are answered 503."`
}

// Passwords configures the digests of new passwords, and of old ones once they are renewed.
// Package digest has the defaults.
type Passwords struct {
	Hasher       string `json:"hasher" default:"argon2id" enum:"argon2id,bcrypt" help:"Algorithm of new and renewed digests. With bcrypt, passwords longer than its 72 bytes get argon2id."`
	BcryptCost   int    `json:"bcryptCost" min:"4" max:"14" help:"Binary logarithm of bcrypt's rounds."`
	Argon2Memory Size   `json:"argon2Memory" min:"8KB" max:"256MB" help:"Memory of one argon2id hash."`
	Argon2Passes int    `json:"argon2Passes" min:"1" max:"16" help:"Passes of argon2id over that memory."`
	Argon2Lanes  int    `json:"argon2Lanes" min:"1" max:"16" help:"Lanes of argon2id computed in parallel."`
}

// Logins slows down password guessing. Package throttle has the defaults.
type Logins struct {
	FreeFailures int      `json:"freeFailures" min:"1" max:"1000" help:"Failed logins to one account from one address before delays start."`
	FirstDelay   Duration `json:"firstDelay" min:"1ms" max:"1h" help:"First delay; it doubles with each further failure."`
	MaxDelay     Duration `json:"maxDelay" min:"1ms" max:"24h" help:"Longest delay."`
	ForgiveEvery Duration `json:"forgiveEvery" min:"1s" max:"30d" help:"Each time this duration has passed, one failure is forgotten."`
	KnownFor     Duration `json:"knownFor" min:"1m" max:"1y" help:"How long an address with a successful login is exempt from delays that other addresses cause."`
	FreeSignUps  int      `json:"freeSignUps" live:"true" min:"1" max:"1000000" help:"Sign-ups (createRestrictedUser) from one address before delays of up to a minute start; a sign-up that is refused because its name is taken counts as six."`
	Tracked      int      `json:"tracked" min:"1000" max:"10000000" help:"Accounts, and addresses, whose failures are remembered at once."`
}

// Sessions bounds the sessions of users.
type Sessions struct {
	PerUser     int      `json:"perUser" live:"true" default:"100" min:"1" max:"10000" help:"Sessions of one user; a further login ends the oldest."`
	MaxLifetime Duration `json:"maxLifetime" live:"true" default:"-1" min:"1s" infinite:"true" help:"Longest time from a login to the end of its session, regardless of refreshed tokens. A lower value also ends existing sessions that are older. -1 means no limit, as in Kuzzle."`
}

// Factors configures second factors of logins.
type Factors struct {
	Policy string   `json:"policy" default:"optional" enum:"off,optional,required" help:"When a login needs a second factor: off means never, optional means for users who have one, required means for everybody. With required, users without one can only add one. If a profile has its own secondFactor, the strictest of them counts."`
	Fresh  Duration `json:"fresh" default:"15m" min:"1m" max:"24h" help:"Maximum age of a factor's proof in a session that adds, renews or removes second factors, or changes contacts."`
}

// Webhooks configures messages about users to other programs. These settings decide which
// addresses the server connects to, so only operators may set them.
type Webhooks struct {
	PrivateAddresses bool     `json:"privateAddresses" default:"false" help:"Allows webhook endpoints in private networks, on this machine, and without TLS. Without it the server connects to public addresses only."`
	TryFor           Duration `json:"tryFor" default:"72h" min:"1m" max:"720h" help:"How long the delivery of a message is tried before it becomes a dead letter."`
	MaxWaiting       int      `json:"maxWaiting" default:"100000" min:"100" max:"10000000" help:"Maximum number of waiting messages, including dead letters. Above it, further events are not sent, which is logged. Once half are waiting, one user may have a hundredth, at least 100."`
}

// Clerk configures Clerk's API over the same users.
type Clerk struct {
	RateLimit     string `json:"rateLimit" default:"on" enum:"on,off" help:"Limits requests as Clerk does: 100 in ten seconds for each sk_test_ key, 1000 for each sk_live_ key, fewer for some requests. Off is for tests with more requests."`
	FrontendAPI   string `json:"frontendApi" help:"Host that publishable keys name, optionally with port and path. With https:// before it, it is the issuer of tokens for other services. The default is clerk.<host of publicUrl>, or a name of this machine without publicUrl. A change ends no token, but services that check the issuer refuse older ones."`
	Profiles      List   `json:"profiles" default:"default" help:"Profiles of users created through Clerk's API."`
	SkippedChecks string `json:"skippedChecks" default:"recommended" enum:"recommended,required" help:"The value of passwordChange in answers of auth:login and auth:getCurrentUser for users whose password was set with skip_password_checks and would not pass the checks."`
	// The lockout's defaults are Clerk's.
	LockAfter                  int           `json:"lockAfter" default:"10" min:"0" max:"1000" help:"Consecutive wrong passwords and codes in calls with a secret key that lock the user; 0 never locks."`
	LockFor                    Duration      `json:"lockFor" default:"1h" min:"1s" infinite:"true" help:"How long such a lock lasts; -1 means until it is lifted."`
	Attributes                 Attributes    `json:"attributes"`
	Organizations              Organizations `json:"organizations"`
	FirstFactors               List          `json:"firstFactors" live:"true" default:"*" help:"Login methods for users without a password: ticket, and names of strategies; * means all. If none is available, skip_password_requirement is refused."`
	HIBP                       bool          `json:"hibp" live:"true" default:"true" help:"Refuses passwords that are in a list of leaked ones."`
	LegalConsent               string        `json:"legalConsent" live:"true" default:"off" enum:"off,required" help:"Whether new users need legal_accepted_at, or skip_legal_checks. While it is off, the time is stored but shown as null."`
	DeleteSelf                 bool          `json:"deleteSelf" live:"true" default:"true" help:"Whether users may delete themselves if they were created without delete_self_enabled."`
	CreateOrganizations        bool          `json:"createOrganizations" live:"true" default:"true" help:"Whether users may create organizations if they were created without create_organization_enabled."`
	HideUsersWithoutIdentifier bool          `json:"hideUsersWithoutIdentifier" live:"true" default:"false" help:"Hides users without an e-mail address, phone number, wallet or username from lists and counts. Kuzzle's API can create such users."`

	// These are for browsers, which call Clerk's Frontend API.
	Frontend        string   `json:"frontend" default:"auto" enum:"auto,on,off" help:"Whether browsers may sign in and up by Clerk's Frontend API; auto means on if clerk.frontendApi is set, and with dev."`
	Origins         List     `json:"origins" live:"true" help:"Web origins whose pages may call the Frontend API, such as https://app.example.com. The default is, for a development instance, this machine's names with any port, and otherwise https:// with the name of clerk.frontendApi without clerk., and all names below it."`
	ApplicationName string   `json:"applicationName" live:"true" help:"Name of the application on pages for signing in."`
	SignInURL       string   `json:"signInUrl" live:"true" help:"Page of the application for signing in, such as https://app.example.com/sign-in. Tickets without a page of their own lead there; its origin must be one whose pages may call."`
	SignUpURL       string   `json:"signUpUrl" live:"true" help:"Page of the application for signing up. Invitations without a page of their own lead there; without this setting they lead to clerk.signInUrl."`
	SignUp          string   `json:"signUp" live:"true" default:"public" enum:"public,restricted,waitlist" help:"Who may sign up by the Frontend API: everybody, or only people with an invitation."`
	HideIdentifiers string   `json:"hideIdentifiers" live:"true" default:"auto" enum:"auto,on,off" help:"Hides from people who sign in whether an identifier exists; auto means on, except for a development instance."`
	EmailLinks      bool     `json:"emailLinks" live:"true" default:"false" help:"Lets browsers prove e-mail addresses by a link in a mail, too. Pages for signing up then ask for the link and not for a code."`
	MultiSession    bool     `json:"multiSession" live:"true" default:"false" help:"Lets several users be signed in in one browser."`
	SessionLifetime Duration `json:"sessionLifetime" live:"true" default:"7d" min:"1m" infinite:"true" help:"How long a browser stays signed in; security.authToken.maxTTL and sessions.maxLifetime may end it earlier. -1 means no limit."`

	SecretKey Secret `json:"secretKey" help:"A service key in addition to those of kuzzle key create: sk_test_ or sk_live_ followed by 8 to 256 letters, digits, - and _."`
}

// Organizations configures groups of users in Clerk's API. They have no domains here.
type Organizations struct {
	Enabled        bool `json:"enabled" live:"true" default:"true" help:"Enables organizations. While it is false, requests about them are refused; existing ones are kept."`
	MaxMemberships int  `json:"maxMemberships" live:"true" default:"0" min:"0" max:"1000000" help:"Maximum number of members of a new organization that is created without max_allowed_memberships; 0 means no limit."`
	AdminDelete    bool `json:"adminDelete" live:"true" default:"true" help:"Whether administrators of new organizations may delete them."`
	Slugs          bool `json:"slugs" live:"true" default:"true" help:"Whether a request may set the slug; otherwise it is derived from the name."`
}

// Attributes configures the attributes of users that Clerk's API, createUser with an
// account or an invitation creates. An attribute that is off cannot be set, and a required
// one must be. The defaults are Clerk's.
type Attributes struct {
	EmailAddress string `json:"emailAddress" live:"true" default:"required" enum:"off,on,required" help:"E-mail addresses."`
	PhoneNumber  string `json:"phoneNumber" live:"true" default:"on" enum:"off,on,required" help:"Phone numbers."`
	Username     string `json:"username" live:"true" default:"on" enum:"off,on,required" help:"Usernames to log in with."`
	Web3Wallet   string `json:"web3Wallet" live:"true" default:"on" enum:"off,on,required" help:"Wallets."`
	FirstName    string `json:"firstName" live:"true" default:"on" enum:"off,on,required" help:"First names."`
	LastName     string `json:"lastName" live:"true" default:"on" enum:"off,on,required" help:"Last names."`
	Password     string `json:"password" live:"true" default:"required" enum:"off,on,required" help:"Passwords, and digests of passwords."`
	TOTP         string `json:"totp" live:"true" default:"on" enum:"off,on,required" help:"Secrets of authenticator apps."`
	BackupCodes  string `json:"backupCodes" live:"true" default:"on" enum:"off,on,required" help:"Backup codes."`
}

// SignUps restricts users who create themselves by createRestrictedUser. At that time no
// proof exists that an address belongs to the user.
type SignUps struct {
	AllowList         bool `json:"allowList" live:"true" default:"false" help:"Requires an address as a name, and all such names on the allow list; see Clerk's API."`
	BlockList         bool `json:"blockList" live:"true" default:"false" help:"Refuses addresses that are on the block list."`
	BlockSubaddresses bool `json:"blockSubaddresses" live:"true" default:"false" help:"Refuses e-mail addresses with +, = or # before the @, because one mailbox has any number of them."`
	BlockDisposable   bool `json:"blockDisposable" live:"true" default:"false" help:"Refuses e-mail addresses of the best known domains for disposable mailboxes."`
}

// Identifiers configures how login names are compared.
type Identifiers struct {
	CaseSensitive bool   `json:"caseSensitive" default:"false" help:"Compares names exactly, as Kuzzle does, so that Jane and jane are two users. The first start of a data folder fixes it; kuzzle migrate --reclaim changes it in a copy."`
	LookAlikes    string `json:"lookAlikes" default:"auto" enum:"auto,same,distinct" help:"same treats names that look alike as the same name, by Unicode's UTS #39, and refuses new names that mix scripts; distinct does neither; auto follows the existing data, and is same for new data. Without effect on case-sensitive names."`
}

// Imports bounds imports over the API. Imports on the command line read a file of any size.
type Imports struct {
	Jobs        int      `json:"jobs" default:"8" min:"1" max:"1000" help:"Maximum number of imports, running ones and remembered finished ones; one caller may have half of them."`
	MaxFileSize Size     `json:"maxFileSize" default:"1GB" min:"1KB" max:"1TB" help:"Largest file of one import."`
	IdleTime    Duration `json:"idleTime" default:"1h" min:"1m" max:"30d" help:"How long an import waits for the next part of its file, and how long a finished one is remembered."`
	MaxTime     Duration `json:"maxTime" default:"6h" min:"1m" max:"30d" help:"Maximum duration of one import."`
}

// Notify configures messages to users.
type Notify struct {
	Mail         string        `json:"mail" default:"off" enum:"off,log,smtp,webhook" help:"How mails are sent: by an SMTP server, by your webhook, or only as a line in the log. Off sends none. With dev the default is log, and the log has the whole mail."`
	SMS          string        `json:"sms" default:"off" enum:"off,log,webhook" help:"How short messages are sent to users who have a phone number and no mail address; the values work as for notify.mail."`
	Unproved     bool          `json:"unproved" default:"true" help:"Sends resets and notices to users without a reachable verified contact also to an unverified address, such as a user name that is a mail address. If false, only verified contacts get messages, and users without one cannot reset their password by mail."`
	FailedLogins int           `json:"failedLogins" default:"10" min:"0" max:"1000" help:"Failed logins to one account in a day after which its user gets a message, once a day from each server. After half as many, the user gets a message about a login from an address that is new to the account. 0 sends neither."`
	From         string        `json:"from" help:"Sender of mails, such as \"Example <noreply@example.com>\"."`
	Texts        string        `json:"texts" help:"Folder of texts that replace the built-in ones with the same file name."`
	SMTP         SMTP          `json:"smtp"`
	Webhook      NotifyWebhook `json:"webhook"`
}

// SMTP configures the mail server.
type SMTP struct {
	Address  string `json:"address" help:"Mail server as host:port."`
	TLS      string `json:"tls" default:"starttls" enum:"starttls,implicit,none" help:"Encryption of the connection: starttls, usually on port 587, implicit, usually on port 465, or none, for a server on this machine."`
	Username string `json:"username" help:"User name for the mail server; empty for none."`
	Password Secret `json:"password" help:"Password of notify.smtp.username."`
}

// NotifyWebhook configures the program that messages are posted to.
type NotifyWebhook struct {
	URL    string `json:"url" help:"URL that messages are posted to, as JSON with channel, kind, to, subject and text. It may be in your own network."`
	Secret Secret `json:"secret" help:"Key that signs the messages as Standard Webhooks specifies; empty for no signature."`
}

// Rights restricts users who manage others.
type Rights struct {
	Containment bool `json:"containment" default:"true" help:"Forbids users to give more rights than their own, and to change, impersonate or delete users with more rights. If false, as in Kuzzle, every user with the right to update users can become an administrator."`
}

// Security is Kuzzle's section of that name.
type Security struct {
	RestrictedProfileIDs         List      `json:"restrictedProfileIds" default:"default" help:"Profiles of users created by createRestrictedUser."`
	RevokeTokensOnPasswordChange bool      `json:"revokeTokensOnPasswordChange" default:"true" help:"Whether a password change ends the user's other sessions."`
	AuthToken                    AuthToken `json:"authToken"`
	APIKey                       APIKey    `json:"apiKey"`
	Standard                     Standard  `json:"standard"`
}

// AuthToken configures the tokens of logins.
type AuthToken struct {
	Algorithm   string   `json:"algorithm" alias:"security.jwt.algorithm" default:"HS256" enum:"HS256" help:"Signature algorithm of tokens."`
	ExpiresIn   Duration `json:"expiresIn" live:"true" alias:"security.jwt.expiresIn" default:"1h" min:"1s" infinite:"true" help:"Lifetime of a token if the login requests none; -1 means no end."`
	MaxTTL      Duration `json:"maxTTL" live:"true" alias:"security.jwt.maxTTL" default:"-1" min:"0" infinite:"true" help:"Longest lifetime that a login may request; -1 means no limit."`
	GracePeriod Duration `json:"gracePeriod" live:"true" alias:"security.jwt.gracePeriod" default:"1s" min:"0" max:"1h" help:"How long a token still works after it was refreshed."`
}

// APIKey configures the keys that users make for programs.
type APIKey struct {
	MaxTTL           Duration `json:"maxTTL" live:"true" default:"-1" min:"0" infinite:"true" help:"Longest lifetime that auth:createApiKey may request; -1 means no limit."`
	LoginAge         Duration `json:"loginAge" live:"true" default:"15m" min:"1s" infinite:"true" help:"How long after its login a session may create API keys, for its user and others; -1 means as long as it lives. API keys, and tokens that other users made, cannot create API keys."`
	RevokeWithTokens bool     `json:"revokeWithTokens" default:"true" help:"Whether the API keys that a user made end when all tokens of the user are revoked, for instance by a password change. Keys made on kuzzle's command line stay."`
}

// Standard has the rights that a fresh server and security:restrictDefaultRights write.
type Standard struct {
	Roles    Free `json:"roles" help:"Role contents by id. They are added to the built-in admin, default and anonymous, or replace them."`
	Profiles Free `json:"profiles" help:"Profile contents by id, in the same way."`
}

// Memory bounds the memory of requests.
type Memory struct {
	Budget Size `json:"budget" default:"0" help:"Memory for all current bodies, messages, answers and imports together, decoded; more are answered 503. 0 means a quarter of the memory of the machine or its control group, and at least 128MB. GOMEMLIMIT follows from it unless it is set."`
}

// Limits bounds each request and all of them together.
type Limits struct {
	RequestsBufferSize    int      `json:"requestsBufferSize" default:"50000" min:"1" max:"10000000" help:"Maximum number of concurrent requests; more are answered 503."`
	Connections           int      `json:"connections" default:"20000" min:"10" max:"10000000" help:"Maximum number of open connections. It is lower if memory.budget has less than 40KB for each, or if the process may not open enough files. When they run out, idle ones without a token are closed first; if there are none, new ones are answered 503."`
	ConnectionsPerAddress int      `json:"connectionsPerAddress" default:"0" min:"0" max:"10000000" help:"Maximum number of connections from one address, IPv6 by /64; trustedProxies have no such limit. 0 means a tenth of connections, and at least 64."`
	RequestTimeout        Duration `json:"requestTimeout" default:"60s" min:"1s" max:"1h" help:"Maximum duration of one request."`
	SearchTimeout         Duration `json:"searchTimeout" default:"5s" min:"100ms" max:"1h" help:"Maximum duration of one search in the store; longer ones are answered 503."`
	DocumentsFetchCount   int      `json:"documentsFetchCount" default:"10000" min:"1" max:"1000000" help:"Maximum number of results of one search."`
	OwnContent            Size     `json:"ownContent" default:"256KB" min:"1KB" max:"16MB" help:"Maximum size of a user's content when the user writes it."`
	Content               Size     `json:"content" default:"1MB" min:"1KB" max:"16MB" help:"Maximum size of the content of a user, role or profile when an administrator writes it."`
	DocumentsWriteCount   int      `json:"documentsWriteCount" default:"200" min:"1" max:"100000" help:"Maximum number of documents that one request may change."`
}

// HTTP has settings for browsers.
type HTTP struct {
	AllowOrigin          List   `json:"accessControlAllowOrigin" default:"*" help:"Web origins that may call: a list, or * for all."`
	AllowOriginUseRegExp bool   `json:"accessControlAllowOriginUseRegExp" default:"false" help:"Reads the origins as regular expressions."`
	AllowMethods         string `json:"accessControlAllowMethods" default:"GET,POST,PUT,PATCH,DELETE,OPTIONS,HEAD" help:"Value of Access-Control-Allow-Methods."`
	AllowHeaders         string `json:"accessControlAllowHeaders" default:"Content-Type, Access-Control-Allow-Headers, Authorization, X-Requested-With, Content-Encoding, Content-Length, X-Kuzzle-Volatile" help:"Value of Access-Control-Allow-Headers."`
	CookieAuthentication bool   `json:"cookieAuthentication" default:"true" help:"Whether a login may return its token as a cookie."`
	TLS                  TLS    `json:"tls"`
}

// TLS is the server's certificate. Both files are set, or none.
type TLS struct {
	Cert string `json:"cert" help:"PEM file with the server's certificate and its chain; with it, listen speaks https. A replaced file is read again."`
	Key  string `json:"key" help:"PEM file with the key of http.tls.cert."`
}

// Server configures the network side of the API.
type Server struct {
	Port             int       `json:"port" min:"1" max:"65535" derived:"true" help:"Port of listen, as Kuzzle names it; it changes the port and keeps the address."`
	MaxRequestSize   Size      `json:"maxRequestSize" default:"1MB" min:"1KB" max:"1GB" help:"Largest body or frame, after decompression."`
	MaxJSONNodes     int       `json:"maxJsonNodes" default:"100000" min:"1000" max:"100000000" help:"Maximum number of values in one JSON body or frame, including nested ones."`
	StrictSDKVersion bool      `json:"strictSdkVersion" default:"true" help:"Refuses JavaScript SDKs older than version 7."`
	ShutdownTimeout  Duration  `json:"shutdownTimeout" default:"10s" min:"1ms" max:"10m" help:"How long a stopping server works on accepted requests."`
	Protocols        Protocols `json:"protocols"`
}

// Protocols configures HTTP and WebSocket.
type Protocols struct {
	HTTP      HTTPProtocol      `json:"http"`
	WebSocket WebSocketProtocol `json:"websocket"`
}

// HTTPProtocol configures the decoding of HTTP requests.
type HTTPProtocol struct {
	Enabled                bool `json:"enabled" default:"true" help:"Must be true, because WebSocket and the probes begin with HTTP."`
	AllowCompression       bool `json:"allowCompression" default:"true" help:"Whether compressed bodies are accepted and answers are compressed."`
	MaxEncodingLayers      int  `json:"maxEncodingLayers" default:"3" min:"1" max:"10" help:"Maximum number of encodings of one body."`
	MaxFormFileSize        Size `json:"maxFormFileSize" default:"1MB" min:"0" max:"1GB" help:"Largest file in a form."`
	AdditionalContentTypes List `json:"additionalContentTypes" help:"Further content types that are read as JSON."`
}

// WebSocketProtocol configures WebSocket connections.
type WebSocketProtocol struct {
	Enabled               bool     `json:"enabled" default:"true" help:"Whether the API answers over WebSocket."`
	IdleTimeout           Duration `json:"idleTimeout" default:"60s" min:"1s" max:"24h" help:"Closes a connection that sends nothing for that long."`
	Compression           bool     `json:"compression" default:"false" help:"Offers per-message compression; it takes memory for each connection."`
	RateLimit             int      `json:"rateLimit" default:"0" min:"0" max:"1000000" help:"Messages per second and connection; 0 means no limit."`
	RealtimeNotifications bool     `json:"realtimeNotifications" default:"true" help:"Notifies a connection when its token has expired."`
}

// Services configures the store.
type Services struct {
	StorageEngine StorageEngine `json:"storageEngine"`
}

// StorageEngine configures searches and updates.
type StorageEngine struct {
	MaxScrollDuration Duration        `json:"maxScrollDuration" default:"1m" min:"1s" max:"24h" help:"Longest lifetime that a scroll may request."`
	Defaults          StorageDefaults `json:"defaults"`
}

// StorageDefaults apply to requests that name no value.
type StorageDefaults struct {
	ScrollTTL Duration `json:"scrollTTL" default:"15s" min:"1s" max:"24h" help:"Lifetime of a scroll that requests none."`
}

// Plugins is the remaining part of Kuzzle's section of that name.
type Plugins struct {
	Common PluginsCommon `json:"common"`
}

// PluginsCommon configures all plugins.
type PluginsCommon struct {
	FailsafeMode bool `json:"failsafeMode" default:"false" help:"Allows only administrators to call the API."`
}

// Free is a section whose keys this package does not know: a JSON value for each name. It
// is nil if nothing is given.
type Free map[string]json.RawMessage
