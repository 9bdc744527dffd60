package rights

import (
	"context"
	"fmt"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// stored holds some profiles and the roles that they name, as they were read.
type stored struct {
	set             []profiles.Profile
	profiles, roles []storage.Document
}

func (c *Compiler) read(ctx context.Context, profileIDs []string) (s stored, err error) {
	if s.profiles, err = storage.All(ctx, c.store, storage.Profiles, profileIDs); err != nil {
		return s, err
	}
	for _, doc := range s.profiles {
		body, err := decode(doc.Content)
		if err != nil {
			return s, err
		}
		profile, err := profiles.ParseProfile(doc.ID, body)
		if err != nil {
			return s, err
		}
		s.set = append(s.set, profile)
	}
	s.roles, err = storage.All(ctx, c.store, storage.Roles, rolesOf(s.set))
	return s, err
}

// state differs whenever one of the documents changed or was deleted.
func (s stored) state() string {
	var text strings.Builder
	for _, docs := range [][]storage.Document{s.profiles, s.roles} {
		for _, doc := range docs {
			fmt.Fprintf(&text, "%q %s %d %d\n", doc.ID, doc.Incarnation, doc.Rev.Seq, doc.Rev.Term)
		}
		text.WriteByte('\n')
	}
	return text.String()
}

func (s stored) parseRoles() (map[string]profiles.Role, error) {
	roles := make(map[string]profiles.Role, len(s.roles))
	for _, doc := range s.roles {
		body, err := decode(doc.Content)
		if err != nil {
			return nil, err
		}
		if roles[doc.ID], err = profiles.ParseRole(doc.ID, body); err != nil {
			return nil, err
		}
	}
	return roles, nil
}
