package kuzzleview

import (
	"bytes"
	"encoding/json"

	"github.com/gokuzzle/kuzzle/kuzzle/rights"
)

// Role is a role that was read.
func Role(d rights.Doc) Document { return Document{ID: d.ID, Source: d.Source} }

// WrittenRole is a role that was written.
func WrittenRole(d rights.Doc) Document { return written(Role(d), d.Version) }

// Profile is a profile that was read. Its source also shows optimizedPolicies,
// which older clients read; it is never stored.
func Profile(d rights.Doc) Document {
	return Document{ID: d.ID, Source: withPolicies(d.Source, optimized(d.Source))}
}

// WrittenProfile is a profile that was written.
func WrittenProfile(d rights.Doc) Document { return written(Profile(d), d.Version) }

// FoundProfile is a profile that a search found: its optimizedPolicies are empty.
func FoundProfile(id string, source json.RawMessage) Document {
	return Document{ID: id, Source: withPolicies(source, []byte("[]"))}
}

// written adds the version, and created when it is the first.
func written(d Document, version int64) Document {
	d.Version, d.Created = version, version == 1
	return d
}

// optimized lists the policies' roles, and whether a policy is restricted.
func optimized(source json.RawMessage) []byte {
	var profile struct {
		Policies []struct {
			RoleID       string            `json:"roleId"`
			RestrictedTo []json.RawMessage `json:"restrictedTo"`
		} `json:"policies"`
	}
	type policy struct {
		RoleID       string    `json:"roleId"`
		RestrictedTo *struct{} `json:"restrictedTo,omitempty"`
	}
	list := []policy{}
	// What is stored was checked when it was written; if it is damaged all the
	// same, reading it must still be possible.
	if json.Unmarshal(source, &profile) == nil {
		for _, p := range profile.Policies {
			short := policy{RoleID: p.RoleID}
			if len(p.RestrictedTo) > 0 {
				short.RestrictedTo = &struct{}{}
			}
			list = append(list, short)
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		return []byte("[]")
	}
	return text
}

func withPolicies(source json.RawMessage, policies []byte) json.RawMessage {
	end := bytes.LastIndexByte(source, '}')
	if end < 0 {
		return source
	}
	body := source[:end]
	shown := make([]byte, 0, len(source)+len(policies)+24)
	shown = append(shown, body...)
	if !bytes.HasSuffix(bytes.TrimSpace(body), []byte{'{'}) {
		shown = append(shown, ',')
	}
	shown = append(shown, `"optimizedPolicies":`...)
	shown = append(shown, policies...)
	return append(shown, '}')
}
