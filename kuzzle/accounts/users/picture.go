package users

import "github.com/gokuzzle/kuzzle/kuzzle/blobs"

// Picture is what is kept of a user's picture beside the picture itself.
type Picture struct {
	// Type is its content type, such as "image/png".
	Type string    `json:"type"`
	Blob blobs.Ref `json:"blob"`
}
