package backend

import (
	"strings"
	"unicode"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/notify"
	"github.com/gokuzzle/kuzzle/strategies"
)

// address returns the address of a user for messages, by mail rather than by phone. A
// verified contact comes first.
//
// By default an unverified address is better than none, for resets too. A user who
// signed up with a mail address as user name has no other way back in, and only the
// reader of the address benefits from the mail: a stranger who took another person's
// address as a name does not. But a typing error in the user's own name gives the
// account to a stranger. So an operator whose users verify contacts turns this off
// (notify.unproved).
func (n *notices) address(u *users.User) (channel notify.Channel, to string) {
	given := givenNames(u)
	// Many user names are mail addresses.
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

// givenNames returns the names in a user's credentials, by kind; provedNames returns the
// primary contacts.
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

// called returns the name of the user in a message to an address. A user chooses the
// name and may put a whole letter into it, with links. So only a verified address gets
// the name, in one line. Any other address may be a stranger's; its message has the
// address itself instead.
func called(u *users.User, channel notify.Channel, to string, proved bool) string {
	if !proved && provedContact(u, channel, to) == nil {
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

// provedContact returns a user's verified contact with an address of a channel, nil for none.
func provedContact(u *users.User, channel notify.Channel, address string) *users.Contact {
	for kind, of := range channelOf {
		if of == channel {
			return u.Proved(kind, address)
		}
	}
	return nil
}

// inOneLine removes characters that are not printable, such as line breaks.
func inOneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }), " ")
}
