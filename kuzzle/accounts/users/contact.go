package users

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/gofrs/uuid/v5"
	"golang.org/x/text/unicode/norm"

	"github.com/gokuzzle/kuzzle/strategies"
)

// The kinds of contacts.
const (
	Email = "email"
	Phone = "phone"
	// Wallet is an account of a blockchain. Nobody logs in by its address.
	Wallet = "wallet"
)

// ContactKinds lists them.
func ContactKinds() []string { return []string{Email, Phone, Wallet} }

const (
	// MaxContacts is how many contacts a user has at most.
	MaxContacts = 50
	// maxEmail is the longest e-mail address, in bytes: what RFC 5321 lets a path
	// hold. A phone number is at most 16 characters long by its form.
	maxEmail = 254
	// maxGivenContact is the longest value that is looked at, in bytes.
	maxGivenContact = 1024
)

// NewContactID draws the id of a contact.
func NewContactID() string {
	id := uuid.Must(uuid.NewV7())
	return contactPrefix + hex.EncodeToString(id[:])
}

const (
	contactPrefix = "idn_"
	contactHex    = 32
)

// Contact is an address of a user. Its id and value never change.
//
// A verified contact is a name that the user logs in by. A reserved one is kept for
// the user: nobody else may have the address, and nobody logs in by it. Any other
// contact means nothing yet: several users may have the same address.
type Contact struct {
	// ID is unique among all contacts: idn_ and 32 hex digits that grow with time.
	ID   string `json:"id"`
	Kind string `json:"kind"`
	// Value is an e-mail address or a number in E.164 form, as [CanonicalContact]
	// spells it.
	Value string `json:"value"`
	// Primary contacts are those that messages go to, at most one of a kind. They
	// are verified.
	Primary  bool `json:"primary,omitempty"`
	Reserved bool `json:"reserved,omitempty"`
	// SecondFactor marks a phone that the application has codes sent to after a first
	// factor. No login asks for such a code here.
	SecondFactor bool `json:"secondFactor,omitempty"`
	// Verification is nil until it is known that the address is the user's.
	Verification *Verification `json:"verification,omitempty"`
	// CreatedAt is in epoch milliseconds.
	CreatedAt int64 `json:"createdAt"`
}

// Verification says who vouched for a contact, and when, in epoch milliseconds.
type Verification struct {
	Strategy string `json:"strategy"`
	At       int64  `json:"at"`
}

// The strategies of a [Verification].
const (
	// ByAdmin is somebody who manages users.
	ByAdmin = "admin"
	// ByCode is the user, who read a code that was sent there.
	ByCode = "code"
	// ByTicket is the user, who redeemed an invitation that was sent there.
	ByTicket = "ticket"
	// ByImport is the system that the user was brought from.
	ByImport = "import"
)

// Verified reports whether the address is known to be the user's.
func (c *Contact) Verified() bool { return c.Verification != nil }

// Claims reports whether nobody else may have the address.
func (c *Contact) Claims() bool { return c.Verified() || c.Reserved }

// Identifier is the contact as a name.
func (c *Contact) Identifier() strategies.Identifier {
	return strategies.Identifier{Kind: c.Kind, Value: c.Value}
}

// CanonicalContact is the spelling in which a contact is kept. reason says what the
// value should have been, "" when it is right.
func CanonicalContact(kind, value string) (canonical, reason string) {
	if len(value) > maxGivenContact || visible(value) != value {
		value = ""
	}
	value = strings.TrimSpace(norm.NFKC.String(value))
	switch kind {
	case Email:
		if at := strings.LastIndexByte(value, '@'); at > 0 {
			// A full stop of East Asian scripts ends a label of a domain as a dot does.
			value = value[:at] + strings.ReplaceAll(strings.ToLower(value[at:]), "。", ".")
		}
		if len(value) > maxEmail || !isEmail(value) {
			return "", "an e-mail address of at most 254 bytes, such as jane@example.com"
		}
	case Phone:
		value = strings.Map(func(r rune) rune {
			if strings.ContainsRune(" -./()", r) {
				return -1
			}
			return r
		}, value)
		if !isPhone(value) {
			return "", "a phone number in international form, such as +12015550123"
		}
	case Wallet:
		if !isWallet(value) {
			return "", "a wallet's address: 0x and 40 hex digits, or 32 to 44 characters of base58"
		}
	default:
		return "", "an address of a kind that is known: " + strings.Join(ContactKinds(), " or ")
	}
	return value, ""
}

// isWallet reports whether a text is an address of Ethereum or of Solana.
func isWallet(value string) bool {
	if hex, ok := strings.CutPrefix(value, "0x"); ok {
		return len(hex) == 40 && strings.Trim(hex, "0123456789abcdefABCDEF") == ""
	}
	const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	return len(value) >= 32 && len(value) <= 44 && strings.Trim(value, base58) == ""
}

// Contact finds one of the user's contacts, nil for none.
func (u *User) Contact(id string) *Contact {
	for i := range u.Contacts {
		if u.Contacts[i].ID == id {
			return &u.Contacts[i]
		}
	}
	return nil
}

// Primary is the contact of a kind that messages go to, nil for none.
func (u *User) Primary(kind string) *Contact {
	for i := range u.Contacts {
		if c := &u.Contacts[i]; c.Kind == kind && c.Primary {
			return c
		}
	}
	return nil
}

// WithContacts is a user's next state with other contacts, in the order of their age.
// Of each kind the first primary one stays so if it is verified. Else the oldest
// verified one becomes primary.
func (u *User) WithContacts(contacts []Contact) *User {
	next := *u
	next.Version++
	next.Contacts = settled(contacts)
	return &next
}

// WithPrimary is a user's next state in which another contact is the primary one of its
// kind. Faults, whose last prop is the kind: ErrContactNotFound, ErrContactNotVerified.
func (u *User) WithPrimary(kind, id string) (*User, error) {
	chosen := u.Contact(id)
	switch {
	case chosen == nil || chosen.Kind != kind:
		return nil, ErrContactNotFound.New(u.Kuid, id, kind)
	case !chosen.Verified():
		return nil, ErrContactNotVerified.New(kind)
	}
	all := slices.Clone(u.Contacts)
	for i := range all {
		if all[i].Kind == kind {
			all[i].Primary = all[i].ID == id
		}
	}
	return u.WithContacts(all), nil
}

// settled are contacts of which at most one of a kind is primary.
func settled(contacts []Contact) []Contact {
	all := slices.Clone(contacts)
	for _, kind := range ContactKinds() {
		chosen := -1
		for i := range all {
			c := &all[i]
			if c.Kind != kind || !c.Verified() {
				continue
			}
			if chosen < 0 || c.Primary && !all[chosen].Primary {
				chosen = i
			}
		}
		for i := range all {
			if all[i].Kind == kind {
				all[i].Primary = i == chosen
			}
		}
	}
	return all
}

// Named reports whether the user has a name to log in by.
func (u *User) Named() bool {
	return u.Detailed().Username != "" || slices.ContainsFunc(u.Records, func(r strategies.Record) bool { return len(r.Identifiers) > 0 }) ||
		slices.ContainsFunc(u.Contacts, func(c Contact) bool { return c.Verified() && c.Kind != Wallet })
}

// AnswersTo reports whether a key that the user holds is a name to log in by: one
// that is only reserved is none.
func (u *User) AnswersTo(key string, rule Naming) bool {
	if !slices.ContainsFunc(u.Contacts, func(c Contact) bool { return c.Reserved }) {
		return true
	}
	known := *u
	known.Contacts = slices.DeleteFunc(slices.Clone(u.Contacts), func(c Contact) bool { return c.Reserved })
	keys, err := known.Claims(rule)
	return err == nil && slices.Contains(keys, key)
}
