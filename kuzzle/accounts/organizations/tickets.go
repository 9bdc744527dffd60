package organizations

import (
	"context"
	"errors"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// begun is the searchable status of an invitation that is being accepted.
const begun = "begun"

// keptInvitation is the stored form of an invitation.
type keptInvitation struct {
	*Invitation
	Begun bool `json:"begun,omitempty"`
}

// stored returns the searchable status.
func (i *Invitation) stored() string {
	if i.begun {
		return begun
	}
	return i.Status
}

// NewInvitationID returns a new id for an invitation.
func NewInvitationID() string { return newID(invitationPrefix) }

// Once returns the key that both the acceptance and the revocation of an invitation use up.
func Once(id string) string { return registry.OnceKey(registry.TicketOnce(id)) }

// onceOf returns the key that is deleted with an invitation's document.
func onceOf(document string) []string {
	_, id, _ := strings.Cut(document, "/")
	return []string{Once(id)}
}

// revoking returns the keys that a revocation takes. Of an acceptance and a concurrent revocation,
// one gets the key.
func revoking(i *Invitation) []storage.Take {
	if i.Status != Revoked {
		return nil
	}
	return []storage.Take{{Key: Once(i.ID), Once: true}}
}

// Begin records that an invitation is being accepted, so that Upkeep adds the membership if the
// process is killed. After it, the commit of the user takes the key Once, and then comes
// [Invitations.Accept].
//
// Faults: ErrNotFound, ErrNoInvitation, ErrNotPending, ErrMembershipLimit.
func (is *Invitations) Begin(ctx context.Context, organization, id string) error {
	for try := range tries {
		s, err := is.read(ctx, organization)
		if err != nil {
			return err
		}
		i, err := is.invited(ctx, organization, id)
		switch {
		case err != nil:
			return err
		case i.Status != Pending:
			return ErrNotPending.New(id, i.Status)
		case s.MaxMemberships != 0 && s.Members >= s.MaxMemberships:
			return ErrMembershipLimit.New(organization, s.MaxMemberships)
		case i.begun:
			return nil
		}
		i.begun, i.UpdatedAt = true, is.millis()
		if err := is.rewrite(ctx, i); !again(err) {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
	return storage.ErrConflict.New(organization)
}

// rewrite writes an invitation that stays open, and releases keys.
func (is *Invitations) rewrite(ctx context.Context, i *Invitation, free ...string) error {
	doc, err := i.document()
	if err != nil {
		return err
	}
	i.rev, err = is.store.Commit(ctx, storage.Change{In: storage.OrganizationInvitations, ID: doc.ID, If: i.rev, Put: doc, Free: free, Visible: true})
	return err
}

// stop writes that nobody accepts an invitation any more, which stays open.
func (is *Invitations) stop(ctx context.Context, i *Invitation, free ...string) error {
	i.begun = false
	if i.Status == Expired {
		i.Status = Pending // it is pending until it is accepted or revoked
	}
	return is.rewrite(ctx, i, free...)
}

// reopen stops the acceptance of an invitation for which there was no seat after all. Otherwise nobody could
// revoke it, and Upkeep would add the member to a seat that becomes free much later.
func (is *Invitations) reopen(ctx context.Context, organization, id string) error {
	for try := range tries {
		i, err := is.invited(ctx, organization, id)
		if err != nil || !i.begun {
			return err
		}
		if err := is.stop(ctx, i, Once(id)); !again(err) {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
	return storage.ErrConflict.New(organization)
}

// Settle finishes an interrupted acceptance of an invitation. It reports whether there was one.
func (is *Invitations) Settle(ctx context.Context, organization, id string) (bool, error) {
	i, err := is.invited(ctx, organization, id)
	if err != nil || !i.begun {
		return false, unless(err, ErrNoInvitation)
	}
	used, err := is.store.Owner(ctx, Once(id))
	switch {
	case errors.Is(err, storage.ErrNotFound):
		err = is.stop(ctx, i)
	case err == nil && used.Of == storage.Users:
		_, err = is.Accept(ctx, users.Actor{Operator: true}, organization, id, used.Owner)
		if errors.Is(err, users.ErrUserNotFound) {
			err = is.close(ctx, users.Actor{Operator: true}, i, Accepted)
		}
	}
	if again(err) || errors.Is(err, ErrNotPending) {
		return false, nil // another process finished it
	}
	return err == nil, err
}

// settleOld finishes interrupted acceptances.
func (is *Invitations) settleOld(ctx context.Context) (ended int, err error) {
	if err := is.store.Refresh(ctx, storage.OrganizationInvitations); err != nil {
		return 0, err
	}
	old := is.now().Add(-grace).UnixMilli()
	what := query.Search{Where: term(statusField, begun), Size: walkPage, Source: query.Source{Hidden: true}}
	for {
		page, err := is.store.Search(ctx, storage.OrganizationInvitations, what)
		if err != nil || len(page.Hits) == 0 {
			return ended, err
		}
		for _, hit := range page.Hits {
			what.After = []any{hit.ID}
			doc, err := is.store.Get(ctx, storage.OrganizationInvitations, hit.ID)
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			if err != nil {
				return ended, err
			}
			i, err := readInvitation(doc, is.now())
			if err != nil {
				return ended, err
			}
			if i.UpdatedAt > old {
				continue
			}
			did, err := is.Settle(ctx, i.Organization, i.ID)
			if unless(err, ErrNotFound, ErrMembershipLimit) != nil {
				return ended, err
			}
			if did {
				ended++
			}
		}
	}
}

// Withdraw removes an invitation that was just created. Its event is a revocation.
func (is *Invitations) Withdraw(ctx context.Context, i *Invitation) error {
	gone := *i
	gone.Status = Revoked
	messages, err := is.told(ctx, Told{Event: events.OrganizationInvitationRevoked, Invitation: &gone})
	if err != nil {
		return err
	}
	_, err = is.commit(ctx, storage.Change{
		In: storage.OrganizationInvitations, ID: invitationID(i.Organization, i.ID), If: i.rev, Free: []string{Once(i.ID)}, Outbox: messages, Visible: true,
	})
	return unless(err, storage.ErrConflict, storage.ErrNotFound)
}
