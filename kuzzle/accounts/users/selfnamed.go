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

// A name for logins that looks like an e-mail address or a phone number blocks that address for
// everybody else. But anybody can choose any name at a sign-up. So while nobody vouches for such a
// name, it gives way to a user whose contact the address is, proved by a message to it or by an
// administrator. Names that somebody else gave a user count as vouched for, and so do old names
// from before this was stored.

// addresses yields the names for logins that look like contacts' addresses, without contacts.
func (u *User) addresses() iter.Seq[string] {
	return func(yield func(string) bool) {
		if u == nil {
			return
		}
		for strategy, id := range u.Claimed() {
			value := Fold(id.Value)
			if (strategy != "" || id.Kind == usernameKind) && (isEmail(value) || isPhone(value)) && !yield(id.Value) {
				return
			}
		}
	}
}

// noteSelfNamed stores in the next state which addresses the user chose as names.
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

// CallsSelf reports whether the user chose an address as a name, and nobody vouches for it.
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

// vouches reports whether somebody vouches for the user's address with that key.
func (u *User) vouches(key string, rule Naming) bool {
	return slices.ContainsFunc(u.Contacts, func(c Contact) bool { return c.Kind != Wallet && c.Claims() && sameName(c.Value, key, rule) })
}

// displace removes a name that is an address from a user who only chose it, if the store refused a
// change because of it and the change proves the address to be another user's. Everything else of
// that user stays. It reports whether to try the change again.
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
			return nil, nil // the next try meets the present holder of the address
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

// uncalled returns a user's next state without the chosen names that have that key. Records without
// a name are removed then, except those of the password family, which need none.
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
