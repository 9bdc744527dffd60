package kuzzleview

import (
	"encoding/json"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// Listed is a user in a list for administrators. Times are in epoch milliseconds, 0 for never.
type Listed struct {
	ID         string   `json:"_id"`
	ProfileIDs []string `json:"profileIds"`
	Username   string   `json:"username,omitempty"`
	FirstName  string   `json:"firstName,omitempty"`
	LastName   string   `json:"lastName,omitempty"`
	ExternalID string   `json:"externalId,omitempty"`
	// LoginNames are the names that the user can log in with.
	LoginNames []string `json:"loginNames"`
	// Contacts are the oldest first.
	Contacts   []Contact `json:"contacts"`
	Strategies []string  `json:"strategies"`
	// SecondFactors are the strategies with which the user can prove a second factor.
	SecondFactors []string `json:"secondFactors"`
	Banned        bool     `json:"banned"`
	Locked        bool     `json:"locked"`
	users.Standing
	CreatedAt    any   `json:"createdAt"`
	UpdatedAt    int64 `json:"updatedAt"`
	LastSignInAt int64 `json:"lastSignInAt"`
	// Picture is the hash of the user's picture, "" without one.
	Picture string          `json:"picture,omitempty"`
	Source  json.RawMessage `json:"_source,omitempty"`
}

// ListedUser returns a user at a time, with the content if requested.
func ListedUser(u *users.User, reg *registry.Registry, now time.Time, content bool) (Listed, error) {
	info, err := users.StoredInfo(u.Content)
	if err != nil {
		return Listed{}, err
	}
	d, standing := u.Detailed(), StandingOf(*u, now)
	shown := Listed{
		ID: u.Kuid, ProfileIDs: list(u.Profiles), Username: u.Username(), FirstName: d.FirstName, LastName: d.LastName, ExternalID: d.ExternalID,
		LoginNames: u.LoginNames(),
		Contacts:   ContactsOf(u.Contacts).Hits, Strategies: list(u.Strategies), SecondFactors: list(reg.FactorsOf(u.Records)),
		Banned: standing.Banned, Locked: standing.Locked, Standing: standing.Standing,
		CreatedAt: info.CreatedAt, UpdatedAt: u.UpdatedAt, LastSignInAt: u.LastSignInAt,
	}
	if u.Picture != nil {
		shown.Picture = u.Picture.Blob.Hash
	}
	if content {
		shown.Source = u.Content
	}
	return shown, nil
}

// list returns the texts, and never null.
func list(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}
