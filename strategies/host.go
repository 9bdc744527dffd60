package strategies

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// What Flows answers to a token that gives nothing.
var (
	ErrFlowUnknown = fault.Declare(0x40050004, "security.flow.unknown", 400, "This token is unknown or was used already. Ask for a new one.")
	ErrFlowExpired = fault.Declare(0x40050005, "security.flow.expired", 401, "This token has expired. Ask for a new one.")
)

// Host is all that a strategy may ask the backend for.
type Host interface {
	// FindByIdentifier finds the user who holds an identifier, with the
	// user's records of this strategy. ok is false when nobody does. It is two
	// reads by id whether somebody does or not, right from the moment a write was
	// acknowledged. Failed logins
	// are counted by the first identifier looked up, whatever its spelling; one
	// that had too many meanwhile is a 429 fault to pass on.
	FindByIdentifier(ctx context.Context, id Identifier) (found Found, ok bool, err error)
	// Find is the same by kuid.
	Find(ctx context.Context, kuid string) (found Found, ok bool, err error)
	// RolesOf lists the roles that profiles give. Ask for them once the proof is
	// right: it may take a read, which tells who measures it that there is a user.
	RolesOf(ctx context.Context, profiles []string) ([]string, error)
	// VerifyPassword checks a password against found's record of the password
	// family, whichever strategy owns it. When ok is false (nobody
	// found), it verifies a decoy and answers Wrong: same work, same answer.
	VerifyPassword(ctx context.Context, found Found, ok bool, id Identifier, password string) (Verdict, error)
	// Hash runs fn in the shared pool once there is room for its cost. It
	// answers a 503 fault when the queue is full and ctx's error when it ends
	// while waiting.
	Hash(ctx context.Context, cost Cost, fn func()) error
	// Passwords makes the digests of new passwords, as the instance is set.
	Passwords() digest.Maker
	// Accept is what a right password leads to, whichever strategy of the
	// password family verified it: the family's PasswordKeeper has its rules
	// applied, and the password stored anew if verdict asks for it. Without a
	// keeper the outcome is the user and the factor "password".
	Accept(ctx context.Context, found Found, verdict Verdict, password string) (Outcome, error)
	// Create makes a user with credentials of this strategy, whom nobody but the
	// strategy vouches for: what the content holds, profileIds among it, has to
	// be the operator's choice. ErrTaken means that somebody holds one of the
	// names, and a login of the same user at the same time may have been quicker.
	// Names that nobody may sign up by are refused with 403.
	Create(ctx context.Context, content map[string]any, in Credentials) (Found, error)
	// Seal encrypts under the instance's master key, which is not in the store;
	// Open is its reverse, for this strategy alone.
	Seal(plain []byte) ([]byte, error)
	Open(sealed []byte) ([]byte, error)
	// Flows keeps single-use things of this strategy: reset tokens,
	// challenges, OAuth state.
	Flows() Flows
	// Tickets are those that the backend gave out, whatever the strategy.
	Tickets() Tickets
	// Login makes a session for an outcome of one of the strategy's own
	// actions, with the checks that every login passes. A step instead of a session
	// asks for a second factor; the action answers its Challenge.
	Login(ctx context.Context, out Outcome, expiresIn string) (Session, *Step, error)
	// Subject describes a user for Check, as the given reason and actor.
	Subject(ctx context.Context, kuid string, by Actor, reason Reason) (Subject, error)
	// Send counts a message, such as a code by mail, and then sends it in the
	// background with a context that ends within 30 s, so that no answer tells by
	// its time whether there was something to send. The recipient is a mail
	// address, a phone number or the like; messages are limited per account looked
	// up and per address of the client. One too many is a 429 fault to pass on, and
	// nothing was sent. Nor is what would be one too many for the recipient, but no
	// error says so: it would tell what others asked for. Everything that reaches somebody
	// because a client asked for it goes this way, before the proof and after it.
	// For a name that nobody has, call it with what a user would have, such as the
	// name itself, and a nil send: it counts and refuses alike.
	Send(ctx context.Context, recipient string, send func(context.Context) error) error
	// Notify keeps a notice in the store and answers; the message is written by the
	// strategy's NoticeWriter and sent later, at least once, by the way that the
	// operator set, to the address that the user has then. No user is looked up
	// before the answer, so that neither it nor its time tells whether there is one.
	// Messages are limited per name for whoever asks, per address of the client, and
	// per recipient; one too many of the first two is a 429 fault to pass on. Errors:
	// ErrNotifyOff.
	Notify(ctx context.Context, notice Notice) error
	// Peer is the client behind ctx: whoever tries to log in, proves a factor, or
	// calls an action of the strategy's own. Elsewhere, as in WriteNotice or in a
	// Check by an import, there is none, and Peer is the zero value.
	Peer(ctx context.Context) Peer
	// Client is an HTTP client for the world outside: checked addresses, no
	// redirects, at most 5 s and 64 KiB.
	Client() *http.Client
	Now() time.Time
	Log() *slog.Logger
}

// Found is a user as a strategy sees one.
type Found struct {
	Kuid     string
	Profiles []string
	// Records are this strategy's; for a PasswordVerifier, and for local, the
	// record of the password family whoever owns it.
	Records []Record
}

// Cost is what one hash takes, memory in bytes and lanes, so that the pool can
// bound the sum.
type Cost = digest.Cost

// Flows stores values that can be taken once, until they expire.
type Flows interface {
	// Put keeps the flow and answers an unguessable token. The flow dies with
	// its user.
	Put(ctx context.Context, flow Flow) (token string, err error)
	// Take answers the flow and removes it in one step: of two takers one gets
	// it. Errors: ErrFlowUnknown, ErrFlowExpired.
	Take(ctx context.Context, token string) (Flow, error)
	// Peek answers the flow without using it up.
	Peek(ctx context.Context, token string) (Flow, error)
}

// Flow is a single-use value.
type Flow struct {
	Kuid string
	// Kind tells flows of one strategy apart.
	Kind string
	// Value is at most 16 KiB as JSON and comes back as JSON gives it.
	Value map[string]any
	For   time.Duration
	// Bound flows also die when all sessions of the user are ended.
	Bound bool
	// Sent says that the token goes to the user's own address and nowhere else.
	// Any other token is refused to the caller of an action who has fewer rights
	// than the user.
	Sent bool
}

// Session is what a login answers, in the shape clients know.
type Session struct {
	Kuid      string `json:"_id"`
	ExpiresAt int64  `json:"expiresAt"`
	JWT       string `json:"jwt"`
	TTL       int64  `json:"ttl"`
	// PasswordChange is "recommended" or "required" for a user who should choose another
	// password, and "" for any other.
	PasswordChange string `json:"passwordChange,omitempty"`
	// ID is the session's own, which no client needs.
	ID string `json:"-"`
}

// Action is an API action of a strategy's own. It is subject to roles, listed by
// publicApi and OpenAPI, and reached over HTTP and WebSocket like any other.
type Action struct {
	// Controller and Name are what roles and frames call it.
	Controller, Name string
	// Routes are "VERB /path/{param}".
	Routes  []string
	Summary string
	// Authenticated refuses callers who are not logged in with 401.
	Authenticated bool
	// FactorWithin asks for a factor that the caller proved at most so long ago: a
	// second one of whoever has one. 0 asks for none.
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
	// Kuid is the caller, "-1" when anonymous.
	Kuid string
	// Args are path, query and frame arguments.
	Args map[string]any
	// Body is the request's body, nil when there is none.
	Body map[string]any
}
