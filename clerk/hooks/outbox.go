package hooks

import (
	"context"
	"slices"

	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/instance"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/webhooks"
)

// Outbox sends the domain's changes to the endpoints of the format.
type Outbox struct {
	*webhooks.Webhooks
	derive instance.Derive
	make   resource.Maker
	shapes resource.Organizations
	of     *accounts.Accounts
}

// New adds the format to webhooks. derive makes a key of the instance, from which the
// instance's id is computed.
func New(h *webhooks.Webhooks, derive instance.Derive) *Outbox {
	h.Formats = append(h.Formats, Format)
	return &Outbox{Webhooks: h, derive: derive}
}

// Tell makes the changes of accounts send messages, with resources in the API's shapes.
// It must be called before the first change.
func (o *Outbox) Tell(of *accounts.Accounts, make resource.Maker, shapes resource.Organizations) {
	o.of, o.make, o.shapes = of, make, shapes
	o.Follow = func(ctx context.Context, kuid string, but []byte) error {
		return sessions.Manage(of.Sessions).Lapse(ctx, kuid, string(but))
	}
}

var (
	_ sessions.Outbox      = (*Outbox)(nil)
	_ organizations.Outbox = (*Outbox)(nil)
)

// wants reports whether an endpoint wants a type. Without one no message is made.
func (o *Outbox) wants(kind string) bool { return o.Wants(Format.Name, kind) }

// User returns the messages of a change of a user.
func (o *Outbox) User(t users.Told) ([]storage.Document, error) {
	documents, err := o.documents(o.user(t))
	if err != nil || !t.Ends() {
		return documents, err
	}
	lapsing, err := o.lapsing(t.Was.Kuid, spared(t))
	return append(documents, lapsing...), err
}

// spared returns the session that continues although its user's sessions end: a user who
// changes their own credentials stays logged in. It is stored as continuing a moment
// later.
func spared(t users.Told) string {
	if t.Next == nil || len(t.Caused) == 0 || t.By.Kuid != t.Was.Kuid || t.By.APIKey {
		return ""
	}
	return t.By.SessionID
}

// Session implements sessions.Outbox.
func (o *Outbox) Session(_ context.Context, t sessions.Told) ([]storage.Document, error) {
	return o.documents(o.session(t))
}

// Lapsing implements sessions.Outbox.
func (o *Outbox) Lapsing(kuid string) ([]storage.Document, error) { return o.lapsing(kuid, "") }

// lapsing returns a note that all sessions of a user except one have ended.
// [sessions.Managed.Lapse] processes it.
func (o *Outbox) lapsing(kuid, but string) ([]storage.Document, error) {
	if !slices.ContainsFunc(sessionEnds, o.wants) {
		return nil, nil
	}
	note, err := o.Note(kuid, []byte(but))
	return []storage.Document{note}, err
}

// Organization implements organizations.Outbox.
func (o *Outbox) Organization(ctx context.Context, t organizations.Told) ([]storage.Document, error) {
	return o.documents(o.organization(ctx, t))
}

// documents returns the documents that a change must write for messages.
func (o *Outbox) documents(messages []webhooks.Message, err error) (all []storage.Document, _ error) {
	for _, m := range messages {
		if err == nil {
			var some []storage.Document
			some, err = o.Documents(m)
			all = append(all, some...)
		}
	}
	return all, err
}
