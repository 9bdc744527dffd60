package events

import (
	"time"
)

// Event is an event of the domain. After it was published nobody may change it.
type Event struct {
	// ID is a time-ordered UUID (v7); Publish sets it if it is empty.
	ID string `json:"id"`
	// Name is one of the constants of this package.
	Name string `json:"name"`
	// At is the time of the event, in UTC; Publish sets it to now if it is zero.
	At      time.Time `json:"at"`
	Actor   Actor     `json:"actor"`
	Subject Subject   `json:"subject,omitzero"`
	// Outcome is Done when empty.
	Outcome string `json:"outcome"`
	// Request is the id of the request that caused it, "" for none.
	Request string `json:"request,omitempty"`
	Data    Data   `json:"data,omitempty"`
}

// Actor is the cause of an event.
type Actor struct {
	// Kuid is the caller, "-1" for an anonymous one.
	Kuid string `json:"kuid,omitempty"`
	// Via is the way of the call: session, cookie, apikey, service, operator, cli, import.
	Via string `json:"via,omitempty"`
	// Service is the name of the service key that was used.
	Service string `json:"service,omitempty"`
	// Act is the actor in the caller's place, from the claim sub of an actor token.
	Act string `json:"act,omitempty"`
	// Addr is the client's address without a port.
	Addr string `json:"addr,omitempty"`
}

// Subject is the object of an event.
type Subject struct {
	Kind string `json:"kind,omitempty"`
	ID   string `json:"id,omitempty"`
}

// Data has details in fields. fields.go declares the fields and the types of their values.
type Data map[Field]any

// Field names a value of Data.
type Field string

// The fields.
const (
	// Strategy and Strategies are names of strategies.
	Strategy   Field = "strategy"
	Strategies Field = "strategies"
	// Factors are the names of the factors that a login proved.
	Factors Field = "factors"
	// ProfileIDs, RoleIDs and UserIDs are ids.
	ProfileIDs Field = "profileIds"
	RoleIDs    Field = "roleIds"
	UserIDs    Field = "userIds"
	// Owner is the kuid of the owner of a session or key.
	Owner Field = "owner"
	// Changed are names of a document's top-level fields, never their values. For credentials it is
	// SecretChanged or nothing, for contacts VerifiedChanged and similar.
	Changed Field = "changed"
	// Reason is the id of the error of a refusal, or the name of a rule.
	Reason Field = "reason"
	// ContactID is the id of a contact, ContactKind its kind, never its value.
	ContactID   Field = "contactId"
	ContactKind Field = "contactKind"
	// KeyID is the id of an API key or of a signing key.
	KeyID Field = "keyId"
	// ExpiresAt is a time in RFC 3339 or "never".
	ExpiresAt Field = "expiresAt"
	// RetryAfter is in seconds.
	RetryAfter Field = "retryAfter"
	// Count is the number of affected documents, Failures that of the failed ones.
	Count    Field = "count"
	Failures Field = "failures"
	// Version is the document's after the change.
	Version Field = "version"
	// Everywhere is set if all sessions are ended; SingleUse if a token is single-use.
	Everywhere Field = "everywhere"
	SingleUse  Field = "singleUse"
	// Actions are rights as controller:action, with the place if there is one; Action is the called
	// action.
	Actions Field = "actions"
	Action  Field = "action"
	// NewPlace is set if a login came neither from an address nor from a device of the account's
	// earlier logins.
	NewPlace Field = "newPlace"
	// Tried is the keyed hash of an unknown login name.
	Tried Field = "tried"
	// Purpose is the purpose of a single-use token, in its strategy's term.
	Purpose Field = "purpose"
	// Act is the actor who will act in a user's place, from the claim sub of an actor token.
	Act Field = "act"
	// Source is the source of imported data: a format's name.
	Source Field = "source"
	// Index and Store are the index and collection whose mappings changed.
	Index Field = "index"
	Store Field = "collection"
	// Value is a setting as JSON; settings that can be changed hold no secret.
	Value Field = "value"
)
