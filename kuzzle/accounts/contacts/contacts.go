package contacts

import (
	"context"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Options are what Contacts needs; all of them but Sender are mandatory.
type Options struct {
	Store  storage.Store
	Sealer *token.Sealer
	Now    func() time.Time
	Sender Sender
}

// Sender sends codes to contacts.
type Sender interface {
	// Sends reports whether contacts of a kind can be reached.
	Sends(kind string) bool
	// SendCode has a user's contact sent a code, soon, which [Contacts.Draw] makes then.
	// part is what the message counts for at whoever has the address; one that is not
	// sent for it leaves no code.
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

// New makes Contacts over the users there are.
func New(opts Options, us *users.Users, names *users.Names, cs *credentials.Credentials, as *attempts.Attempts) *Contacts {
	return &Contacts{Options: opts, users: us, names: names, credentials: cs, attempts: as}
}

// List returns a user's contacts, the oldest first.
func (cs *Contacts) List(ctx context.Context, kuid string) ([]users.Contact, error) {
	u, err := cs.users.User(ctx, kuid)
	return u.Contacts, err
}

// NewContact is a contact to be made. At most one of Verified and Reserved is set, and
// SecondFactor only for verified phones.
type NewContact struct {
	Kind, Value                               string
	Verified, Primary, Reserved, SecondFactor bool
}

// Create gives a user a contact. Faults: a bad kind or value, ErrState,
// ErrNotVerified, users.ErrMixedScripts, users.ErrUserNotFound, ErrExists, ErrTooMany,
// and strategies.ErrTaken where it is to be claimed and somebody else has it. Nobody is
// looked up for a contact that claims nothing.
func (cs *Contacts) Create(ctx context.Context, by users.Actor, kuid string, in NewContact, visible bool) (users.Contact, error) {
	made, err := cs.newContact(in)
	if err != nil {
		return made, err
	}
	if err := cs.credentials.MayTake.Check(ctx, by, nil, made.Identifier()); err != nil {
		return made, err
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

// othersOf are contacts beside one that may be primary from now on.
func othersOf(contacts []users.Contact, of users.Contact) []users.Contact {
	others := slices.Clone(contacts)
	for i := range others {
		if of.Primary && others[i].Kind == of.Kind {
			others[i].Primary = false
		}
	}
	return others
}

// Edit is a change of a contact; what is nil stays as it is.
type Edit struct {
	Verified, Primary, Reserved *bool
	// SecondFactor marks a verified phone, or takes the mark away.
	SecondFactor *bool
}

// Update changes a contact. A contact that is verified is reserved no more. Faults:
// ErrNothingGiven, users.ErrUserNotFound, ErrNotFound, ErrState, ErrNotVerified,
// ErrPrimaryStays, ErrLastIdentifier, also where a phone that is the only name would be a
// second factor, ErrNoFactor, strategies.ErrTaken.
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

// namedWithout reports whether a user has a name to log in by besides a contact.
func namedWithout(u *users.User, id string) bool {
	rest := *u
	rest.Contacts = slices.DeleteFunc(slices.Clone(u.Contacts), func(c users.Contact) bool { return c.ID == id })
	return rest.Named()
}

// of is a contact after the edit.
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

// replaced are contacts with one of them changed.
func replaced(contacts []users.Contact, next users.Contact) []users.Contact {
	all := othersOf(contacts, next)
	for i := range all {
		if all[i].ID == next.ID {
			all[i] = next
		}
	}
	return all
}

// Delete takes a contact away. Where it was primary, the oldest verified one of its
// kind becomes so. Faults: users.ErrUserNotFound, ErrNotFound, ErrLastIdentifier.
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

// contactChange is what a change of a user does to one contact.
type contactChange struct {
	event, kind, id string
	changed         []string
	// now is the contact as it was written.
	now users.Contact
}

// data says what happened, without the contact's value.
func (c *contactChange) data() events.Data {
	data := events.Data{events.ContactID: c.id, events.ContactKind: c.kind}
	if len(c.changed) > 0 {
		data[events.Changed] = c.changed
	}
	return data
}

// change writes the contacts that edit makes of a user's, which may be called again.
// Users who change their own need a fresh proof. Nothing is written or told where all
// contacts stay as they are.
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

// same reports whether a contact was left as it was.
func same(a, b users.Contact) bool {
	alike := a.Verified() == b.Verified()
	a.Verification, b.Verification = nil, nil
	return alike && a == b
}
