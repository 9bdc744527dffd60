package users

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// CheckContacts checks imported contacts, which faults call by name, and returns them in the user's
// form. It sets a missing id or time of a contact, and a missing time of a verification. now is in
// epoch milliseconds.
func (ns *Names) CheckContacts(name string, brought []Contact, now int64) ([]Contact, error) {
	if len(brought) > MaxContacts {
		return nil, assert.InvalidArgument.New(name, fmt.Sprintf("at most %d contacts", MaxContacts))
	}
	var all []Contact
	for _, c := range brought {
		var reason string
		if c.Value, reason = CanonicalContact(c.Kind, c.Value); reason != "" {
			return nil, assert.InvalidArgument.New(name, reason)
		}
		switch {
		case c.Verified() && c.Reserved:
			return nil, assert.InvalidArgument.New(name, "contacts that are verified or reserved, not both")
		case c.Verified() && (len(c.Verification.Strategy) > maxVerification || visible(c.Verification.Strategy) != c.Verification.Strategy):
			return nil, assert.InvalidArgument.New(name, "a verification's strategy of at most 64 bytes")
		}
		if err := ns.CheckScripts(c.Identifier()); err != nil {
			return nil, err
		}
		if !isContactID(c.ID) || slices.ContainsFunc(all, func(other Contact) bool { return other.ID == c.ID }) {
			c.ID = NewContactID()
		}
		if c.CreatedAt <= 0 || c.CreatedAt > now {
			c.CreatedAt = now
		}
		if c.Verified() && (c.Verification.At <= 0 || c.Verification.At > now) {
			c.Verification = &Verification{c.Verification.Strategy, now}
		}
		c.SecondFactor = c.SecondFactor && c.Kind == Phone && c.Verified()
		if ns.sameContact(all, c) >= 0 {
			return nil, assert.InvalidArgument.New(name, "each address once")
		}
		all = append(all, c)
	}
	return settled(all), nil
}

// maxVerification is the longest strategy of a verification, in bytes.
const maxVerification = 64

// isContactID reports whether an id has the form of [NewContactID].
func isContactID(id string) bool {
	hex, ok := strings.CutPrefix(id, contactPrefix)
	return ok && len(hex) == contactHex && strings.Trim(hex, "0123456789abcdef") == ""
}

// sameContact returns the index of the contact with the same address, -1 for none.
func (ns *Names) sameContact(contacts []Contact, c Contact) int {
	if len(contacts) == 0 {
		return -1
	}
	key, err := ns.Naming().ClaimKey("", c.Identifier())
	if err != nil {
		return -1
	}
	return slices.IndexFunc(contacts, func(other Contact) bool {
		own, err := ns.Naming().ClaimKey("", other.Identifier())
		return err == nil && own == key
	})
}

// JoinContacts adds imported contacts to a user's. If the user has the address already, the contact
// becomes verified or reserved if the imported one is. An imported primary contact becomes primary.
func (ns *Names) JoinContacts(name string, has, brought []Contact) ([]Contact, error) {
	all := slices.Clone(has)
	for _, c := range brought {
		if c.Primary {
			for i := range all {
				all[i].Primary = all[i].Primary && all[i].Kind != c.Kind
			}
		}
		i := ns.sameContact(all, c)
		if i < 0 {
			if slices.ContainsFunc(all, func(other Contact) bool { return other.ID == c.ID }) {
				c.ID = NewContactID()
			}
			all = append(all, c)
			continue
		}
		was := &all[i]
		if !was.Verified() && c.Verified() {
			was.Verification = c.Verification
		}
		was.Reserved = !was.Verified() && (was.Reserved || c.Reserved)
		was.Primary = was.Primary || c.Primary
	}
	if len(all) > MaxContacts && len(all) > len(has) {
		return nil, assert.InvalidArgument.New(name, fmt.Sprintf("at most %d contacts, including the user's present ones", MaxContacts))
	}
	return settled(all), nil
}

// AddContacts adds contacts made from another system's addresses to a user's, like
// [Names.JoinContacts]. left reports whether an address was left out, because it is invalid, such
// as a phone number without its country, or one too many.
func (ns *Names) AddContacts(has, addresses []Contact, now int64) (all []Contact, left bool) {
	all = has
	for i := range addresses {
		judged, err := ns.CheckContacts("", addresses[i:i+1], now)
		if err == nil {
			// Checked alone, any verified contact would become primary.
			judged[0].Primary = addresses[i].Primary && judged[0].Verified()
			judged, err = ns.JoinContacts("", all, judged)
		}
		if err != nil {
			left = true
			continue
		}
		all = judged
	}
	return all, left
}
