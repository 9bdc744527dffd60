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

// maxKey is the longest claim key in clear text; longer ones are hashed.
const maxKey = 512

// AccountKind is the kind of identifier for a user at a provider, as provider:id.
const AccountKind = "account"

// RuleVersion names the folding below, exactRule the rule without folding, and alikeRule the
// folding that also unites names that look alike. Every key begins with one of them, so that no
// rule takes another's claim for its own.
const (
	RuleVersion = "1"
	exactRule   = "1x"
	alikeRule   = "2"
)

// Naming is the rule that decides whether two identifiers are the same.
type Naming struct {
	// Exact compares values as they were given, like Kuzzle.
	Exact bool
	// Alike unites names that look the same to a person.
	Alike bool
}

// Naming returns the rule in force.
func (ns *Names) Naming() Naming { return Naming{Exact: ns.CaseSensitive, Alike: ns.alike.Load()} }

// ClaimKeys returns the key of ClaimKey, by which a login finds the name, and a further key if the
// name as written looks like an ASCII one. In Greek letters ΑΝΝΑ folds to αννα, but also looks like
// ANNA.
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

// refuses reports whether a name mixes scripts in an unusual way. In an e-mail address the part
// before the @ and each label after it count alone: an address at a domain in Latin letters may be
// in another script.
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

// ClaimKey returns the key under which an identifier is unique. Values that look the same to a
// person, or to a mail server, have the same key. It is NFKC(fold(NFKC(s))) of the value, without
// the characters that Unicode says to ignore.
//
// An e-mail address or an E.164 number is claimed as such, whatever its kind, so a name for logins
// never means two users.
//
// An account at a provider is claimed as it is, by any strategy: providers distinguish upper and
// lower case.
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

// exactly reports whether an identifier is no name and must be equal byte by byte. The case of a
// hexadecimal Ethereum address is only a checksum.
func exactly(id strategies.Identifier) bool {
	return id.Kind == AccountKind || id.Kind == ExternalIDKind || id.Kind == Wallet && !strings.HasPrefix(id.Value, "0x")
}

// Fold returns the form in which identifiers are compared.
func Fold(value string) string { return fold.Text(value) }

func visible(value string) string { return fold.Visible(value) }

func isEmail(value string) bool {
	local, domain, ok := strings.Cut(value, "@")
	if !ok || local == "" || strings.ContainsAny(value, " <>\"") {
		return false
	}
	if isDotted(local) && isDotted(domain) {
		return true // nearly all are, which saves the parser
	}
	if strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return false // the parser accepts line separators and the like
	}
	address, err := mail.ParseAddress(value)
	return err == nil && address.Address == value
}

// isDotted reports whether a half of an address has the plainest form.
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

// isPhone reports whether a value has the form of E.164: a plus and 7 to 15 digits.
func isPhone(value string) bool {
	digits, ok := strings.CutPrefix(value, "+")
	if !ok || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}

// NamingSetting is the setting that stores the naming rule, from a store's first start on.
const NamingSetting = "identifiers"

// NamingPart is the rule under which the claims were made.
type NamingPart struct {
	CaseSensitive bool `json:"caseSensitive"`
	// LookAlikes is set if names that look alike are the same.
	LookAlikes bool `json:"lookAlikes,omitempty"`
	// Reclaiming is set if an earlier version was interrupted while it changed the claims: some are
	// of one rule, some of another.
	Reclaiming *bool `json:"reclaiming,omitempty"`
}

// LookAlikes says whether names that look alike are the same, such as one with a Cyrillic letter in
// place of a Latin one. Under the exact rule they never are.
type LookAlikes string

// The values of LookAlikes. AsTheDataHas keeps the rule of the first start, which is Same for new
// data.
const (
	AsTheDataHas LookAlikes = "auto"
	Same         LookAlikes = "same"
	Distinct     LookAlikes = "distinct"
)

// Over returns the effective value for data that has a rule.
func (l LookAlikes) Over(begun bool) bool { return l == Same || l != Distinct && begun }

// Fresh returns the rule of new data.
func (l LookAlikes) Fresh(caseSensitive bool) NamingPart {
	return NamingPart{CaseSensitive: caseSensitive, LookAlikes: !caseSensitive && l.Over(true)}
}

// FixNaming stores the naming rule at the first start, and later refuses to start under another
// rule. Under another rule the existing claims would not be found: nobody could log in, and every
// name could be taken again. It is called before anything else is read. Only a copy
// of the data can have another rule; see maintenance.Reclaim.
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

func (ns *Names) allow(begun NamingPart) error {
	switch {
	case begun.Reclaiming != nil:
		return errors.New("the names in this data are under two rules, because their change was interrupted: kuzzle migrate --reclaim copies the data under one rule")
	case begun.CaseSensitive != ns.CaseSensitive:
		return fmt.Errorf("identifiers.caseSensitive is %t, but the names in this data were stored under %t: "+
			"set it to %t, or stop all servers and run kuzzle migrate --reclaim, which copies the data with names under %t",
			ns.CaseSensitive, begun.CaseSensitive, begun.CaseSensitive, ns.CaseSensitive)
	case !ns.CaseSensitive && begun.LookAlikes != ns.LookAlikes.Over(begun.LookAlikes):
		return fmt.Errorf("identifiers.lookAlikes is %s, but the names in this data were stored under another rule: "+
			"leave it out, or stop all servers and run kuzzle migrate --reclaim, which copies the data with names under this rule", ns.LookAlikes)
	}
	ns.alike.Store(begun.LookAlikes)
	return nil
}

// ReadNaming returns the rule of a store and its document. The document has no revision if the rule
// is not stored yet. Then fresh data gets the wanted rule; data that has profiles is older than
// this setting, and its names are folded.
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

// WriteNaming writes the rule over the read one, and returns the stored document.
func WriteNaming(ctx context.Context, store storage.Store, rule NamingPart, over storage.Document) (storage.Document, error) {
	content, err := json.Marshal(rule)
	if err != nil {
		return over, err
	}
	doc := storage.Document{ID: NamingSetting, Incarnation: over.Incarnation, Version: over.Version + 1, Content: content}
	doc.Rev, err = store.Commit(ctx, storage.Change{In: storage.Settings, ID: NamingSetting, Put: &doc, If: over.Rev})
	return doc, err
}
