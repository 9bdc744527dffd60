package users

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// CheckContacts judges contacts that were brought from elsewhere, under the name that
// refusals call them by, and returns them as a user has them. One without an id, or
// without a time, gets one; so does a verification without a time. now is in epoch
// milliseconds.
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
			return nil, assert.InvalidArgument.New(name, "who verified a contact, in a few letters")
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

// maxVerification is the longest name of who vouched for a contact, in bytes.
const maxVerification = 64

// isContactID reports whether an id is one that [NewContactID] draws.
func isContactID(id string) bool {
	hex, ok := strings.CutPrefix(id, contactPrefix)
	return ok && len(hex) == contactHex && strings.Trim(hex, "0123456789abcdef") == ""
}

// sameContact finds the contact with the address of another, -1 for none.
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

// JoinContacts are a user's contacts with those that were brought from elsewhere. An
// address that the user has already becomes verified or reserved if the other one is.
// A primary one that was brought is primary.
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
		return nil, assert.InvalidArgument.New(name, fmt.Sprintf("at most %d contacts, those that the user has among them", MaxContacts))
	}
	return settled(all), nil
}

// AddContacts are a user's contacts with those that another system's addresses make,
// as [Names.JoinContacts] adds them. left reports whether an address can be none and
// stays behind: a phone number without its country, for one, or one too many.
func (ns *Names) AddContacts(has, addresses []Contact, now int64) (all []Contact, left bool) {
	all = has
	for i := range addresses {
		judged, err := ns.CheckContacts("", addresses[i:i+1], now)
		if err == nil {
			// Alone, any verified one would be primary.
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
