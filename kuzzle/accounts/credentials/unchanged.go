package credentials

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

// errUnchanged is what changes returns of an update that leaves nothing to do.
var errUnchanged = errors.New("credentials: nothing changes")

// changes returns an update without the fields that are shown and cannot be set.
// Clients send back all that they read. Such a field with another value is an
// api.assert.forbidden_argument that names it.
func changes(reg *registry.Registry, u *users.User, strategy string, in map[string]any) (map[string]any, error) {
	at := slices.IndexFunc(u.Records, func(r strategies.Record) bool { return r.Strategy == strategy })
	if at < 0 || len(in) == 0 {
		return in, nil
	}
	writable, err := reg.CredentialFields(strategy)
	if err != nil {
		return nil, err
	}
	left := maps.Clone(in)
	for field, shown := range reg.Show(u.Records[at], u.Kuid) {
		given, sent := in[field]
		switch {
		case !sent || slices.Contains(writable, field):
		case !sameJSON(given, shown):
			return nil, assert.Forbidden.New(field)
		default:
			delete(left, field)
		}
	}
	if len(left) == 0 {
		return nil, errUnchanged
	}
	return left, nil
}

func sameJSON(a, b any) bool {
	first, err := json.Marshal(a)
	if err != nil {
		return false
	}
	second, err := json.Marshal(b)
	return err == nil && bytes.Equal(first, second)
}
