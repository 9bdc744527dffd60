package organizations

import (
	"context"
	"errors"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// walkPage is how many documents are read at once.
const walkPage = 200

// Delete deletes an organization with all its memberships and invitations, and returns its last
// state. It no longer exists for callers from the first commit on. An interrupted deletion is
// continued by the next caller that meets it, or by Upkeep.
//
// Faults: ErrNotFound.
func (os *Organizations) Delete(ctx context.Context, by users.Actor, id string) (Organization, error) {
	was, err := os.read(ctx, id)
	if err != nil {
		return Organization{}, err
	}
	if _, err := os.edit(ctx, id, false, true, os.leaving(ctx, by)); err != nil {
		return Organization{}, err
	}
	os.emit(ctx, events.OrganizationDeleted, by, events.Organization, id, nil)
	ctx, cancel := ending(ctx)
	defer cancel()
	if err := os.Members.dismantle(ctx, id); err != nil {
		os.log.WarnContext(ctx, "leftovers of a deleted organization stay until the upkeep removes them", "organization", id, "cause", err)
	}
	return was.Organization, nil
}

// leaving marks an organization as leaving, and releases its claims. Outside programs get the event
// of its deletion then.
func (b *base) leaving(ctx context.Context, by users.Actor) func(*state, *storage.Change) error {
	return func(s *state, write *storage.Change) (err error) {
		s.Leaving = true
		write.Free = []string{slugKey(s.Slug)}
		if s.Seat != "" {
			write.Free = append(write.Free, s.Seat)
		}
		write.Outbox, err = b.told(ctx, Told{By: by, Event: events.OrganizationDeleted, Organization: &s.Organization})
		return err
	}
}

// dismantle removes an organization and its documents. It may be called again.
func (ms *Members) dismantle(ctx context.Context, id string) error {
	for try := range tries {
		s, err := ms.any(ctx, id)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err == nil && !s.Leaving {
			s, err = ms.edit(ctx, id, true, true, ms.leaving(ctx, users.Actor{}))
		}
		if err != nil {
			return err
		}
		// No new intent can begin. After the open ones have ended, nobody adds members.
		for _, in := range s.Intents {
			if _, err := ms.apply(ctx, id, in, nil); err != nil {
				return err
			}
		}
		if err := ms.removeAll(ctx, storage.Memberships, id, removedMembership); err != nil {
			return err
		}
		if err := ms.removeAll(ctx, storage.OrganizationInvitations, id, removedDocument); err != nil {
			return err
		}
		_, err = ms.store.Commit(ctx, storage.Change{In: storage.Organizations, ID: id, If: s.rev, Visible: true})
		if !again(err) {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
	return storage.ErrConflict.New(id)
}

// removeAll removes all documents of an organization in a collection, by the changes that removal
// returns; nil keeps a document.
func (b *base) removeAll(ctx context.Context, in storage.Collection, organization string, removal func(*base, storage.Document) (*storage.Change, error)) error {
	prefix := organization + "/"
	for after, try := prefix, 0; ; {
		page, err := b.store.Walk(ctx, in, after, walkPage)
		if err != nil {
			return err
		}
		var changes []storage.Change
		last, ends := after, len(page) == 0
		for i := range page {
			if !strings.HasPrefix(page[i].ID, prefix) {
				ends = true
				break
			}
			last = page[i].ID
			change, err := removal(b, page[i].Document)
			if err != nil {
				return err
			}
			if change != nil {
				changes = append(changes, *change)
			}
		}
		refused := false
		for _, result := range b.store.CommitMany(ctx, changes) {
			if result.Err != nil && !again(result.Err) && !errors.Is(result.Err, storage.ErrNotFound) {
				return result.Err
			}
			refused = refused || result.Err != nil
		}
		if refused {
			if try++; try == tries {
				return storage.ErrConflict.New(organization)
			}
			if err := pause(ctx, try); err != nil {
				return err
			}
			continue // it was changed meanwhile, and is read again
		}
		if ends {
			return nil
		}
		after, try = last, 0
	}
}

// removedMembership replaces a membership by its trace, like every removal.
func removedMembership(b *base, doc storage.Document) (*storage.Change, error) {
	m, err := readMembership(doc)
	if err != nil || m.gone {
		return nil, err
	}
	gone, err := m.removed("").document()
	if err != nil {
		return nil, err
	}
	gone.ExpiresAt = b.now().Add(trace)
	return &storage.Change{In: storage.Memberships, ID: doc.ID, If: doc.Rev, Put: gone}, nil
}

func removedDocument(_ *base, doc storage.Document) (*storage.Change, error) {
	return &storage.Change{In: storage.OrganizationInvitations, ID: doc.ID, If: doc.Rev, Free: onceOf(doc.ID)}, nil
}
