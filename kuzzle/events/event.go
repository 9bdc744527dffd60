package events

import (
	"time"
)

// Event is one thing that has happened. It belongs to its readers alone once it
// is published: nobody changes it.
type Event struct {
	// ID is a time-ordered uuid (v7); Publish makes it when it is empty.
	ID string `json:"id"`
	// Name is one of the constants of this package.
	Name string `json:"name"`
	// At is when it happened, UTC; Publish takes the present when it is zero.
	At      time.Time `json:"at"`
	Actor   Actor     `json:"actor"`
	Subject Subject   `json:"subject,omitzero"`
	// Outcome is Done when empty.
	Outcome string `json:"outcome"`
	// Request is the id of the request it happened in, empty when in none.
	Request string `json:"request,omitempty"`
	Data    Data   `json:"data,omitempty"`
}

// Actor is who did it.
type Actor struct {
	// Kuid is the caller, "-1" for nobody in particular.
	Kuid string `json:"kuid,omitempty"`
	// Via tells how: session, cookie, apikey, service, operator, cli, import.
	Via string `json:"via,omitempty"`
	// Service is the name of the instance's own key that it was done with.
	Service string `json:"service,omitempty"`
	// Act is who acted in the caller's place, by the claim sub of an actor token.
	Act string `json:"act,omitempty"`
	// Addr is the client's address without a port.
	Addr string `json:"addr,omitempty"`
}

// Subject is whom or what it was done to.
type Subject struct {
	Kind string `json:"kind,omitempty"`
	ID   string `json:"id,omitempty"`
}

// Data says more, field by field. The fields and the types of their values are
// those of fields.go.
type Data map[Field]any

// Field names a value of Data.
type Field string

// The fields.
const (
	// Strategy and Strategies are names of strategies.
	Strategy   Field = "strategy"
	Strategies Field = "strategies"
	// Factors are the names of the factors that a login has proved.
	Factors Field = "factors"
	// ProfileIDs, RoleIDs and UserIDs are ids.
	ProfileIDs Field = "profileIds"
	RoleIDs    Field = "roleIds"
	UserIDs    Field = "userIds"
	// Owner is the kuid to whom a session or key belongs.
	Owner Field = "owner"
	// Changed are names of top-level fields of a document, never their values.
	// Of credentials it is SecretChanged or nothing, of contacts VerifiedChanged and
	// the like.
	Changed Field = "changed"
	// Reason is the id of the error that something was refused with, or the
	// name of a rule.
	Reason Field = "reason"
	// ContactID is the id of a contact, ContactKind its kind, never its value.
	ContactID   Field = "contactId"
	ContactKind Field = "contactKind"
	// KeyID is the id of an API key or of a signing key.
	KeyID Field = "keyId"
	// ExpiresAt is a time as RFC 3339 or "never".
	ExpiresAt Field = "expiresAt"
	// RetryAfter is in seconds.
	RetryAfter Field = "retryAfter"
	// Count is how many things it concerns, Failures how many of them failed.
	Count    Field = "count"
	Failures Field = "failures"
	// Version is the document's after the change.
	Version Field = "version"
	// Everywhere tells that all sessions are meant; SingleUse that a token is.
	Everywhere Field = "everywhere"
	SingleUse  Field = "singleUse"
	// Actions are rights as controller:action, with the place if there is one;
	// Action is the action that somebody called.
	Actions Field = "actions"
	Action  Field = "action"
	// NewPlace tells that a login came from neither an address nor a device that
	// the account is known to have logged in from.
	NewPlace Field = "newPlace"
	// Tried is the keyed hash of a login name that is nobody's.
	Tried Field = "tried"
	// Purpose is what a single-use token is for, in its strategy's own word.
	Purpose Field = "purpose"
	// Act is who is going to act in a user's place, by the claim sub of an actor token.
	Act Field = "act"
	// Source is where imported things came from: a format's name.
	Source Field = "source"
	// Index and Store are the index and collection whose mappings changed.
	Index Field = "index"
	Store Field = "collection"
	// Value is a setting as JSON; those that may be changed hold no secret.
	Value Field = "value"
)
