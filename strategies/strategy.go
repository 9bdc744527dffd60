package strategies

import (
	"context"
	"encoding/json"
)

// Strategy is a way for users to prove their identity. Its methods are called concurrently.
//
// Errors for the client are fault values. Any other error is logged and answered as an opaque 500.
type Strategy interface {
	// Name is the key in createUser's credentials and in POST /_login/<name>. See IsName for its
	// form. It never changes.
	Name() string
	// Check validates credentials for the user who and changes nothing: it does not hash, use the
	// network or store. On an update, who.Records are the stored records and in holds the changes.
	Check(ctx context.Context, who Subject, in Credentials) (Draft, error)
	// Authenticate returns the user that in proves, and the factor. Wrong credentials are
	// ErrRefused. The cost must be the same for unknown and known identifiers.
	Authenticate(ctx context.Context, in Credentials) (Outcome, error)
	// Info returns the parts of a record that may be shown, never its Secret.
	Info(rec Record) Credentials
}

// Draft is a checked credential, before the expensive work.
type Draft interface {
	// Identifiers are claimed for the user before Seal's record is written. If another user holds
	// one, the whole request is refused.
	Identifiers() []Identifier
	// Seal does the expensive work, such as hashing through Host.Hash, and returns the record to
	// store, with the Identifiers of the draft. It stores nothing itself. It may still refuse with
	// a fault that needs the hash. If an update changes Secret, the user's other sessions end; so
	// return the same bytes if the proof did not change.
	Seal(ctx context.Context) (Record, error)
}

// New creates a strategy from its host and its configuration, the JSON object under
// strategies.<name>, or nil. Register and backend.Use take it.
type New func(cfg json.RawMessage, host Host) (Strategy, error)

// A strategy may also implement these interfaces. The backend finds them by type assertion.
type (
	// PasswordVerifier is a strategy whose records verify a plain password. All such records form
	// one family: a user has at most one of them, and local logs in through whichever strategy owns
	// it.
	PasswordVerifier interface {
		// VerifyPassword compares in constant time, hashing through Host.Hash.
		VerifyPassword(ctx context.Context, rec Record, password string) (Verdict, error)
		// Decoy returns a record of the usual cost that no password matches. Unknown users are
		// verified against it, so that they cost the same as known users.
		Decoy() Record
	}
	// Varied is a PasswordVerifier whose records differ in cost. Unknown users are then verified
	// against decoys of all cost classes, in the proportions of the stored records.
	Varied interface {
		PasswordVerifier
		// CostClass names the cost of a wrong password, in at most 100 bytes. It must not
		// distinguish records of the same class.
		CostClass(rec Record) string
		// DecoyLike returns a record of rec's class that no password matches.
		DecoyLike(rec Record) (Record, error)
	}
	// Outside is a PasswordVerifier for which another system may verify a record, under its own
	// name for the user. AskedElsewhere reports whether that is so for rec. Such a user may not add
	// identifiers: guesses are counted per identifier, and all would be for the same outside
	// account.
	Outside interface{ AskedElsewhere(rec Record) bool }
	// PasswordKeeper is the one strategy of the password family that stores new passwords. The
	// other strategies hand it the passwords that they verified.
	PasswordKeeper interface {
		PasswordVerifier
		// Accept applies the keeper's rules, such as the password's age, to a right password and
		// returns the outcome. For RightButRenew it replaces found's record with one of its own;
		// the login stands even if that write is lost.
		Accept(ctx context.Context, found Found, verdict Verdict, password string) (Outcome, error)
	}
	// SecondFactor is a strategy that a login may ask for after another strategy has identified the
	// user. Authenticate is never called for it: the backend keeps the waiting login and passes its
	// user.
	SecondFactor interface {
		// Enrolled reports whether a user with these records of the strategy can prove the factor.
		// It reads nothing else and decrypts nothing.
		Enrolled(records []Record) bool
		// Confirm checks a proof of the factor by the user found. A wrong proof is ErrRefused, and
		// counts as a guess. If a proof uses something up, return the changed record in Outcome.Put
		// or Drop, with Must: of two logins with one proof, one succeeds.
		Confirm(ctx context.Context, found Found, in Credentials) (Outcome, error)
	}
	// LoginOnly is a strategy for logins only: a logged-in user cannot confirm their identity with
	// it.
	LoginOnly interface{ LoginOnly() }
	// Upkeeper improves stored records in the background.
	Upkeeper interface {
		// Upkeep returns a field of Info, one of SearchFields, and the value that marks records to
		// improve; field is "" if there are none.
		Upkeep() (field, value string)
		// Improve returns the better record; ok is false if the record needs no change. It hashes
		// through Host.Hash.
		Improve(ctx context.Context, rec Record) (better Record, ok bool, err error)
	}
	// Fields returns the credential fields for getCredentialFields, in order. Without it the list
	// is empty.
	Fields interface{ Fields() []string }
	// LoginForm describes for clients what a login takes: it returns a value of a
	// struct type whose json tags name the fields. A field with omitempty may be left
	// out. Without it any object is described, and that any object may be answered.
	LoginForm interface{ LoginForm() any }
	// Searcher names fields of Info that getCredentialsById and
	// searchUsersByCredentials may search. Without it only identifiers are.
	Searcher interface{ SearchFields() []string }
	// Deleter may refuse to let a user delete their own credentials, for instance until the request
	// has the current password. in are the request's credentials. It may hash through Host.Hash. A
	// PasswordKeeper is asked for its whole family, before changes through the other strategies
	// too: they change the same record.
	Deleter interface {
		CheckDelete(ctx context.Context, who Subject, in Credentials) error
	}
	// Refresher may shorten or refuse auth:refreshToken if the request names the strategy. It
	// returns an expiresIn in ms notation, or "".
	Refresher interface {
		Refresh(ctx context.Context, who Subject, in Credentials) (expiresIn string, err error)
	}
	// Redirector is a strategy whose login sends the browser to another site, which sends it back.
	// Only such a login accepts GET and reads credentials from the query, where the redirect puts
	// them. All other logins read only the body, since URLs end up in logs and histories.
	Redirector interface{ Redirects() }
	// Headers returns the names of request headers that Host.Peer gives to the strategy, such as
	// User-Agent. For a WebSocket they are those of the handshake. Authorization, cookies and
	// headers about addresses are not available.
	Headers interface{ Headers() []string }
	// Exporter returns a record, secrets included, as credentials that the strategy of the same
	// name accepts on Import. It decrypts sealed values. A record that cannot be exported is
	// ErrNotExportable.
	Exporter interface {
		Export(ctx context.Context, rec Record) (strategy string, out Credentials, err error)
	}
	// Actions returns the strategy's own API actions.
	Actions interface{ Actions() []Action }
	// Closer is called once when the backend stops.
	Closer interface {
		Close(ctx context.Context) error
	}
)

// Verdict is the result of verifying a password.
type Verdict uint8

// The verdicts. RightButRenew asks to store the password anew, in the form that the instance uses
// for new passwords.
const (
	Wrong Verdict = iota
	Right
	RightButRenew
)
