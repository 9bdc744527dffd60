package strategies

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Credentials are a decoded JSON object: a client's input for a strategy, or the shown fields.
type Credentials map[string]any

// Reason says why credentials are checked.
type Reason string

// The reasons.
const (
	Create   Reason = "create"   // a new credential
	Update   Reason = "update"   // a change of one that exists
	Validate Reason = "validate" // checked only, never written
	Import   Reason = "import"   // imported from another system
	Reset    Reason = "reset"    // with a reset token
)

// Actor is the caller.
type Actor struct {
	Kuid string
	// Self is true if the users choose their own credentials (auth:*My*, or at a sign-up).
	Self bool
}

// Subject is the user whose credentials are checked.
type Subject struct {
	// Kuid is "" if only the credentials are known (validate).
	Kuid string
	// Profiles and Roles are the ids the user has or will have.
	Profiles, Roles []string
	// Identifiers are all identifiers of the user, from any strategy.
	Identifiers []Identifier
	// Records are the user's records of this strategy, oldest first. For a
	// PasswordVerifier they are those of the whole password family.
	Records []Record
	By      Actor
	Reason  Reason
	// LetLeaked is set if known leaked passwords are allowed.
	LetLeaked bool
}

// Identifier is a name that finds a user. It is unique across all users within its kind, without
// regard to case: "Ada" and "ada" of one kind are the same claim.
type Identifier struct {
	// Kind is "username", "email", "phone", or a name of the strategy's own.
	Kind  string
	Value string
}

// Record is the stored form of one credential, keyed by (kuid, Strategy, ID).
type Record struct {
	// Strategy is filled in by the backend if empty. A strategy of the password family that changes
	// only the identifiers of another strategy's record leaves it unchanged.
	Strategy string
	// ID distinguishes several records of one strategy; it is empty for the only one.
	ID          string
	Identifiers []Identifier
	// Secret is stored, never indexed and never shown.
	Secret Secret
	// Public is stored beside Secret for Info, and never indexed.
	Public map[string]any
	// CreatedAt, UpdatedAt and UpdatedBy are filled in by the backend.
	CreatedAt, UpdatedAt time.Time
	UpdatedBy            string
}

// Secret prints as [redacted] wherever it is printed, logged or encoded.
type Secret []byte

const redacted = "[redacted]"

// String hides the value.
func (Secret) String() string { return redacted }

// GoString hides the value from %#v.
func (Secret) GoString() string { return redacted }

// Format hides the value from every fmt verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue hides the value from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the value from encoding/json and its kin.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Outcome is the result of Authenticate.
type Outcome struct {
	// Kuid is the proved user; it is empty together with Next or External.
	Kuid string
	// Factor names the proved factor, such as "password".
	Factor string
	// Next asks the client for one more step instead of logging in. It counts neither as a success
	// nor as a failed guess. It has limits of its own, per account and per address. Messages of the
	// step are sent by Host.Send.
	Next *Step
	// External is an identity that an outside provider proved. The configuration decides whether it
	// is linked to a user or creates one.
	External *External
	// Put and Drop are records to write and to delete with the login. With Must the login fails if
	// they cannot be written (used-up codes, counters). Without Must the login stands even if the
	// write is lost (a renewed digest). The write is lost if a record of Drop has changed since it
	// was read: of several concurrent logins, one renews or uses up.
	Put, Drop []Record
	Must      bool
	// Revoke ends the user's earlier sessions together with Put, as after a password was replaced.
	Revoke bool
	// Once, if not "", is used up with the session, or with the challenge for a second factor: of
	// several logins with the same value, one succeeds. [Tickets] sets it.
	Once string
	// Act identifies the actor who acts in the user's place, as an object with sub. Tokens for
	// other services carry it as the claim act. It is nil for the user in person.
	Act map[string]any
	// ActBy is the id of the actor's session or API key on this server, or of the service key that
	// gave the proof; the session ends with it. "" is none.
	ActBy string
	// Organization and Membership are the organization that the session acts for, and the user's
	// membership of it; "" is none.
	Organization, Membership string
	// Within bounds the life of the session, refreshes included; 0 sets no bound.
	Within time.Duration
}

// External is an outside identity: the provider, and the user's id there.
type External struct {
	Provider, ID string
	Claims       map[string]any
}

// The errors for credentials that prove nothing. Both texts are the same on purpose: an answer must
// not reveal which part was wrong.
var (
	// ErrRefused is a failed login. A fault that wraps it also counts as a guess.
	ErrRefused = fault.Declare(67305492, "plugin.strategy.missing_user", 401, "%s")
	// ErrTaken means that another user holds an identifier.
	ErrTaken = fault.Declare(0x40050001, "security.credentials.identifier_taken", 412, "The %s is already used. Choose another.")
	// ErrNotExportable means that a record cannot be exported.
	ErrNotExportable = fault.Declare(0x40050006, "security.credentials.not_exportable", 409, "The %s credentials are stored in a form that cannot be exported.")
	// ErrExists and ErrMissing are about a user's credentials of one strategy.
	ErrExists  = fault.Declare(0x40050002, "security.credentials.already_exist", 412, "The user has %s credentials already. Update them instead.")
	ErrMissing = fault.Declare(0x40050003, "security.credentials.not_found", 412, "The user has no %s credentials. Create them first.")
)

// Refused returns the one error for wrong credentials.
func Refused() error { return ErrRefused.New("wrong username or password") }
