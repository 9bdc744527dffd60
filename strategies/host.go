package strategies

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The errors of Flows for a token that cannot be used.
var (
	ErrFlowUnknown = fault.Declare(0x40050004, "security.flow.unknown", 400, "This token is unknown or was used already. Ask for a new one.")
	ErrFlowExpired = fault.Declare(0x40050005, "security.flow.expired", 401, "This token has expired. Ask for a new one.")
)

// Host is everything that the backend offers a strategy.
type Host interface {
	// FindByIdentifier finds the user who holds an identifier, with the user's records of this
	// strategy. ok is false if nobody holds it. The call always costs two reads by id, and sees
	// every acknowledged write. Failed logins are counted under the first identifier that a login
	// looks up, however it is spelled. After too many failures the error is a 429 fault, which the
	// strategy returns unchanged.
	FindByIdentifier(ctx context.Context, id Identifier) (found Found, ok bool, err error)
	// Find is FindByIdentifier by kuid.
	Find(ctx context.Context, kuid string) (found Found, ok bool, err error)
	// RolesOf lists the roles that the profiles give. Call it only after the proof was right: it
	// may read from the store, and that time would reveal that the user exists.
	RolesOf(ctx context.Context, profiles []string) ([]string, error)
	// VerifyPassword checks a password against found's record of the password family, whichever
	// strategy owns the record. If ok is false (no user was found), it verifies a decoy and returns
	// Wrong, so that both cases take the same work and get the same answer.
	VerifyPassword(ctx context.Context, found Found, ok bool, id Identifier, password string) (Verdict, error)
	// Hash runs fn in the shared pool as soon as the pool has room for its cost. It returns a 503
	// fault if the queue is full, and ctx's error if ctx ends during the wait.
	Hash(ctx context.Context, cost Cost, fn func()) error
	// Passwords returns the maker of digests for new passwords, as the instance is configured.
	Passwords() digest.Maker
	// Accept turns a right password into an outcome, whichever strategy of the password family
	// verified it. The family's PasswordKeeper applies its rules, and stores the password anew if
	// the verdict asks for it. Without a keeper the outcome has the user and the factor "password".
	Accept(ctx context.Context, found Found, verdict Verdict, password string) (Outcome, error)
	// Create creates a user with credentials of this strategy. Nobody but the strategy vouches for
	// the user, so the operator must have chosen the content, profileIds included. ErrTaken means
	// that a user holds one of the names; a concurrent login of the same user may have created
	// them. Names that are closed to sign-up are refused with 403.
	Create(ctx context.Context, content map[string]any, in Credentials) (Found, error)
	// Seal encrypts with the instance's master key, which is not in the store. Open decrypts. Both
	// work for this strategy alone.
	Seal(plain []byte) ([]byte, error)
	Open(sealed []byte) ([]byte, error)
	// Flows keeps single-use values of this strategy: reset tokens, challenges, OAuth state.
	Flows() Flows
	// Tickets returns the tickets that the backend issued for any strategy.
	Tickets() Tickets
	// Login creates a session for the outcome of one of the strategy's own actions, with the same
	// checks as every login. It returns a step instead of a session if a second factor is needed;
	// the action then answers the step's Challenge.
	Login(ctx context.Context, out Outcome, expiresIn string) (Session, *Step, error)
	// Subject describes a user for Check, with the given actor and reason.
	Subject(ctx context.Context, kuid string, by Actor, reason Reason) (Subject, error)
	// Send delivers a message, such as a code by mail. It counts the message, returns, and calls
	// send in the background with a context that ends within 30 s. So the time of the answer does
	// not reveal whether a message was sent. The recipient is a mail address, a phone number or
	// similar. Messages are limited per account looked up and per address of the client; above
	// these limits the error is a 429 fault, which the strategy returns unchanged, and nothing is
	// sent. A limit per recipient also holds, but drops the message without an error, because an
	// error would reveal other people's requests. Use Send for every message that a client's
	// request causes, before and after the proof. For a name that no user has, call it with the
	// recipient that a user would have, such as the name itself, and a nil send: it counts and
	// refuses in the same way.
	Send(ctx context.Context, recipient string, send func(context.Context) error) error
	// Notify stores a notice and returns. Later the strategy's NoticeWriter writes the message, and
	// the backend sends it, at least once, by the configured channel to the address that the user
	// has then. No user is looked up before Notify returns, so neither the answer nor its time
	// reveals whether the user exists. Messages are limited per name and caller, per address of the
	// client, and per recipient. Above the first two limits the error is a 429 fault, which the
	// strategy returns unchanged. Errors: ErrNotifyOff.
	Notify(ctx context.Context, notice Notice) error
	// Peer returns the client behind ctx: the one that logs in, proves a factor, or calls an action
	// of the strategy. Elsewhere there is no client, and Peer is the zero value: in WriteNotice,
	// for example, or in a Check during an import.
	Peer(ctx context.Context) Peer
	// Client returns an HTTP client for addresses on the internet. It refuses internal addresses,
	// follows no redirects, and allows at most 5 s and 64 KiB.
	Client() *http.Client
	Now() time.Time
	Log() *slog.Logger
}

// Found is a user as a strategy sees one.
type Found struct {
	Kuid     string
	Profiles []string
	// Records are the user's records of this strategy. A PasswordVerifier, and local, get the
	// record of the password family, whichever strategy owns it.
	Records []Record
}

// Cost is the memory in bytes and the number of lanes of one hash. The pool bounds their sum.
type Cost = digest.Cost

// Flows stores values that expire, and that can be taken once.
type Flows interface {
	// Put stores the flow and returns an unguessable token. The flow is deleted with its user.
	Put(ctx context.Context, flow Flow) (token string, err error)
	// Take removes the flow and returns it in one step: of two concurrent callers, one gets it.
	// Errors: ErrFlowUnknown, ErrFlowExpired.
	Take(ctx context.Context, token string) (Flow, error)
	// Peek returns the flow and keeps it.
	Peek(ctx context.Context, token string) (Flow, error)
}

// Flow is a single-use value.
type Flow struct {
	Kuid string
	// Kind tells flows of one strategy apart.
	Kind string
	// Value is at most 16 KiB as JSON. It comes back with JSON's types.
	Value map[string]any
	For   time.Duration
	// Bound flows are also deleted when all sessions of the user end.
	Bound bool
	// Sent is set if the token goes to the user's own address and nowhere else. A caller of an
	// action with fewer rights than the user is refused any other token.
	Sent bool
}

// Session is the answer to a login, in the shape that clients know.
type Session struct {
	Kuid      string `json:"_id"`
	ExpiresAt int64  `json:"expiresAt"`
	JWT       string `json:"jwt"`
	TTL       int64  `json:"ttl"`
	// PasswordChange is "recommended" or "required" if the user should choose another password, and
	// otherwise "".
	PasswordChange string `json:"passwordChange,omitempty"`
	// ID is the session's id. No client needs it.
	ID string `json:"-"`
}

// Action is an API action of a strategy. Like any other action it is subject to roles, listed by
// publicApi and OpenAPI, and reached over HTTP and WebSocket.
type Action struct {
	// Controller and Name identify the action in roles and frames.
	Controller, Name string
	// Routes are "VERB /path/{param}".
	Routes  []string
	Summary string
	// Authenticated refuses callers who are not logged in with 401.
	Authenticated bool
	// FactorWithin asks for a factor that the caller proved at most this long ago. Users who have a
	// second factor must prove that one. 0 asks for none.
	FactorWithin time.Duration
	// Takes is, for descriptions of the API, a value of a struct type whose json tags
	// name what the body has; a field with omitempty may be left out. Nil is any object.
	// Answers are values of the types that Run may return; none are any.
	Takes   any
	Answers []any
	Run     func(ctx context.Context, call Call) (any, error)
}

// Call is a request for an Action.
type Call struct {
	// Kuid is the caller's, "-1" for an anonymous one.
	Kuid string
	// Args are path, query and frame arguments.
	Args map[string]any
	// Body is the request's body, nil when there is none.
	Body map[string]any
}
