package users

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// A name to log in with that looks like an e-mail address keeps everybody else from that
// address. Whoever signs up may say any: as long as nobody has vouched for it, the one whose
// contact it is, by a proof that they read the mail there or by an administrator's word, is
// not kept away. Names that somebody else gave a user are vouched for, and so are those of
// which this was not noted when they were taken.

// addresses are the names to log in with that look like e-mail addresses, contacts aside.
func (u *User) addresses() iter.Seq[string] {
	return func(yield func(string) bool) {
		if u == nil {
			return
		}
		for strategy, id := range u.Claimed() {
			if (strategy != "" || id.Kind == usernameKind) && isEmail(Fold(id.Value)) && !yield(id.Value) {
				return
			}
		}
	}
}

// noteSelfNamed notes of the next state which addresses the user took as names.
func (c *Change) noteSelfNamed() {
	self, before := c.SelfNamed, []string(nil)
	if c.was != nil {
		self, before = c.By.Self, c.was.SelfNamed
	}
	if !self && len(before) == 0 {
		return
	}
	var own []string
	for name := range c.Next.addresses() {
		if slices.Contains(before, name) || self && !slices.Contains(slices.Collect(c.was.addresses()), name) {
			own = append(own, name)
		}
	}
	c.Next.SelfNamed = own
}

// CallsSelf reports whether an address is one that the user took as a name, and that is not
// known to be theirs otherwise.
func (u *User) CallsSelf(email string, rule Naming) bool {
	key, err := rule.ClaimKey("", strategies.Identifier{Kind: Email, Value: email})
	return err == nil && u.callsSelf(key, rule)
}

func (u *User) callsSelf(key string, rule Naming) bool {
	return !u.vouches(key, rule) && slices.ContainsFunc(u.SelfNamed, func(name string) bool { return sameName(name, key, rule) })
}

func sameName(name, key string, rule Naming) bool {
	keys, err := rule.ClaimKeys("", strategies.Identifier{Kind: Email, Value: name})
	return err == nil && slices.Contains(keys, key)
}

// vouches reports whether somebody has said that an address of that key is the user's.
func (u *User) vouches(key string, rule Naming) bool {
	return slices.ContainsFunc(u.Contacts, func(c Contact) bool { return c.Kind == Email && c.Claims() && sameName(c.Value, key, rule) })
}

// displace has a user who merely calls themself by an address give up that name, where the
// store refused a change since they have it and the change says whose it is. Nothing that
// they have besides changes hands. It reports whether the change is to be tried again.
func (c *Change) displace(ctx context.Context, us *Users, refusal error) (bool, error) {
	rule, taken := us.names.Naming(), (*storage.TakenError)(nil)
	if !errors.As(refusal, &taken) || !c.Next.vouches(taken.Key, rule) {
		return false, nil
	}
	key := taken.Key
	u, err := us.names.Holder(ctx, key)
	if err != nil || u == nil || u.Kuid == c.Next.Kuid || !u.callsSelf(key, rule) {
		return false, err
	}
	done := false
	edit := Edit{Visible: true, Retries: CredentialTries, Tell: Tell(events.CredentialsUpdated, nil)}
	err = us.Change(ctx, Actor{Kuid: u.Kuid}, u.Kuid, edit, func(was *User) (*User, error) {
		if done = was.Incarnation == u.Incarnation && was.callsSelf(key, rule); !done {
			return nil, nil // who has the address now is met by the next try
		}
		return was.uncalled(key, rule, us.Registry), nil
	})
	if errors.Is(err, ErrUserNotFound) {
		return true, nil
	}
	if err == nil && done {
		us.Emit(ctx, events.CredentialsUpdated, Actor{Kuid: u.Kuid}, Subject(events.User, u.Kuid), nil)
	}
	return err == nil, err
}

// uncalled is a user's next state without the addresses of that key that the user took as
// names. Records that have no name then go, but for those of the password family, which
// need none.
func (u *User) uncalled(key string, rule Naming, reg *registry.Registry) *User {
	mine := func(name string) bool { return slices.Contains(u.SelfNamed, name) && sameName(name, key, rule) }
	var left []strategies.Record
	for _, r := range u.Records {
		if slices.ContainsFunc(r.Identifiers, func(id strategies.Identifier) bool { return mine(id.Value) }) {
			r.Identifiers = slices.DeleteFunc(slices.Clone(r.Identifiers), func(id strategies.Identifier) bool { return mine(id.Value) })
			r.Public = maps.Clone(r.Public)
			maps.DeleteFunc(r.Public, func(_ string, value any) bool { text, is := value.(string); return is && mine(text) })
			if len(r.Identifiers) == 0 && reg.Verifier(r.Strategy) == nil {
				continue
			}
		}
		left = append(left, r)
	}
	next := u.With(left)
	if d := u.Detailed(); mine(d.Username) {
		d.Username = ""
		next.Details = &d
	}
	return next
}
