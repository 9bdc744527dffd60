package kuzzleview

import "github.com/gokuzzle/kuzzle/kuzzle/accounts/users"

// Contact is a contact in the form for clients. Verification is null for an unverified one;
// otherwise it has the way of verification and its time in epoch milliseconds.
type Contact struct {
	ID           string              `json:"id"`
	Kind         string              `json:"kind"`
	Value        string              `json:"value"`
	Verified     bool                `json:"verified"`
	Primary      bool                `json:"primary"`
	Reserved     bool                `json:"reserved"`
	Verification *users.Verification `json:"verification"`
	CreatedAt    int64               `json:"createdAt"`
}

// ContactOf returns a user's contact.
func ContactOf(c users.Contact) Contact {
	return Contact{
		ID: c.ID, Kind: c.Kind, Value: c.Value, Verified: c.Verified(), Primary: c.Primary, Reserved: c.Reserved,
		Verification: c.Verification, CreatedAt: c.CreatedAt,
	}
}

// ContactsOf returns a user's contacts.
func ContactsOf(list []users.Contact) Counted[Contact] {
	hits := make([]Contact, len(list))
	for i, c := range list {
		hits[i] = ContactOf(c)
	}
	return Count(hits)
}

// ContactID identifies one of a user's contacts.
type ContactID struct {
	ID string `json:"id"`
}
