package kuzzleview

import (
	"encoding/json"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// Document is a user, role, profile or API key in the form for clients. Created is set only after
// writes, Version after writes and if a reader asks for it.
type Document struct {
	ID     string          `json:"_id"`
	Source json.RawMessage `json:"_source,omitempty"`
	// Standing is set for readers who may ban, if the user is banned or locked.
	Standing json.RawMessage `json:"standing,omitempty"`
	// LastSignInAt is set for the same readers, if a login of the user was recorded.
	LastSignInAt int64 `json:"lastSignInAt,omitempty"`
	// LastActiveAt is likewise the last day on which a session of the user was used.
	LastActiveAt int64 `json:"lastActiveAt,omitempty"`
	// Picture is the hash of the user's picture, for readers who may read the picture.
	Picture string `json:"picture,omitempty"`
	// Account is set if the reader asks for it and may change it.
	Account json.RawMessage `json:"account,omitempty"`
	Version int64           `json:"_version,omitempty"`
	Created bool            `json:"created,omitempty"`
}

// AppendJSON copies the stored source.
func (d Document) AppendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, `{"_id":`...)
	dst = plainjson.AppendString(dst, d.ID)
	if d.Source != nil {
		dst = append(dst, `,"_source":`...)
		dst = append(dst, d.Source...)
	}
	if d.Standing != nil {
		dst = append(dst, `,"standing":`...)
		dst = append(dst, d.Standing...)
	}
	if d.LastSignInAt > 0 {
		dst = append(dst, `,"lastSignInAt":`...)
		dst = appendInt(dst, d.LastSignInAt)
	}
	if d.LastActiveAt > 0 {
		dst = append(dst, `,"lastActiveAt":`...)
		dst = appendInt(dst, d.LastActiveAt)
	}
	if d.Picture != "" {
		dst = append(dst, `,"picture":`...)
		dst = plainjson.AppendString(dst, d.Picture)
	}
	if d.Account != nil {
		dst = append(append(dst, `,"account":`...), d.Account...)
	}
	if d.Version > 0 {
		dst = append(dst, `,"_version":`...)
		dst = appendInt(dst, d.Version)
	}
	if d.Created {
		dst = append(dst, `,"created":true`...)
	}
	return append(dst, '}'), nil
}

// JSONSize returns the approximate number of bytes that AppendJSON adds.
func (d Document) JSONSize() int { return len(d.ID) + len(d.Source) }

// User returns a user that was read.
func User(u users.User) Document { return Document{ID: u.Kuid, Source: u.Content} }

// Updated returns a user that was changed.
func Updated(u users.User) Document {
	return Document{ID: u.Kuid, Source: u.Content, Version: u.Version}
}

// Created returns a user that was created.
func Created(u users.User) Document {
	return Document{ID: u.Kuid, Source: u.Content, Version: u.Version, Created: true}
}

// The members of a current user that are metadata.
const (
	PublicMetadata = "publicMetadata"
	UnsafeMetadata = "unsafeMetadata"
)

// CurrentUser is the result of auth:getCurrentUser.
type CurrentUser struct{ *users.User }

// JSONSize returns the approximate number of bytes that AppendJSON adds.
func (u CurrentUser) JSONSize() int { return len(u.Kuid) + len(u.Content) + u.Metadata.Size() }

// Shape implements api.Shaped. Only the anonymous user's strategies are no texts.
func (CurrentUser) Shape() any {
	return struct {
		ID             string          `json:"_id"`
		Source         json.RawMessage `json:"_source"`
		Strategies     []any           `json:"strategies"`
		Public         json.RawMessage `json:"publicMetadata,omitempty"`
		Unsafe         json.RawMessage `json:"unsafeMetadata,omitempty"`
		PasswordChange string          `json:"passwordChange,omitempty"`
	}{}
}

// AppendJSON copies the source as it is stored. The anonymous user's strategies
// are a list in a list, as clients have always got them.
func (u CurrentUser) AppendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, `{"_id":`...)
	dst = plainjson.AppendString(dst, u.Kuid)
	dst = append(dst, `,"_source":`...)
	dst = append(dst, u.Content...)
	dst = append(dst, `,"strategies":[`...)
	if u.Kuid == users.AnonymousKuid {
		return append(dst, "[]]}"...), nil
	}
	for i, name := range u.Strategies {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = plainjson.AppendString(dst, name)
	}
	dst = append(dst, ']')
	if m := u.Metadata; m != nil {
		if len(m.Public) > 0 {
			dst = append(append(dst, `,"`+PublicMetadata+`":`...), m.Public...)
		}
		if len(m.Unsafe) > 0 {
			dst = append(append(dst, `,"`+UnsafeMetadata+`":`...), m.Unsafe...)
		}
	}
	if u.PasswordChange != "" {
		dst = plainjson.AppendString(append(dst, `,"passwordChange":`...), u.PasswordChange)
	}
	return append(dst, '}'), nil
}
