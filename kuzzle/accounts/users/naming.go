package users

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/gokuzzle/kuzzle/kuzzle/fold"
	"github.com/gokuzzle/kuzzle/kuzzle/lookalike"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// maxIdentifier bounds an identifier as given, in bytes.
const maxIdentifier = 2048

// maxKey is the longest claim key that is kept readable; a longer one is hashed.
const maxKey = 512

// AccountKind is the kind of identifier that means a user at a provider, as
// provider:id.
const AccountKind = "account"

// RuleVersion names the folding below, exactRule the rule without any, alikeRule
// folding by which names that look alike are the same too. One of them begins every key, so that no rule mistakes another's claim for its own.
const (
	RuleVersion = "1"
	exactRule   = "1x"
	alikeRule   = "2"
)

// Naming is the rule by which two identifiers are the same.
type Naming struct {
	// exact takes every value as it was given, as Kuzzle does.
	Exact bool
	// alike takes names for the same that a person takes for the same.
	Alike bool
}

// Naming returns the rule by which names are the same.
func (ns *Names) Naming() Naming { return Naming{Exact: ns.CaseSensitive, Alike: ns.alike.Load()} }

// ClaimKeys are the key of claimKey, by which a login finds the name, and a
// further one where a name as it is written looks like one in ASCII: in Greek
// letters, ΑΝΝΑ is αννα, and cannot be told from ANNA either.
func (n Naming) ClaimKeys(strategy string, id strategies.Identifier) ([]string, error) {
	key, err := n.ClaimKey(strategy, id)
	if err != nil {
		return nil, err
	}
	keys := []string{key}
	if !n.Alike || exactly(id) || lookalike.ASCII(id.Value) {
		return keys, nil
	}
	given := lookalike.SkeletonAsGiven(norm.NFKC.String(visible(id.Value)))
	if !lookalike.ASCII(given) {
		return keys, nil
	}
	id.Value = given
	if second, err := n.ClaimKey(strategy, id); err == nil && second != key {
		keys = append(keys, second)
	}
	return keys, nil
}

// refuses reports whether a name mixes scripts that nobody mixes. Of an e-mail
// address the part before the @ and each label behind it count by themselves:
// an address at a domain in Latin letters may be in others.
func (n Naming) refuses(id strategies.Identifier) bool {
	if !n.Alike || id.Kind != "username" && id.Kind != "email" || lookalike.ASCII(id.Value) {
		return false
	}
	folded := Fold(id.Value)
	if !isEmail(folded) {
		return lookalike.Mixed(folded)
	}
	local, domain, _ := strings.Cut(folded, "@")
	return lookalike.Mixed(local) || slices.ContainsFunc(strings.Split(domain, "."), lookalike.Mixed)
}

// ClaimKey is the name under which an identifier is unique: two values that
// look alike to a person, or to a mail server, have the same one. The value is
// NFKC(fold(NFKC(s))) without characters that Unicode says to ignore.
//
// An e-mail address or an E.164 number is claimed as such whatever kind it came
// as, so a login name never means two users.
//
// An account at a provider is claimed as it is, whichever strategy brings it:
// providers tell upper from lower case.
func (n Naming) ClaimKey(strategy string, id strategies.Identifier) (string, error) {
	if len(id.Value) > maxIdentifier || !utf8.ValidString(id.Value) {
		return "", ErrBadIdentifier.New(id.Kind, maxIdentifier)
	}
	rule, value := RuleVersion, Fold(id.Value)
	if value == "" {
		return "", ErrBadIdentifier.New(id.Kind, maxIdentifier)
	}
	switch {
	case exactly(id):
		value = id.Value
	case id.Kind == Wallet:
	case n.Exact:
		rule, value = exactRule, id.Value
	case n.Alike:
		rule, value = alikeRule, Fold(lookalike.Skeleton(value))
	}
	kind := id.Kind
	switch {
	case kind == AccountKind, kind == ExternalIDKind, kind == Wallet:
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

// exactly holds for identifiers that are no names: they are one only if they are the
// same to the byte. Addresses of Ethereum are in hex, whose case is only a checksum.
func exactly(id strategies.Identifier) bool {
	return id.Kind == AccountKind || id.Kind == ExternalIDKind || id.Kind == Wallet && !strings.HasPrefix(id.Value, "0x")
}

// Fold is the form in which identifiers are compared.
func Fold(value string) string { return fold.Text(value) }

func visible(value string) string { return fold.Visible(value) }

func isEmail(value string) bool {
	local, domain, ok := strings.Cut(value, "@")
	if !ok || local == "" || strings.ContainsAny(value, " <>\"") {
		return false
	}
	if isDotted(local) && isDotted(domain) {
		return true // as nearly all are, which spares the parser
	}
	if strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return false // the parser takes line separators and the like
	}
	address, err := mail.ParseAddress(value)
	return err == nil && address.Address == value
}

// isDotted holds for the plainest form that either half of an address has.
func isDotted(half string) bool {
	last := byte('.')
	for i := range len(half) {
		c := half[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '+':
		case c == '.' && last != '.':
		default:
			return false
		}
		last = c
	}
	return last != '.'
}

// isPhone holds for E.164: a plus and 7 to 15 digits.
func isPhone(value string) bool {
	digits, ok := strings.CutPrefix(value, "+")
	if !ok || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}

// NamingSetting is where the rule by which names are the same is kept, from a
// store's first start on.
const NamingSetting = "identifiers"

// NamingPart is the rule that the claims were made under.
type NamingPart struct {
	CaseSensitive bool `json:"caseSensitive"`
	// LookAlikes is set where names that look alike are the same.
	LookAlikes bool `json:"lookAlikes,omitempty"`
	// Reclaiming is the rule that Reclaim is bringing them under: some claims
	// are of one, some of the other. nil where none is at it.
	Reclaiming *bool `json:"reclaiming,omitempty"`
	// ReclaimingAlike is LookAlikes of that rule.
	ReclaimingAlike bool `json:"reclaimingLookAlikes,omitempty"`
}

// LookAlikes says whether names that look alike are the same, such as one with a
// Cyrillic letter in place of a Latin one. Names as they are given never are.
type LookAlikes string

// What LookAlikes may be. AsTheDataHas is what was so at the first start, Same for
// new data.
const (
	AsTheDataHas LookAlikes = "auto"
	Same         LookAlikes = "same"
	Distinct     LookAlikes = "distinct"
)

// Over is what it means for data that has a rule.
func (l LookAlikes) Over(begun bool) bool { return l == Same || l != Distinct && begun }

// Fresh is the rule of new data.
func (l LookAlikes) Fresh(caseSensitive bool) NamingPart {
	return NamingPart{CaseSensitive: caseSensitive, LookAlikes: !caseSensitive && l.Over(true)}
}

// NamingError says why a server must not use a store: its names are under
// another rule, or on their way from one to the other. It says what to do.
type NamingError struct{ problem string }

// Error implements error.
func (e *NamingError) Error() string { return e.problem }

func namingError(format string, args ...any) error {
	return &NamingError{fmt.Sprintf(format, args...)}
}

// FixNaming records at the first start by which rule names are the same, and
// refuses a start under another: the claims that were made would not be found,
// so that nobody could log in and every name could be taken again. It is called
// before anything else is read. A refusal is a *NamingError. Reclaim changes the
// rule.
func (ns *Names) FixNaming(ctx context.Context) error {
	begun, doc, err := ReadNaming(ctx, ns.Store, ns.LookAlikes.Fresh(ns.CaseSensitive))
	if err == nil && doc.Rev == (storage.Rev{}) {
		_, err = WriteNaming(ctx, ns.Store, begun, doc)
		if errors.Is(err, storage.ErrExists) {
			begun, _, err = ReadNaming(ctx, ns.Store, ns.LookAlikes.Fresh(ns.CaseSensitive))
		}
	}
	if err != nil {
		return err
	}
	return ns.allow(begun)
}

// CheckNaming is FixNaming without recording anything, for servers to ask while
// they run: another process may have changed the rule.
func (ns *Names) CheckNaming(ctx context.Context) error {
	begun, doc, err := ReadNaming(ctx, ns.Store, ns.LookAlikes.Fresh(ns.CaseSensitive))
	if err != nil || doc.Rev == (storage.Rev{}) {
		return err
	}
	return ns.allow(begun)
}

func (ns *Names) allow(begun NamingPart) error {
	switch {
	case begun.Reclaiming != nil:
		return namingError("kuzzle doctor --reclaim is bringing the names in this data under identifiers.caseSensitive=%t, or ended early: "+
			"run it again, with all servers stopped", *begun.Reclaiming)
	case begun.CaseSensitive != ns.CaseSensitive:
		return namingError("identifiers.caseSensitive is %t, but the names in this data were taken under %t: "+
			"set it to %t, or stop all servers and run kuzzle doctor --reclaim, which brings the names under %t",
			ns.CaseSensitive, begun.CaseSensitive, begun.CaseSensitive, ns.CaseSensitive)
	case !ns.CaseSensitive && begun.LookAlikes != ns.LookAlikes.Over(begun.LookAlikes):
		return namingError("identifiers.lookAlikes is %s, but the names in this data were taken otherwise: "+
			"leave it out, or stop all servers and run kuzzle doctor --reclaim, which brings the names under it", ns.LookAlikes)
	}
	ns.alike.Store(begun.LookAlikes)
	return nil
}

// ReadNaming answers the rule of a store and the document that says so, which
// has no revision where nothing says it yet: fresh data goes by the wanted rule,
// and data that has profiles is older than the choice, its names are folded.
func ReadNaming(ctx context.Context, store storage.Store, wanted NamingPart) (NamingPart, storage.Document, error) {
	doc, err := store.Get(ctx, storage.Settings, NamingSetting)
	if errors.Is(err, storage.ErrNotFound) {
		_, err = store.Get(ctx, storage.Profiles, profiles.Anonymous)
		if errors.Is(err, storage.ErrNotFound) {
			return wanted, storage.Document{}, nil
		}
		return NamingPart{}, storage.Document{}, err
	}
	if err != nil {
		return NamingPart{}, doc, err
	}
	var begun NamingPart
	if err := json.Unmarshal(doc.Content, &begun); err != nil {
		return begun, doc, fmt.Errorf("accounts: the setting %s: %w", NamingSetting, err)
	}
	return begun, doc, nil
}

// WriteNaming writes the rule over what was read, and answers what is there now.
func WriteNaming(ctx context.Context, store storage.Store, rule NamingPart, over storage.Document) (storage.Document, error) {
	content, err := json.Marshal(rule)
	if err != nil {
		return over, err
	}
	doc := storage.Document{ID: NamingSetting, Incarnation: over.Incarnation, Version: over.Version + 1, Content: content}
	doc.Rev, err = store.Commit(ctx, storage.Change{In: storage.Settings, ID: NamingSetting, Put: &doc, If: over.Rev})
	return doc, err
}
