package users

import (
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"github.com/gokuzzle/kuzzle/strategies"
)

// The kinds of contacts.
const (
	Email = "email"
	Phone = "phone"
	// Wallet is a blockchain account. Its address logs nobody in.
	Wallet = "wallet"
)

// ContactKinds lists them.
func ContactKinds() []string { return []string{Email, Phone, Wallet} }

const (
	// MaxContacts is the largest number of a user's contacts.
	MaxContacts = 50
	// maxEmail is the longest e-mail address in bytes, the limit of a path in RFC 5321. The form of
	// a phone number limits it to 16 characters.
	maxEmail = 254
	// maxGivenContact is the longest value that is parsed, in bytes.
	maxGivenContact = 1024
)

// NewContactID returns a new contact id.
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
// A verified contact is a name with which the user logs in. A reserved one is kept for the user:
// nobody else may have the address, and it logs nobody in. Any other contact has no effect yet:
// several users may have the same address.
type Contact struct {
	// ID is unique among all contacts: idn_ and 32 hexadecimal digits that grow with time.
	ID   string `json:"id"`
	Kind string `json:"kind"`
	// Value is an e-mail address or an E.164 number, in the spelling of [CanonicalContact].
	Value string `json:"value"`
	// Primary contacts receive messages, at most one of each kind. They are verified.
	Primary  bool `json:"primary,omitempty"`
	Reserved bool `json:"reserved,omitempty"`
	// SecondFactor marks a phone to which the application sends codes after a first factor. This
	// server's logins never ask for such a code, and take it for no first factor.
	SecondFactor bool `json:"secondFactor,omitempty"`
	// Verification is nil until somebody vouches for the address.
	Verification *Verification `json:"verification,omitempty"`
	// CreatedAt is in epoch milliseconds.
	CreatedAt int64 `json:"createdAt"`
}

// Verification has the way in which a contact was verified, and the time in epoch milliseconds.
type Verification struct {
	Strategy string `json:"strategy"`
	At       int64  `json:"at"`
}

// The strategies of a [Verification].
const (
	// ByAdmin: an administrator vouched for it.
	ByAdmin = "admin"
	// ByCode: the user read a code that was sent to it.
	ByCode = "code"
	// ByTicket: the user redeemed an invitation that was sent to it.
	ByTicket = "ticket"
	// ByImport: the system vouched for it that the user was imported from.
	ByImport = "import"
)

// Verified reports whether the address is proved to be the user's.
func (c *Contact) Verified() bool { return c.Verification != nil }

// Claims reports whether the address is unique to this user.
func (c *Contact) Claims() bool { return c.Verified() || c.Reserved }

// Identifier returns the contact as an identifier.
func (c *Contact) Identifier() strategies.Identifier {
	return strategies.Identifier{Kind: c.Kind, Value: c.Value}
}

// CanonicalContact returns the stored spelling of a contact. reason is the expected form of the
// value, "" if the value is right.
func CanonicalContact(kind, value string) (canonical, reason string) {
	if len(value) > maxGivenContact || visible(value) != value {
		value = ""
	}
	value = strings.TrimSpace(norm.NFKC.String(value))
	switch kind {
	case Email:
		if at := strings.LastIndexByte(value, '@'); at > 0 {
			// In a domain, a full stop of East Asian scripts separates labels like a dot.
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
		return "", "an address of a known kind: " + strings.Join(ContactKinds(), " or ")
	}
	return value, ""
}

// isWallet reports whether a text is an address of Ethereum or Solana.
func isWallet(value string) bool {
	if hex, ok := strings.CutPrefix(value, "0x"); ok {
		return len(hex) == 40 && strings.Trim(hex, "0123456789abcdefABCDEF") == ""
	}
	const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	return len(value) >= 32 && len(value) <= 44 && strings.Trim(value, base58) == ""
}

// Contact returns one of the user's contacts, nil for none.
func (u *User) Contact(id string) *Contact {
	for i := range u.Contacts {
		if u.Contacts[i].ID == id {
			return &u.Contacts[i]
		}
	}
	return nil
}

// Primary returns the primary contact of a kind, nil for none.
func (u *User) Primary(kind string) *Contact {
	for i := range u.Contacts {
		if c := &u.Contacts[i]; c.Kind == kind && c.Primary {
			return c
		}
	}
	return nil
}

// WithContacts returns a user's next state with other contacts, sorted by age. Of each kind the
// first primary one stays primary if it is verified; otherwise the oldest verified one becomes
// primary.
func (u *User) WithContacts(contacts []Contact) *User {
	next := *u
	next.Version++
	next.Contacts = settled(contacts)
	return &next
}

// WithPrimary returns a user's next state with another primary contact of a kind. Faults, whose
// last prop is the kind: ErrContactNotFound, ErrContactNotVerified.
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

// settled returns the contacts with at most one primary per kind.
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

// Proved returns the user's verified contact of a kind with an address, nil for none. Capitals make no
// difference. A message must go to the contact's value: it is the spelling that was proved.
func (u *User) Proved(kind, address string) *Contact {
	for i := range u.Contacts {
		if c := &u.Contacts[i]; c.Kind == kind && c.Verified() && SameAddress(c.Value, address) {
			return c
		}
	}
	return nil
}

// Entrance is Proved for a contact whose reader may log in by a code, or set a password. The phone of a
// second factor is none: whoever holds it alone would get in.
func (u *User) Entrance(kind, address string) *Contact {
	if c := u.Proved(kind, address); c != nil && !c.SecondFactor {
		return c
	}
	return nil
}

// Named reports whether the user has a name for logins.
func (u *User) Named() bool {
	return u.Detailed().Username != "" || slices.ContainsFunc(u.Records, func(r strategies.Record) bool { return len(r.Identifiers) > 0 }) ||
		slices.ContainsFunc(u.Contacts, func(c Contact) bool { return c.Verified() && c.Kind != Wallet })
}

// AnswersTo reports whether one of the user's keys is a name for logins, and not only reserved.
func (u *User) AnswersTo(key string, rule Naming) bool {
	if !slices.ContainsFunc(u.Contacts, func(c Contact) bool { return c.Reserved }) {
		return true
	}
	known := *u
	known.Contacts = slices.DeleteFunc(slices.Clone(u.Contacts), func(c Contact) bool { return c.Reserved })
	keys, err := known.Claims(rule)
	return err == nil && slices.Contains(keys, key)
}

// SameAddress reports whether two addresses are one mailbox: they differ in capitals at most. Names fold
// alike more often, such as fass.example and faß.example, which belong to two people. A letter that only
// as a small one is of ASCII, such as the Kelvin sign, counts as it is.
func SameAddress(a, b string) bool { return strings.Map(small, a) == strings.Map(small, b) }

func small(r rune) rune {
	if l := unicode.ToLower(r); (r < utf8.RuneSelf) == (l < utf8.RuneSelf) {
		return l
	}
	return r
}
