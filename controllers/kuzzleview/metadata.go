package kuzzleview

import (
	"encoding/json"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// Metadata is a user's metadata. The user's own view has no Private; when users read it, it has no
// Version.
type Metadata struct {
	ID      string          `json:"_id"`
	Public  json.RawMessage `json:"public"`
	Private json.RawMessage `json:"private,omitempty"`
	Unsafe  json.RawMessage `json:"unsafe"`
	Version int64           `json:"_version,omitempty"`
}

// AllMetadata returns the view for administrators.
func AllMetadata(u users.User) Metadata {
	all := OwnMetadata(u)
	all.Private, all.Version = u.Metadata.Of(users.PrivateMetadata), u.Version
	return all
}

// OwnMetadata returns the user's own view.
func OwnMetadata(u users.User) Metadata {
	return Metadata{ID: u.Kuid, Public: u.Metadata.Of(users.PublicMetadata), Unsafe: u.Metadata.Of(users.UnsafeMetadata)}
}
