package strategies

import (
	"context"
	"encoding/json"
)

// Strategy is a way to prove who one is. Its methods are called concurrently.
//
// Errors that a client should read are fault values; any other error is
// answered as an opaque 500 and logged.
type Strategy interface {
	// Name is the key in createUser's credentials and in POST /_login/<name>:
	// see IsName. It never changes.
	Name() string
	// Check judges credentials for who and changes nothing: no hashing, no
	// network, nothing stored. On an update, who.Records holds what there is and
	// in holds the changes. Only on Validate, where nobody calls Seal, may it
	// hash through Host.Hash to tell what Seal would refuse.
	Check(ctx context.Context, who Subject, in Credentials) (Draft, error)
	// Authenticate says who proved what with in. Wrong credentials are
	// ErrRefused; it must cost the same for unknown identifiers as for known ones.
	Authenticate(ctx context.Context, in Credentials) (Outcome, error)
	// Info is what may be shown of a record: never its Secret.
	Info(rec Record) Credentials
}

// Draft is a checked credential that has not cost anything yet.
type Draft interface {
	// Identifiers are claimed for the user before Seal's record is written;
	// one that another user holds refuses the whole request.
	Identifiers() []Identifier
	// Seal does the expensive part, such as hashing through Host.Hash, and
	// answers the record to keep, with the Identifiers of the draft. It changes
	// nothing by itself and may still refuse with a fault what only a hash can
	// tell. Where an update's Secret differs from the one before, the user's
	// other sessions end with it; what does not change the proof returns the
	// same bytes.
	Seal(ctx context.Context) (Record, error)
}

// New builds a strategy from its configuration (the JSON object under
// strategies.<name>, or nil) and its host. It is what Register and
// backend.Use take.
type New func(cfg json.RawMessage, host Host) (Strategy, error)

// The optional abilities, found by type assertion.
type (
	// PasswordVerifier is a strategy whose records answer a plain password.
	// Such records are one family: a user has at most one of them, and local
	// logs in through whichever strategy owns it.
	PasswordVerifier interface {
		// VerifyPassword compares in constant time, hashing through Host.Hash.
		VerifyPassword(ctx context.Context, rec Record, password string) (Verdict, error)
		// Decoy is a record of the usual cost that no password fits. Unknown
		// users are verified against it, so that they cost what others cost.
		Decoy() Record
	}
	// Varied is a PasswordVerifier whose records do not all cost the same.
	// Unknown users are then verified against decoys like the records that
	// there are, in the same proportions.
	Varied interface {
		PasswordVerifier
		// CostClass names what a wrong password costs, in at most 100 bytes and
		// without anything that tells one record of the class from another.
		CostClass(rec Record) string
		// DecoyLike is a record of rec's class that no password fits.
		DecoyLike(rec Record) (Record, error)
	}
	// Outside is a PasswordVerifier with records that another system judges, which
	// knows the user by a name of its own. As long as a record is one of those its
	// user may not take on further names: under each of them guesses are counted
	// anew, and all of them would be about the one account there.
	Outside interface{ AskedElsewhere(rec Record) bool }
	// PasswordKeeper is the one strategy of the password family in whose form
	// the instance keeps passwords. The others hand it what they verified.
	PasswordKeeper interface {
		PasswordVerifier
		// Accept judges a right password by the keeper's rules, such as its
		// age, and answers the outcome. For RightButRenew it puts a record of
		// its own in the place of found's and drops that; the login stands
		// without it.
		Accept(ctx context.Context, found Found, verdict Verdict, password string) (Outcome, error)
	}
	// SecondFactor is a strategy that a login may ask for after another one has
	// told who it is. Authenticate is never called for it: the backend keeps the
	// login that waits, and says whose it is.
	SecondFactor interface {
		// Enrolled reports whether a user with these records of the strategy can
		// prove the factor. It reads nothing else, and decrypts nothing.
		Enrolled(records []Record) bool
		// Confirm judges a proof of the factor by the user found. A wrong one is
		// ErrRefused, and counts against guessing. What a proof uses up is put in
		// place of what was read of it (Outcome.Put, Drop and Must): of two logins
		// with one proof, one succeeds.
		Confirm(ctx context.Context, found Found, in Credentials) (Outcome, error)
	}
	// LoginOnly is a strategy by which one logs in, and by which nobody who is logged in
	// proves to be there still.
	LoginOnly interface{ LoginOnly() }
	// Upkeeper improves records while nobody waits for them.
	Upkeeper interface {
		// Upkeep names a field of Info, one of SearchFields, and the value by
		// which records are found that wait for it; "" when none has to.
		Upkeep() (field, value string)
		// Improve answers the better record; ok is false where there is
		// nothing to do after all. It hashes through Host.Hash.
		Improve(ctx context.Context, rec Record) (better Record, ok bool, err error)
	}
	// Fields lists the credential fields for getCredentialFields, in order.
	// Without it the list is empty.
	Fields interface{ Fields() []string }
	// LoginForm describes for clients what a login takes: it returns a value of a
	// struct type whose json tags name the fields. A field with omitempty may be left
	// out. Without it any object is described, and that any object may be answered.
	LoginForm interface{ LoginForm() any }
	// Searcher names fields of Info that getCredentialsById and
	// searchUsersByCredentials may search. Without it only identifiers are.
	Searcher interface{ SearchFields() []string }
	// Deleter may refuse that a user deletes own credentials, for instance
	// until the current password is given with the request. In are the
	// request's credentials. It may hash through Host.Hash.
	Deleter interface {
		CheckDelete(ctx context.Context, who Subject, in Credentials) error
	}
	// Refresher may shorten or refuse auth:refreshToken when the request names
	// the strategy. It answers an expiresIn in ms notation, or "".
	Refresher interface {
		Refresh(ctx context.Context, who Subject, in Credentials) (expiresIn string, err error)
	}
	// Redirector is a strategy whose login sends the browser elsewhere and takes
	// it back. Only such a login is begun and finished by GET and finds its
	// credentials in the query as well, where a redirect leaves them; all others
	// read the body alone, since addresses end up in logs and histories.
	Redirector interface{ Redirects() }
	// Headers names the request headers that Host.Peer gives to the strategy, such as
	// User-Agent. Of a WebSocket they are those that it was opened with. Authorization,
	// cookies and headers about addresses can be had by no strategy.
	Headers interface{ Headers() []string }
	// Exporter writes a record out, secrets included, as credentials that a
	// strategy of that name takes on Import; it decrypts what is sealed. What
	// cannot be written out is ErrNotExportable.
	Exporter interface {
		Export(ctx context.Context, rec Record) (strategy string, out Credentials, err error)
	}
	// Actions adds API actions of the strategy's own.
	Actions interface{ Actions() []Action }
	// Closer is called once when the backend stops.
	Closer interface {
		Close(ctx context.Context) error
	}
)

// Verdict is the answer to a password.
type Verdict uint8

// The verdicts. RightButRenew asks for the password to be stored anew, in the
// form the instance uses for new ones.
const (
	Wrong Verdict = iota
	Right
	RightButRenew
)
