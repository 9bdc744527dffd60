package accounts

import (
	"crypto/sha256"
	"encoding/hex"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/gokuzzle/kuzzle/kuzzle/lookalike"
	"github.com/gokuzzle/kuzzle/strategies"
)

// maxIdentifier bounds an identifier as given, in bytes.
const maxIdentifier = 2048

// maxKey is the longest claim key that is kept readable; a longer one is hashed.
const maxKey = 512

// accountKind is the kind of identifier that means a user at a provider, as
// provider:id.
const accountKind = "account"

// ruleVersion names the folding below, exactRule the rule without any, alikeRule
// folding by which names that look alike are the same too. One of them begins every key, so that no rule mistakes another's claim for its own.
const (
	ruleVersion = "1"
	exactRule   = "1x"
	alikeRule   = "2"
)

// naming is the rule by which two identifiers are the same.
type naming struct {
	// exact takes every value as it was given, as Kuzzle does.
	exact bool
	// alike takes names for the same that a person takes for the same.
	alike bool
}

func (a *Accounts) naming() naming { return naming{exact: a.CaseSensitive, alike: a.alike.Load()} }

// claimKeys are the key of claimKey, by which a login finds the name, and a
// further one where a name as it is written looks like one in ASCII: in Greek
// letters, ΑΝΝΑ is αννα, and cannot be told from ANNA either.
func (n naming) claimKeys(strategy string, id strategies.Identifier) ([]string, error) {
	key, err := n.claimKey(strategy, id)
	if err != nil {
		return nil, err
	}
	keys := []string{key}
	if !n.alike || id.Kind == accountKind || lookalike.ASCII(id.Value) {
		return keys, nil
	}
	given := lookalike.SkeletonAsGiven(norm.NFKC.String(visible(id.Value)))
	if !lookalike.ASCII(given) {
		return keys, nil
	}
	id.Value = given
	if second, err := n.claimKey(strategy, id); err == nil && second != key {
		keys = append(keys, second)
	}
	return keys, nil
}

// refuses reports whether a name mixes scripts that nobody mixes. Of an e-mail
// address the part before the @ and each label behind it count by themselves:
// an address at a domain in Latin letters may be in others.
func (n naming) refuses(id strategies.Identifier) bool {
	if !n.alike || id.Kind != "username" && id.Kind != "email" {
		return false
	}
	folded := Fold(id.Value)
	if !isEmail(folded) {
		return lookalike.Mixed(folded)
	}
	local, domain, _ := strings.Cut(folded, "@")
	return lookalike.Mixed(local) || slices.ContainsFunc(strings.Split(domain, "."), lookalike.Mixed)
}

// claimKey is the name under which an identifier is unique: two values that
// look alike to a person, or to a mail server, have the same one. The value is
// NFKC(fold(NFKC(s))) without characters that Unicode says to ignore.
//
// An e-mail address or an E.164 number is claimed as such whatever kind it came
// as, so a login name never means two users.
//
// An account at a provider is claimed as it is, whichever strategy brings it:
// providers tell upper from lower case.
func (n naming) claimKey(strategy string, id strategies.Identifier) (string, error) {
	if len(id.Value) > maxIdentifier || !utf8.ValidString(id.Value) {
		return "", ErrBadIdentifier.New(id.Kind, maxIdentifier)
	}
	rule, value := ruleVersion, Fold(id.Value)
	if value == "" {
		return "", ErrBadIdentifier.New(id.Kind, maxIdentifier)
	}
	switch {
	case id.Kind == accountKind:
		value = id.Value
	case n.exact:
		rule, value = exactRule, id.Value
	case n.alike:
		rule, value = alikeRule, Fold(lookalike.Skeleton(value))
	}
	kind := id.Kind
	switch {
	case kind == accountKind:
	case kind != "username" && kind != "email" && kind != "phone":
		kind = strategy + "." + kind
	case isEmail(value):
		kind = "email"
	case isPhone(value):
		kind = "phone"
	default:
		kind = "username"
	}
	key := rule + ":" + kind + ":" + value
	if len(key) > maxKey {
		sum := sha256.Sum256([]byte(value))
		key = rule + ":" + kind + "#" + hex.EncodeToString(sum[:])
	}
	return key, nil
}

// Fold is the form in which identifiers are compared.
func Fold(value string) string {
	if plain(value) {
		return strings.ToLower(strings.Trim(value, " "))
	}
	// What nobody sees goes before and after: between a letter and its accent it
	// keeps the two apart, and folding may bring some of it forth.
	folded := norm.NFKC.String(cases.Fold().String(norm.NFKC.String(visible(value))))
	return strings.TrimSpace(norm.NFKC.String(visible(folded)))
}

func visible(value string) string {
	return strings.Map(func(r rune) rune {
		if ignorable(r) {
			return -1
		}
		return r
	}, value)
}

// plain tells whether only ASCII is there, for which lower case is folding.
func plain(value string) bool {
	for i := range len(value) {
		if value[i] >= utf8.RuneSelf || value[i] < ' ' || value[i] == 0x7f {
			return false
		}
	}
	return true
}

// ignorable holds for Unicode's Default_Ignorable_Code_Point and for controls:
// a person sees nothing where they stand.
func ignorable(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cc, r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r)
}

func isEmail(value string) bool {
	if strings.IndexByte(value, '@') < 1 || strings.ContainsAny(value, " <>\"") {
		return false
	}
	address, err := mail.ParseAddress(value)
	return err == nil && address.Address == value
}

// isPhone holds for E.164: a plus and 7 to 15 digits.
func isPhone(value string) bool {
	digits, ok := strings.CutPrefix(value, "+")
	if !ok || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}
