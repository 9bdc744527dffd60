package imports

import (
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// mergedDetails merges a row's details into a user's. claims reports whether the row has names or
// an external id; a merge changes these only together with credentials.
func (in *importing) mergedDetails(row *Row, kuid string, has *users.Details) (merged *users.Details, claims bool, err error) {
	patch, all := row.patch(DetailsPart, row.Details)
	if all {
		for _, name := range users.DetailNames() {
			if _, given := patch[name]; !given {
				patch[name] = nil
			}
		}
	}
	for _, name := range users.ClaimedDetails() {
		_, given := patch[name]
		claims = claims || given
	}
	if claims && !in.how.MergeCredentials {
		patch = maps.Clone(patch)
		for _, name := range users.ClaimedDetails() {
			delete(patch, name)
		}
	}
	if merged, err = has.Patched(DetailsPart, patch, in.Now().UnixMilli()); err == nil && in.how.MergeCredentials {
		merged, err = in.elsewhere(row, kuid, merged)
	}
	return merged, claims, err
}
