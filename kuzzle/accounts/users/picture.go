package users

import "github.com/gokuzzle/kuzzle/kuzzle/blobs"

// Picture describes a user's picture, which is stored apart.
type Picture struct {
	// Type is its content type, such as "image/png".
	Type string    `json:"type"`
	Blob blobs.Ref `json:"blob"`
}
