package admission

import (
	_ "embed"
	"strings"
	"sync"

	"golang.org/x/net/idna"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

const (
	anyone   = "*@"
	anywhere = "*@*."
	example  = "jane"
	wanted   = "an e-mail address, *@example.com, *@*.example.com, a phone number such as +12015550123, or a wallet's address"
)

// canonical returns the listed form of an identifier, and its kind.
func canonical(given string) (identifier, kind string, err error) {
	given = strings.TrimSpace(given)
	for _, pattern := range []string{anywhere, anyone} {
		if domain, is := strings.CutPrefix(given, pattern); is {
			address, reason := users.CanonicalContact(users.Email, example+"@"+domain)
			if reason != "" || strings.ContainsAny(domain, "@*") || keyOf(address) == "" {
				return "", "", ErrIdentifier.New(wanted)
			}
			return pattern + strings.TrimPrefix(address, example+"@"), users.Email, nil
		}
	}
	if identifier, kind = address(given); kind == "" || keyOf(identifier) == "" {
		return "", "", ErrIdentifier.New(wanted)
	}
	return identifier, kind, nil
}

// asked converts a domain to the form for the domain name system, which treats some dots and
// letters as the same. It accepts host names with an underscore too.
var asked = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// keyOf returns the form in which addresses and patterns are compared: folded, and an e-mail
// address with its domain in ASCII. It is "" for an address that cannot get mail.
func keyOf(identifier string) string {
	at := strings.LastIndexByte(identifier, '@')
	if at < 0 {
		return users.Fold(identifier)
	}
	domain, wild := strings.CutPrefix(identifier[at+1:], "*.")
	ascii, err := asked.ToASCII(domain)
	ascii = strings.TrimSuffix(ascii, ".")
	switch {
	case err != nil || ascii == "":
		return ""
	case wild:
		ascii = "*." + ascii
	}
	return users.Fold(identifier[:at]) + "@" + ascii
}

// looksMailed reports whether a name may be taken for an e-mail address, even if it is none.
func looksMailed(name string) bool { return strings.Contains(users.Fold(name), "@") }

// address returns the canonical form and kind of a name that is an address; "" for others.
func address(name string) (canonical, kind string) {
	for _, kind := range []string{users.Email, users.Phone, users.Wallet} {
		// A number without a plus may be anything.
		if canonical, reason := users.CanonicalContact(kind, name); reason == "" && (kind != users.Phone || strings.HasPrefix(name, "+")) {
			return canonical, kind
		}
	}
	return "", ""
}

// listed holds the identifiers of a list, by their keys.
type listed map[string]bool

// has reports whether the list has an address, given by its key, or a pattern for its domain.
func (l listed) has(address string) bool {
	if l[address] {
		return true
	}
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return false
	}
	domain := address[at+1:]
	if l[anyone+domain] {
		return true
	}
	for _, above, found := strings.Cut(domain, "."); found; _, above, found = strings.Cut(above, ".") {
		if l[anywhere+above] {
			return true
		}
	}
	return false
}

// subaddressed reports whether an e-mail address is one of several for a mailbox.
func subaddressed(address string) bool {
	at := strings.LastIndexByte(address, '@')
	return at > 0 && strings.ContainsAny(address[:at], "+=#")
}

//go:embed disposable.txt
var disposableDomains string

// disposable holds the domains of short-lived mailboxes.
var disposable = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, domain := range strings.Fields(disposableDomains) {
		all[domain] = true
	}
	return all
})

// disposed reports whether an e-mail address is at such a domain, or below one.
func disposed(address string) bool {
	_, domain, found := strings.Cut(address, "@")
	for ; found; _, domain, found = strings.Cut(domain, ".") {
		if disposable()[domain] {
			return true
		}
	}
	return false
}
