package backend

import (
	"slices"
	"strings"
	"unicode"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/notify"
	"github.com/gokuzzle/kuzzle/strategies"
)

// address is where a user can be reached, by mail rather than by phone. What is known to
// be the user's comes first.
//
// By default an address that nobody proved is better than none, for resets too. Whoever
// signed up with a mail address as user name has no other way back in, and nobody but
// its reader gains by the mail: not the stranger who took somebody else's address as a
// name. A typing error in one's own name hands the account to a stranger, though, so an
// operator whose users verify contacts turns it off (notify.unproved).
func (n *notices) address(u *users.User) (channel notify.Channel, to string) {
	given := givenNames(u)
	// Many a user name is a mail address.
	if asMail := (strategies.Identifier{Kind: users.Email, Value: given["username"]}); given[users.Email] == "" && asMail.Value != "" && strategies.WrongName(asMail) == "" {
		given[users.Email] = asMail.Value
	}
	all := []map[string]string{provedNames(u)}
	if n.unproved {
		all = append(all, given)
	}
	for _, addresses := range all {
		for _, kind := range users.ContactKinds() {
			if channel := channelOf[kind]; addresses[kind] != "" && n.sender[channel] != nil {
				return channel, addresses[kind]
			}
		}
	}
	return "", ""
}

// givenNames are the names of a user's credentials, by kind, and provedNames the primary
// contacts.
func givenNames(u *users.User) map[string]string {
	given := map[string]string{}
	for _, record := range u.Records {
		for _, id := range record.Identifiers {
			if given[id.Kind] == "" {
				given[id.Kind] = id.Value
			}
		}
	}
	return given
}

func provedNames(u *users.User) map[string]string {
	proved := map[string]string{}
	for _, kind := range users.ContactKinds() {
		if c := u.Primary(kind); c != nil {
			proved[kind] = c.Value
		}
	}
	return proved
}

// called is what a message to an address calls its user. A name is chosen by whoever has
// it and may be a letter of its own, links included, so that only an address that was
// proved to be the user's is told it, in one line. Any other, which may be a stranger's,
// reads itself.
func called(u *users.User, to string, proved bool) string {
	if !proved && !provedToHave(u, to) {
		return to
	}
	for _, names := range []map[string]string{givenNames(u), provedNames(u)} {
		for _, kind := range strategies.NameFields() {
			if names[kind] != "" {
				return inOneLine(names[kind])
			}
		}
	}
	return to
}

// provedToHave reports whether a user has proved to have an address.
func provedToHave(u *users.User, address string) bool {
	return slices.ContainsFunc(u.Contacts, func(c users.Contact) bool { return c.Verified() && c.Value == address })
}

// inOneLine has a text without what is no sign of its own, such as a line break.
func inOneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }), " ")
}
