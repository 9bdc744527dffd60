package kuzzleview

import (
	"bytes"
	"encoding/json"

	"github.com/gokuzzle/kuzzle/kuzzle/rights"
)

// Role returns a role that was read.
func Role(d rights.Doc) Document { return Document{ID: d.ID, Source: d.Source} }

// WrittenRole returns a role that was written.
func WrittenRole(d rights.Doc) Document { return written(Role(d), d.Version) }

// Profile returns a profile that was read. Its source also has optimizedPolicies for older clients;
// that member is never stored.
func Profile(d rights.Doc) Document {
	return Document{ID: d.ID, Source: withPolicies(d.Source, optimized(d.Source))}
}

// WrittenProfile returns a profile that was written.
func WrittenProfile(d rights.Doc) Document { return written(Profile(d), d.Version) }

// FoundProfile returns a profile that a search found; its optimizedPolicies are empty.
func FoundProfile(id string, source json.RawMessage) Document {
	return Document{ID: id, Source: withPolicies(source, []byte("[]"))}
}

// written adds the version, and created if the version is the first.
func written(d Document, version int64) Document {
	d.Version, d.Created = version, version == 1
	return d
}

// optimized returns a list of the policies' roles, each with whether the policy is restricted.
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
	// Stored profiles were checked on their write. Reading must still work if one is damaged.
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
