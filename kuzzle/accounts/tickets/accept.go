package tickets

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// grace is the age from which Upkeep finishes an interrupted redemption, far longer than one takes.
const grace = time.Minute

// accept redeems an invitation for the user who has its address, and creates the user if nobody has
// it. The commit of the user uses the ticket up; the row is updated after it, by Upkeep if not at
// once.
//
// The user only proves to read the mail of the address, even if the login then asks for a second
// factor. An invitation gives its gifts to the address: the inviter chose the metadata and the
// membership, and can take them back without the user. They neither reveal nor change other data of
// the user, and a session, which could use them, is created only after the second factor. The
// ticket is used up by then, and a later login of the user finds the gifts in place.
func (ts *Tickets) accept(ctx context.Context, by users.Actor, o offer, as strategies.Newcomer) (*users.User, error) {
	if err := o.begin(ctx); err != nil {
		return nil, err
	}
	for range tries {
		u, err := ts.holder(ctx, o.email())
		if err != nil {
			return nil, err
		}
		switch {
		case u == nil || u.CallsSelf(o.email(), ts.names.Naming()):
			u, err = ts.welcome(ctx, by, o, as)
		case !known(u, o.email()):
			return nil, strategies.ErrTaken.New(users.Email)
		default:
			u, err = ts.join(ctx, by, u, o)
		}
		switch {
		case err == nil:
			if err := o.accepted(context.WithoutCancel(ctx), by, u); err != nil {
				ts.Log.WarnContext(ctx, "an accepted invitation still has the status pending; the upkeep will correct it", "invitation", o.id(), "cause", err)
			}
			return u, nil
		case errors.Is(err, strategies.ErrTicketUsed), errors.Is(err, strategies.ErrTaken) && ts.used(ctx, o.id()):
			// Another redemption of the same ticket took the names, too.
			if err := o.settle(ctx); err != nil {
				return nil, err
			}
			return nil, strategies.ErrTicketUsed.New()
		case !errors.Is(err, errOwner) && !aboutEmail(err):
			return nil, err
		}
	}
	return nil, storage.ErrConflict.New(o.id())
}

// known reports whether somebody vouches for the user's address. If the user only chose the
// address, or one that looks alike, as a name for logins, the user may be anybody, and the reader
// of the address's mail must not get into that account.
func known(u *users.User, email string) bool {
	return slices.ContainsFunc(u.Contacts, func(c users.Contact) bool {
		return c.Kind == users.Email && c.Claims() && users.SameAddress(c.Value, email)
	})
}

// used reports whether a ticket is used up.
func (ts *Tickets) used(ctx context.Context, id string) bool {
	_, err := ts.Store.Owner(ctx, onceKey(id))
	return err == nil
}

// errOwner means that the address has got another owner.
var errOwner = errors.New("tickets: the address has another owner")

// aboutEmail reports whether a user was refused because somebody has got the address.
func aboutEmail(err error) bool {
	failure, ok := fault.From(err)
	return ok && errors.Is(err, strategies.ErrTaken) && len(failure.Props) > 0 && failure.Props[0] == users.Email
}

// join redeems an invitation for a user who has its address.
func (ts *Tickets) join(ctx context.Context, by users.Actor, u *users.User, o offer) (*users.User, error) {
	if err := u.MayEnter(ts.Now()); err != nil {
		return nil, err
	}
	var now *users.User
	var caused []events.Event
	edit := users.Edit{Visible: true, Retries: users.CredentialTries, Once: onceKey(o.id()), Caused: func() []events.Event { return caused }}
	err := ts.users.Change(ctx, by.AsSelf(u.Kuid), u.Kuid, edit, func(was *users.User) (*users.User, error) {
		if was.Incarnation != u.Incarnation {
			return nil, errOwner
		}
		now, caused = ts.joined(was, o)
		return now, nil
	})
	if errors.Is(err, users.ErrUserNotFound) {
		err = errOwner
	}
	if err != nil {
		return nil, err
	}
	for _, event := range caused {
		event.Subject = users.Subject(events.User, u.Kuid)
		ts.users.Publish(ctx, event, by)
	}
	return now, nil
}

// joined returns a user whose address an invitation verifies. It adds the invitation's metadata as
// far as it fits the limit.
func (ts *Tickets) joined(was *users.User, o offer) (next *users.User, caused []events.Event) {
	contacts := slices.Clone(was.Contacts)
	for i := range contacts {
		c := &contacts[i]
		if c.Kind == users.Email && !c.Verified() && users.SameAddress(c.Value, o.email()) {
			c.Reserved, c.Verification = false, &users.Verification{Strategy: users.ByTicket, At: ts.Now().UnixMilli()}
			caused = append(caused, events.Event{Name: events.ContactVerified, Data: events.Data{events.ContactID: c.ID, events.ContactKind: c.Kind, events.Changed: []string{events.VerifiedChanged}}})
		}
	}
	next = was.WithContacts(contacts)
	if metadata, err := was.Metadata.Patched(map[string]any{users.PublicMetadata: o.metadata()}); err == nil && len(o.metadata()) > 0 {
		if changed := was.Metadata.Differs(metadata); len(changed) > 0 {
			next.Metadata = metadata
			caused = append(caused, events.Event{Name: events.MetadataUpdated, Data: events.Data{events.Changed: changed}})
		}
	}
	return next, caused
}

// welcome creates the user of an invitation.
func (ts *Tickets) welcome(ctx context.Context, by users.Actor, o offer, as strategies.Newcomer) (*users.User, error) {
	if err := judge(ts.asked(as)); err != nil {
		return nil, err
	}
	now := ts.Now().UnixMilli()
	nu := credentials.NewUser{
		Form: kuid.Opaque, Visible: true, Configured: true, Once: onceKey(o.id()), Newcomer: true,
		Content:  map[string]any{"profileIds": users.Anys(ts.Profiles)},
		Contacts: []users.Contact{{Kind: users.Email, Value: o.email(), Verification: &users.Verification{Strategy: users.ByTicket, At: now}}},
		Details:  users.Details{FirstName: as.FirstName, LastName: as.LastName},
	}
	if len(o.metadata()) > 0 {
		nu.Metadata = map[string]any{users.PublicMetadata: o.metadata()}
	}
	switch {
	case as.Password != "":
		if err := credentials.CheckPassword(as.Password, []string{o.email(), as.Username}, ts.needs().LetLeaked); err != nil {
			return nil, err
		}
		in := map[string]any{passwordField: as.Password}
		if as.Username != "" {
			in[usernameField] = as.Username
		}
		nu.Credentials = map[string]any{passwordStrategy: in}
	default:
		nu.Details.Username = as.Username
	}
	if as.LegalAccepted {
		nu.Details.LegalAcceptedAt = now
	}
	by.LetLeaked = ts.needs().LetLeaked
	u, err := ts.credentials.Create(ctx, by, nu)
	if err != nil {
		return nil, err
	}
	return &u, nil
}

const (
	// passwordStrategy stores the passwords of newcomers.
	passwordStrategy = "local"
	passwordField    = "password"
	usernameField    = "username"
	firstNameField   = "firstName"
	lastNameField    = "lastName"
	legalField       = "legalAccepted"
)

// judge checks the instance's requirements for newcomers.
func judge(all []part) error {
	for _, one := range all {
		if err := one.need.Check(one.field, one.value != ""); err != nil {
			return err
		}
	}
	return nil
}

// part is a field that may be required of a newcomer.
type part struct {
	field, value string
	need         credentials.Need
}

// asked returns all parts, with the newcomer's values.
func (ts *Tickets) asked(as strategies.Newcomer) []part {
	needs, accepted, consent := ts.needs(), "", credentials.On
	if needs.Consent {
		consent = credentials.Required
	}
	if as.LegalAccepted {
		accepted = "true"
	}
	return []part{
		{passwordField, as.Password, needs.Password}, {usernameField, as.Username, needs.Username},
		{firstNameField, as.FirstName, needs.FirstName}, {lastNameField, as.LastName, needs.LastName},
		{legalField, accepted, consent},
	}
}

// needs returns the instance's requirements: by default a password.
func (ts *Tickets) needs() Needs {
	if ts.Needs == nil {
		return Needs{Needs: credentials.Needs{Password: credentials.Required}}
	}
	return ts.Needs()
}

// finish writes that a user accepted an invitation.
func (ts *Tickets) finish(ctx context.Context, t *Ticket, kuid, incarnation string) error {
	for range tries {
		t.Kuid, t.Incarnation = kuid, incarnation
		t.Status, t.begun = Accepted, false
		t.UpdatedAt, t.RemoveAt = ts.Now().UnixMilli(), ts.Now().Add(keepInvitations).UnixMilli()
		err := ts.write(ctx, t, storage.Change{Free: []string{invitedKey(t.Email)}})
		if !errors.Is(err, storage.ErrConflict) {
			return err
		}
		now, err := ts.get(ctx, t.ID)
		if errors.Is(err, ErrNotFound) || err == nil && now.Status == Accepted {
			return nil
		}
		if err != nil {
			return err
		}
		*t = *now
	}
	return storage.ErrConflict.New(t.ID)
}

// settle finishes an interrupted redemption of an invitation. ended reports whether there was one.
func (ts *Tickets) settle(ctx context.Context, t *Ticket) (ended bool, err error) {
	used, err := ts.Store.Owner(ctx, onceKey(t.ID))
	switch {
	case errors.Is(err, storage.ErrNotFound):
		t.begun = false
		err = ts.write(ctx, t, storage.Change{})
	case err == nil && used.Of == storage.Users:
		err = ts.finish(ctx, t, used.Owner, used.Incarnation)
	}
	if errors.Is(err, storage.ErrConflict) {
		return false, nil // another process finished it
	}
	return err == nil, err
}
