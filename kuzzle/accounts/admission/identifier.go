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

// canonical is how an identifier is listed, and of which kind it is.
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

// asked is how the domain name system is asked for a domain, for which some dots and
// letters are the same. It holds names of hosts that have an underscore as well.
var asked = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// keyOf is the form in which addresses and patterns are compared: folded, and the domain
// of an e-mail address in ASCII. It is "" for one that no mail can be sent to.
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

// looksMailed reports whether a name may be taken for an e-mail address, though it may
// be none.
func looksMailed(name string) bool { return strings.Contains(users.Fold(name), "@") }

// address is a name that is an address, and of which kind; "" for any other.
func address(name string) (canonical, kind string) {
	for _, kind := range []string{users.Email, users.Phone, users.Wallet} {
		// A number without its plus may be anything.
		if canonical, reason := users.CanonicalContact(kind, name); reason == "" && (kind != users.Phone || strings.HasPrefix(name, "+")) {
			return canonical, kind
		}
	}
	return "", ""
}

// listed are the identifiers of a list, by their keys.
type listed map[string]bool

// has reports whether an address is listed by its key, by itself or with its domain.
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

// subaddressed reports whether an e-mail address is one of many of one mailbox.
func subaddressed(address string) bool {
	at := strings.LastIndexByte(address, '@')
	return at > 0 && strings.ContainsAny(address[:at], "+=#")
}

//go:embed disposable.txt
var disposableDomains string

// disposable holds domains of mailboxes that anybody may have for minutes.
var disposable = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, domain := range strings.Fields(disposableDomains) {
		all[domain] = true
	}
	return all
})

// disposed reports whether an e-mail address lies at such a domain, or below one.
func disposed(address string) bool {
	_, domain, found := strings.Cut(address, "@")
	for ; found; _, domain, found = strings.Cut(domain, ".") {
		if disposable()[domain] {
			return true
		}
	}
	return false
}
