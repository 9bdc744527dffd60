package imports

import (
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// mergedDetails are a user's details with those of a row laid over. claims reports
// whether the row says something of names, which stay where credentials do.
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
