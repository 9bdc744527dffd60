package strategies

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Credentials are what a client sent for a strategy, or what may be shown of
// them: a decoded JSON object.
type Credentials map[string]any

// Reason says why credentials are judged.
type Reason string

// The reasons.
const (
	Create   Reason = "create"   // a new credential
	Update   Reason = "update"   // a change of one that exists
	Validate Reason = "validate" // judged only, never written
	Import   Reason = "import"   // brought from elsewhere
	Reset    Reason = "reset"    // with a reset token
)

// Actor is who asks.
type Actor struct {
	Kuid string
	// Self is true when the user changes own credentials (auth:*My*).
	Self bool
}

// Subject is the user that credentials are about.
type Subject struct {
	// Kuid is empty when nothing but the credentials is known (validate).
	Kuid string
	// Profiles and Roles are the ids the user has or will have.
	Profiles, Roles []string
	// Identifiers are all of the user's, whatever strategy they came from.
	Identifiers []Identifier
	// Records are the user's records of this strategy, oldest first. For a
	// PasswordVerifier they are those of the whole password family.
	Records []Record
	By      Actor
	Reason  Reason
	// LetLeaked is set where passwords may be such that are known to have leaked.
	LetLeaked bool
}

// Identifier is a name by which a user is found, unique across all users within
// its kind: the values "Ada" and "ada" of one kind are the same claim.
type Identifier struct {
	// Kind is "username", "email", "phone", or a name of the strategy's own.
	Kind  string
	Value string
}

// Record is what is kept for one credential, keyed by (kuid, Strategy, ID).
type Record struct {
	// Strategy is filled by the backend when empty. Within the password family
	// a strategy that changes no more than another's identifiers leaves it.
	Strategy string
	// ID tells several records of one strategy apart; empty for the only one.
	ID          string
	Identifiers []Identifier
	// Secret is stored, never indexed and never shown.
	Secret Secret
	// Public is stored beside it for Info, never indexed.
	Public map[string]any
	// CreatedAt, UpdatedAt and UpdatedBy are filled by the backend.
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

// Outcome is what Authenticate found out.
type Outcome struct {
	// Kuid is who proved to be there; empty together with Next or External.
	Kuid string
	// Factor names what was proved, such as "password".
	Factor string
	// Next asks the client for one more step instead of logging in. It is neither
	// a success nor a failure to what slows guesses down, and has limits of its
	// own, per account and per address. What the step sends goes by Host.Send.
	Next *Step
	// External is an identity proved by somebody else, to be linked to a user
	// or to create one as configured.
	External *External
	// Put and Drop are records to write and to delete with the login. With Must
	// the login stands only if they were written (used-up codes, counters);
	// without, a lost write is dropped and the login stands (a renewed digest).
	// A record of Drop that is not there any more as it was read loses the
	// write: of several logins at once, one renews or uses up.
	Put, Drop []Record
	Must      bool
	// Revoke ends the user's earlier sessions together with Put, as when a
	// password was replaced.
	Revoke bool
	// Once, if not "", is used up with the session, or with the challenge of a second
	// factor: of several logins with the same, one succeeds. It is what [Tickets] says.
	Once string
	// Act says who acts in the user's place, in an object with sub; tokens for other
	// services have it as the claim act. Nil is the user.
	Act map[string]any
	// ActBy names the session or API key of whoever acts, with which the session ends; ""
	// for none of this server.
	ActBy string
	// Organization and Membership are the organization that the session acts for, and the
	// user's membership of it; "" is none.
	Organization, Membership string
	// Within bounds the life of the session, refreshes included; 0 leaves it as it is.
	Within time.Duration
}

// External is an outside identity: provider and the user's id there.
type External struct {
	Provider, ID string
	Claims       map[string]any
}

// What a strategy answers when credentials do not prove anything. Both texts are
// the same on purpose: an answer must not tell which part was wrong.
var (
	// ErrRefused is a failed login. Another fault that it is the cause of counts
	// as one against guessing.
	ErrRefused = fault.Declare(67305492, "plugin.strategy.missing_user", 401, "%s")
	// ErrTaken is an identifier that another user holds.
	ErrTaken = fault.Declare(0x40050001, "security.credentials.identifier_taken", 412, "The %s is already used. Choose another.")
	// ErrNotExportable is a record that cannot be written out again.
	ErrNotExportable = fault.Declare(0x40050006, "security.credentials.not_exportable", 409, "The %s credentials are kept in a form that cannot be written out.")
	// ErrExists and ErrMissing are a user's credentials of one strategy.
	ErrExists  = fault.Declare(0x40050002, "security.credentials.already_exist", 412, "The user has %s credentials already. Update them instead.")
	ErrMissing = fault.Declare(0x40050003, "security.credentials.not_found", 412, "The user has no %s credentials. Create them first.")
)

// Refused is the one answer to wrong credentials.
func Refused() error { return ErrRefused.New("wrong username or password") }
