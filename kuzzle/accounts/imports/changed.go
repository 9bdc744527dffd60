package imports

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// maxChanged is the largest number of names of changed fields of a user; "others" stands for the rest.
const maxChanged = 50

// depths are the levels of names in the parts of a user. Other parts are fields themselves.
var depths = map[string]int{
	ContentPart: 2, PrivatePart: 2, FactorsPart: 2, DetailsPart: 2, "accountMetadata": 3, CredentialsPart: 3,
}

// changed names the fields that a merge changes, sorted, such as content.name,
// accountMetadata.public.plan, credentials.local.username and accountContacts. It compares what an
// export of the user has, so that a secret that is only encrypted anew is none of them. In a dry run
// secrets of credentials are not known, and a password in the row counts as another one.
func (in *importing) changed(ctx context.Context, p *plannedRow, was, next *users.User) ([]string, error) {
	before, err := in.comparable(ctx, was)
	if err != nil {
		return nil, err
	}
	after, err := in.comparable(ctx, next)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, part := range slices.Sorted(maps.Keys(union(before, after))) {
		names = differing(names, part, max(depths[part], 1)-1, before[part], after[part])
	}
	if in.how.DryRun && in.how.MergeCredentials {
		for _, strategy := range slices.Sorted(maps.Keys(p.row.Credentials)) {
			given, _ := p.row.Credentials[strategy].(map[string]any)
			for _, field := range passwordFields {
				if given[field] != nil {
					names = append(names, CredentialsPart+"."+strategy+"."+field)
				}
			}
		}
	}
	if len(names) > maxChanged {
		names = append(names[:maxChanged], "others")
	}
	return names, nil
}

// comparable returns the parts of a user, as an export has them, by their names.
func (in *importing) comparable(ctx context.Context, u *users.User) (map[string]any, error) {
	out, err := in.exportData(u, true)
	if err != nil {
		return nil, err
	}
	if err := in.exportCredentials(ctx, u, !in.how.DryRun, &out); err != nil {
		return nil, err
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	parts := map[string]any{}
	err = json.Unmarshal(text, &parts)
	delete(parts, "lost")
	return parts, err
}

func union(one, other map[string]any) map[string]any {
	all := maps.Clone(one)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, other)
	return all
}

// differing appends the names that differ between two values, down to a number of levels.
func differing(names []string, name string, levels int, was, now any) []string {
	if reflect.DeepEqual(was, now) {
		return names
	}
	before, isObject := was.(map[string]any)
	after, isToo := now.(map[string]any)
	if levels == 0 || !isObject && was != nil || !isToo && now != nil {
		return append(names, name)
	}
	for _, member := range slices.Sorted(maps.Keys(union(before, after))) {
		names = differing(names, name+"."+member, levels-1, before[member], after[member])
	}
	return names
}
