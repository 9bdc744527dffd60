package contacts

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

// LinkOf returns the id of the attempt that a link for a user's contact proves.
func LinkOf(u *users.User, contact string) string { return "contact-" + u.Incarnation + "-" + contact }

// AskLink is Ask for a link. link has what the dialect knows of it, and base is the address before its
// text.
func (cs *Contacts) AskLink(ctx context.Context, by users.Actor, kuid, id string, link codes.Link, base string) (Asked, error) {
	u, c, err := cs.unverified(ctx, by, kuid, id)
	if err != nil {
		return Asked{}, err
	}
	if c.Kind != users.Email || !cs.Codes.Links() {
		return Asked{}, strategies.ErrNotifyOff.New()
	}
	part, err := cs.attempts.AskOwn(ctx, by, codes.UnprovedLink, c.Value)
	if err != nil {
		return Asked{}, instead(err, ErrAsked)
	}
	link.Attempt = LinkOf(u, id)
	until, err := cs.Codes.AskLink(ctx, codes.Message{Kind: codes.UnprovedLink, Contact: c.Kind, To: c.Value, Link: base, Part: part}, link)
	return Asked{ExpiresAt: until.UnixMilli()}, err
}

// Followed reports whether the link for a user's contact was opened, and not used since.
func (cs *Contacts) Followed(ctx context.Context, u *users.User, id string) (bool, error) {
	if c := u.Contact(id); c == nil || c.Verified() || c.Kind != users.Email || !cs.Codes.Links() {
		return false, nil
	}
	return cs.Codes.Opened(ctx, LinkOf(u, id))
}

// Follow is Prove by an opened link in place of a code. Fault: codes.ErrExpired.
func (cs *Contacts) Follow(ctx context.Context, by users.Actor, kuid, id string, visible bool) (users.Contact, error) {
	return cs.prove(ctx, by, kuid, id, visible, func(u *users.User, c users.Contact) error {
		to, err := cs.Codes.Follow(ctx, LinkOf(u, id))
		if err == nil && to != c.Value {
			err = ErrCode.New() // the address is another by now
		}
		return err
	})
}
