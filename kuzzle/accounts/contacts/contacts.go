package contacts

import (
	"context"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Options are the dependencies of Contacts; all except Sender are required.
type Options struct {
	Store  storage.Store
	Sealer *token.Sealer
	Now    func() time.Time
	Sender Sender
	// Codes has the links for contacts.
	Codes *codes.Codes
}

// Sender sends codes to contacts.
type Sender interface {
	// Sends reports whether messages can reach contacts of a kind.
	Sends(kind string) bool
	// SendCode queues a code for a user's contact; [Contacts.Draw] creates the code when it is
	// sent. part is the part of the recipient's limit that the message counts for; a message above
	// the limit creates no code.
	SendCode(ctx context.Context, kuid, contact string, part throttle.Part) error
}

// Contacts changes the contacts of users. It is safe for concurrent use.
type Contacts struct {
	Options
	users       *users.Users
	names       *users.Names
	credentials *credentials.Credentials
	attempts    *attempts.Attempts
}

// New returns Contacts over the given parts.
func New(opts Options, us *users.Users, names *users.Names, cs *credentials.Credentials, as *attempts.Attempts) *Contacts {
	return &Contacts{Options: opts, users: us, names: names, credentials: cs, attempts: as}
}

// List returns a user's contacts, the oldest first.
func (cs *Contacts) List(ctx context.Context, kuid string) ([]users.Contact, error) {
	u, err := cs.users.User(ctx, kuid)
	return u.Contacts, err
}

// NewContact is a contact to create. At most one of Verified and Reserved is set. SecondFactor is
// only for verified phones. Free refuses an address that another user has, even if the contact
// claims nothing yet.
type NewContact struct {
	Kind, Value                                     string
	Verified, Primary, Reserved, SecondFactor, Free bool
}

// Create adds a contact to a user. Faults: an invalid kind or value, ErrState, ErrNotVerified,
// users.ErrMixedScripts, users.ErrUserNotFound, ErrExists, ErrTooMany, and strategies.ErrTaken if
// the contact claims a value that another user holds. For a contact that claims nothing, no other
// user is looked up, unless it must be free.
func (cs *Contacts) Create(ctx context.Context, by users.Actor, kuid string, in NewContact, visible bool) (users.Contact, error) {
	made, err := cs.newContact(in)
	if err != nil {
		return made, err
	}
	if err := cs.credentials.MayTake.Check(ctx, by, nil, made.Identifier()); err != nil {
		return made, err
	}
	if in.Free {
		if err := cs.free(ctx, by, kuid, made); err != nil {
			return made, err
		}
	}
	change := contactChange{event: events.ContactCreated, kind: made.Kind, id: made.ID}
	if in.Verified {
		change.event = events.ContactVerified
	}
	err = cs.change(ctx, by, kuid, &change, visible, func(was *users.User) ([]users.Contact, error) {
		key, err := cs.names.Naming().ClaimKey("", made.Identifier())
		if err != nil {
			return nil, err
		}
		for _, c := range was.Contacts {
			if own, err := cs.names.Naming().ClaimKey("", c.Identifier()); err == nil && own == key {
				return nil, ErrExists.New(made.Kind)
			}
		}
		if len(was.Contacts) >= users.MaxContacts {
			return nil, ErrTooMany.New(users.MaxContacts)
		}
		return append(othersOf(was.Contacts, made), made), nil
	})
	return change.now, err
}

// free refuses the address of another user. Users who learn too many such addresses are throttled.
func (cs *Contacts) free(ctx context.Context, by users.Actor, kuid string, c users.Contact) error {
	u, err := cs.users.Read(ctx, kuid)
	if err == nil {
		err = cs.credentials.CheckOwnFactors(ctx, by, u)
	}
	if err != nil {
		return err
	}
	return cs.attempts.AskingOwn(ctx, by, func() error {
		holder, err := cs.names.HolderOf(ctx, c.Identifier())
		if err == nil && holder != nil && holder.Kuid != kuid {
			err = strategies.ErrTaken.New(c.Kind)
		}
		return err
	})
}

// othersOf returns the contacts beside a new one that may become primary.
func othersOf(contacts []users.Contact, of users.Contact) []users.Contact {
	others := slices.Clone(contacts)
	for i := range others {
		if of.Primary && others[i].Kind == of.Kind {
			others[i].Primary = false
		}
	}
	return others
}

// Edit is a change of a contact; nil fields stay.
type Edit struct {
	Verified, Primary, Reserved *bool
	// SecondFactor sets or removes the mark of a verified phone.
	SecondFactor *bool
}

// Update changes a contact. Verification ends a reservation. Faults: ErrNothingGiven,
// users.ErrUserNotFound, ErrNotFound, ErrState, ErrNotVerified, ErrPrimaryStays, ErrLastIdentifier
// (also if a phone that is the only name would become a second factor), ErrNoFactor,
// strategies.ErrTaken.
func (cs *Contacts) Update(ctx context.Context, by users.Actor, kuid, id string, in Edit, visible bool) (users.Contact, error) {
	if in == (Edit{}) {
		return users.Contact{}, ErrNothingGiven.New()
	}
	change := contactChange{event: events.ContactUpdated, id: id}
	err := cs.change(ctx, by, kuid, &change, visible, func(was *users.User) ([]users.Contact, error) {
		c := was.Contact(id)
		if c == nil {
			return nil, ErrNotFound.New(kuid, id)
		}
		next, err := in.of(*c, cs.Now().UnixMilli())
		if err != nil {
			return nil, err
		}
		change.event, change.kind, change.changed = events.ContactUpdated, c.Kind, nil
		if next.Verified() != c.Verified() {
			change.changed = append(change.changed, events.VerifiedChanged)
			if next.Verified() {
				change.event = events.ContactVerified
			}
		}
		if next.Primary != c.Primary {
			change.changed = append(change.changed, events.PrimaryChanged)
		}
		if next.Reserved != c.Reserved {
			change.changed = append(change.changed, events.ReservedChanged)
		}
		if next.SecondFactor != c.SecondFactor {
			change.changed = append(change.changed, events.SecondFactorChanged)
		}
		if next.SecondFactor && !c.SecondFactor && !namedWithout(was, id) {
			return nil, ErrLastIdentifier.New()
		}
		return replaced(was.Contacts, next), nil
	})
	return change.now, err
}

// namedWithout reports whether a user has another name for logins than a contact.
func namedWithout(u *users.User, id string) bool {
	rest := *u
	rest.Contacts = slices.DeleteFunc(slices.Clone(u.Contacts), func(c users.Contact) bool { return c.ID == id })
	return rest.Named()
}

// of returns a contact after the edit.
func (in Edit) of(c users.Contact, now int64) (users.Contact, error) {
	given := func(flag *bool, was bool) bool {
		if flag == nil {
			return was
		}
		return *flag
	}
	verified, primary := given(in.Verified, c.Verified()), given(in.Primary, c.Primary)
	reserved := given(in.Reserved, c.Reserved && !verified)
	factor := given(in.SecondFactor, c.SecondFactor && verified)
	switch {
	case factor && c.Kind != users.Phone:
		return c, ErrNoFactor.New()
	case factor && !verified:
		return c, ErrNotVerified.New(c.Kind)
	case verified && reserved:
		return c, ErrState.New()
	case in.Primary != nil && primary && !verified:
		return c, ErrNotVerified.New(c.Kind)
	case verified && c.Primary && !primary:
		return c, ErrPrimaryStays.New()
	case verified && !c.Verified():
		c.Verification = &users.Verification{Strategy: users.ByAdmin, At: now}
	case !verified:
		c.Verification = nil
	}
	c.Primary, c.Reserved, c.SecondFactor = primary && verified, reserved, factor
	return c, nil
}

// replaced returns the contacts with one of them changed.
func replaced(contacts []users.Contact, next users.Contact) []users.Contact {
	all := othersOf(contacts, next)
	for i := range all {
		if all[i].ID == next.ID {
			all[i] = next
		}
	}
	return all
}

// Delete deletes a contact. If it was primary, the oldest verified contact of its kind becomes
// primary. Faults: users.ErrUserNotFound, ErrNotFound, ErrLastIdentifier.
func (cs *Contacts) Delete(ctx context.Context, by users.Actor, kuid, id string, visible bool) error {
	change := contactChange{event: events.ContactDeleted, id: id}
	return cs.change(ctx, by, kuid, &change, visible, func(was *users.User) ([]users.Contact, error) {
		c := was.Contact(id)
		if c == nil {
			return nil, ErrNotFound.New(kuid, id)
		}
		change.kind = c.Kind
		return slices.DeleteFunc(slices.Clone(was.Contacts), func(c users.Contact) bool { return c.ID == id }), nil
	})
}

// contactChange is the effect of a user's change on one contact.
type contactChange struct {
	event, kind, id string
	changed         []string
	// now is the contact after the write.
	now users.Contact
}

// data describes the change for events, without the contact's value.
func (c *contactChange) data() events.Data {
	data := events.Data{events.ContactID: c.id, events.ContactKind: c.kind}
	if len(c.changed) > 0 {
		data[events.Changed] = c.changed
	}
	return data
}

// change writes the contacts that edit returns for a user; edit may be called again. Users who
// change their own contacts need a fresh proof. If no contact changes, nothing is written and no
// event is published.
func (cs *Contacts) change(ctx context.Context, by users.Actor, kuid string, c *contactChange, visible bool, edit func(was *users.User) ([]users.Contact, error)) error {
	written := false
	caused := func() []events.Event { return users.Tell(c.event, c.data()) }
	err := cs.users.Change(ctx, by, kuid, users.Edit{Visible: visible, Retries: users.CredentialTries, Caused: caused}, func(was *users.User) (*users.User, error) {
		written = false
		if err := cs.credentials.CheckOwnFactors(ctx, by, was); err != nil {
			return nil, err
		}
		contacts, err := edit(was)
		if err != nil {
			return nil, err
		}
		next := was.WithContacts(contacts)
		if now := next.Contact(c.id); now != nil {
			c.now = *now
		}
		if was.Named() && !next.Named() {
			return nil, ErrLastIdentifier.New()
		}
		if slices.EqualFunc(was.Contacts, next.Contacts, same) {
			return nil, nil
		}
		written = true
		return next, nil
	})
	if err == nil && written {
		cs.users.Emit(ctx, c.event, by, users.Subject(events.User, kuid), c.data())
	}
	return err
}

// same reports whether a contact did not change.
func same(a, b users.Contact) bool {
	alike := a.Verified() == b.Verified()
	a.Verification, b.Verification = nil, nil
	return alike && a == b
}
