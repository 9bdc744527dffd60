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

// Outbox has the endpoints of the format told of the domain's changes.
type Outbox struct {
	*webhooks.Webhooks
	derive instance.Derive
	make   resource.Maker
	shapes resource.Organizations
	of     *accounts.Accounts
}

// New adds the format to webhooks. derive makes a key of the instance's own, from which
// the id of the instance follows.
func New(h *webhooks.Webhooks, derive instance.Derive) *Outbox {
	h.Formats = append(h.Formats, Format)
	return &Outbox{Webhooks: h, derive: derive}
}

// Tell has the changes of accounts told, with resources as the API shows them. It is
// called before the first of them.
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

// wants reports whether anybody is to be told of a type. Nothing is made for nobody.
func (o *Outbox) wants(kind string) bool { return o.Wants(Format.Name, kind) }

// User are the messages of a change of a user.
func (o *Outbox) User(t users.Told) ([]storage.Document, error) {
	documents, err := o.documents(o.user(t))
	if err != nil || !t.Ends() {
		return documents, err
	}
	lapsing, err := o.lapsing(t.Was.Kuid, spared(t))
	return append(documents, lapsing...), err
}

// spared is the session that goes on although its user's sessions end: whoever changes
// the own credentials stays logged in. A moment later it is stored as one that goes on.
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

// lapsing is a note that sessions of a user have ended, but for one. It is to be followed
// by [sessions.Managed.Lapse].
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

// documents are messages as a change has to write them.
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
