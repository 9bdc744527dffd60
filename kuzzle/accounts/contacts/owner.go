package contacts

import (
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// maxID is the longest id that is looked up, in bytes.
const maxID = 128

// Owner returns the user who has the contact with that kind and id. If nobody has it, the error is
// ErrNotFound.
func (cs *Contacts) Owner(ctx context.Context, kind, id string) (*users.User, error) {
	if len(id) > maxID {
		return nil, ErrNotFound.New("", id)
	}
	u, err := cs.owner(ctx, kind, id)
	if errors.Is(err, ErrNotFound) {
		// A contact that was just created may not be searchable yet.
		if err := cs.users.Refresh(ctx, storage.Users); err != nil {
			return nil, err
		}
		u, err = cs.owner(ctx, kind, id)
	}
	return u, err
}

func (cs *Contacts) owner(ctx context.Context, kind, id string) (*users.User, error) {
	by := query.Terms{Field: query.Field{Area: query.Account, Path: users.ContactField}, Values: []any{id}}
	page, _, err := cs.users.Search(ctx, storage.Users, query.Search{Where: by, Size: 1}, 0)
	if err != nil {
		return nil, err
	}
	if len(page.Hits) == 0 {
		return nil, ErrNotFound.New("", id)
	}
	u, err := cs.users.Read(ctx, page.Hits[0].ID)
	if errors.Is(err, users.ErrUserNotFound) {
		return nil, ErrNotFound.New(page.Hits[0].ID, id)
	}
	if err != nil {
		return nil, err
	}
	if c := u.Contact(id); c == nil || c.Kind != kind {
		return nil, ErrNotFound.New(u.Kuid, id)
	}
	return u, nil
}

// Replace replaces all of a user's contacts of a kind by one, and returns it. A contact with the
// same address stays, in the requested state. Faults: those of Create, and ErrLastIdentifier.
func (cs *Contacts) Replace(ctx context.Context, by users.Actor, kuid string, in NewContact, visible bool) (users.Contact, error) {
	made, err := cs.newContact(in)
	if err != nil {
		return made, err
	}
	key, err := cs.names.Naming().ClaimKey("", made.Identifier())
	if err != nil {
		return made, err
	}
	var now users.Contact
	var caused []events.Event
	edit := users.Edit{Visible: visible, Retries: users.CredentialTries, Caused: func() []events.Event { return caused }}
	err = cs.users.Change(ctx, by, kuid, edit, func(was *users.User) (*users.User, error) {
		if err := cs.credentials.CheckOwnFactors(ctx, by, was); err != nil {
			return nil, err
		}
		one := made
		change := contactChange{event: events.ContactCreated, kind: made.Kind}
		if made.Verified() {
			change.event = events.ContactVerified
		}
		var rest []users.Contact
		caused = nil
		for _, c := range was.Contacts {
			own, err := cs.names.Naming().ClaimKey("", c.Identifier())
			switch {
			case c.Kind != made.Kind:
				rest = append(rest, c)
			case err == nil && own == key && one.ID == made.ID:
				one.ID, one.CreatedAt, one.SecondFactor = c.ID, c.CreatedAt, c.SecondFactor && made.Verified()
				if change.event = events.ContactUpdated; made.Verified() && !c.Verified() {
					change.event = events.ContactVerified
				}
			default:
				gone := contactChange{event: events.ContactDeleted, kind: c.Kind, id: c.ID}
				caused = append(caused, events.Event{Name: gone.event, Data: gone.data()})
			}
		}
		change.id = one.ID
		caused = append(caused, events.Event{Name: change.event, Data: change.data()})
		next := was.WithContacts(append(rest, one))
		if was.Named() && !next.Named() {
			return nil, ErrLastIdentifier.New()
		}
		now = *next.Contact(one.ID)
		if slices.EqualFunc(was.Contacts, next.Contacts, same) {
			caused = nil
			return nil, nil
		}
		return next, nil
	})
	if err != nil {
		return users.Contact{}, err
	}
	for _, event := range caused {
		event.Subject = users.Subject(events.User, kuid)
		cs.users.Publish(ctx, event, by)
	}
	return now, nil
}

// newContact returns the contact for a request.
func (cs *Contacts) newContact(in NewContact) (users.Contact, error) {
	var made users.Contact
	if !slices.Contains(users.ContactKinds(), in.Kind) {
		return made, assert.InvalidArgument.New("kind", users.ContactKinds())
	}
	value, reason := users.CanonicalContact(in.Kind, in.Value)
	switch {
	case reason != "":
		return made, assert.InvalidArgument.New("value", reason)
	case in.Verified && in.Reserved:
		return made, ErrState.New()
	case in.Primary && !in.Verified, in.SecondFactor && !in.Verified:
		return made, ErrNotVerified.New(in.Kind)
	case in.SecondFactor && in.Kind != users.Phone:
		return made, ErrNoFactor.New()
	}
	now := cs.Now().UnixMilli()
	made = users.Contact{
		ID: users.NewContactID(), Kind: in.Kind, Value: value, Primary: in.Primary, Reserved: in.Reserved,
		SecondFactor: in.SecondFactor, CreatedAt: now,
	}
	if in.Verified {
		made.Verification = &users.Verification{Strategy: users.ByAdmin, At: now}
	}
	return made, cs.names.CheckScripts(made.Identifier())
}
