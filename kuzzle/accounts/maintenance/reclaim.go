package maintenance

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Reclaim returns the change by which a copy of a store follows another naming rule: users hold the
// keys of the new rule and no others, and the setting has the rule. Names and their data stay as they
// were given, and so do sessions, API keys and versions.
//
// Failed logins are counted by key, so their counts start anew once under the new rule. The decoys
// of unknown names do not depend on the rule.
func Reclaim(ctx context.Context, from storage.Store, caseSensitive bool, lookAlikes users.LookAlikes) (func(storage.Collection, *storage.Kept) error, error) {
	begun, _, err := users.ReadNaming(ctx, from, lookAlikes.Fresh(caseSensitive))
	if err != nil {
		return nil, err
	}
	rule := users.Naming{Exact: caseSensitive, Alike: !caseSensitive && lookAlikes.Over(begun.LookAlikes)}
	setting, err := json.Marshal(users.NamingPart{CaseSensitive: rule.Exact, LookAlikes: rule.Alike})
	return func(of storage.Collection, kept *storage.Kept) error {
		switch {
		case of == storage.Settings && kept.ID == users.NamingSetting:
			kept.Content = setting
		case of == storage.Users:
			u, err := users.ReadUser(kept.Document)
			if err != nil {
				return err
			}
			keys, err := u.Claims(rule)
			if err != nil {
				return err
			}
			slices.Sort(keys)
			kept.Claims = slices.Compact(keys)
		}
		return nil
	}, err
}
