package users

import (
	"iter"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/strategies"
)

// A name to log in with that looks like an e-mail address keeps everybody else from that
// address. Whoever signs up may say any: as long as nobody has vouched for it, the one who
// proves to read the mail there is not kept away. Names that somebody else gave a user are
// vouched for, and so are those of which this was not noted when they were taken.

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

// CallsSelf reports whether a name of that key is an address that the user took as a name.
func (u *User) CallsSelf(key string, rule Naming) bool {
	return slices.ContainsFunc(u.SelfNamed, func(name string) bool { return sameName(name, key, rule) })
}

func sameName(name, key string, rule Naming) bool {
	keys, err := rule.ClaimKeys("", strategies.Identifier{Kind: Email, Value: name})
	return err == nil && slices.Contains(keys, key)
}

// Uncalled is a user's next state without the addresses of that key that the user took as
// names. Records that have no name then go, but for those of the password family, which
// need none.
func (u *User) Uncalled(key string, rule Naming, needsName func(strategy string) bool) *User {
	mine := func(name string) bool { return slices.Contains(u.SelfNamed, name) && sameName(name, key, rule) }
	var left []strategies.Record
	for _, r := range u.Records {
		if slices.ContainsFunc(r.Identifiers, func(id strategies.Identifier) bool { return mine(id.Value) }) {
			r.Identifiers = slices.DeleteFunc(slices.Clone(r.Identifiers), func(id strategies.Identifier) bool { return mine(id.Value) })
			r.Public = maps.Clone(r.Public)
			maps.DeleteFunc(r.Public, func(_ string, value any) bool { text, is := value.(string); return is && mine(text) })
			if len(r.Identifiers) == 0 && needsName(r.Strategy) {
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
