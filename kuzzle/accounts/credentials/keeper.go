package credentials

import (
	"context"
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

// keeperFor returns the keeper of passwords if a strategy is another one of its family, otherwise
// "". A record of the family may be changed under the name of each strategy, so the keeper's rules
// for users who change their own hold under all of them.
func (cs *Credentials) keeperFor(strategy string) string {
	name, _ := cs.Registry.Keeper()
	if name == strategy || cs.Registry.Verifier(strategy) == nil {
		return ""
	}
	return name
}

// forKeeper returns an update without the current password if that is for the keeper, and not for
// the strategy itself.
func (cs *Credentials) forKeeper(strategy string, in map[string]any) map[string]any {
	if cs.keeperFor(strategy) == "" || in[strategies.CurrentField] == nil {
		return in
	}
	in = maps.Clone(in)
	delete(in, strategies.CurrentField)
	return in
}

// mayAlter lets a strategy refuse users who change or delete their own credentials.
func (cs *Credentials) mayAlter(ctx context.Context, by users.Actor, u *users.User, strategy string, in map[string]any) error {
	deleter, ok := cs.Registry.Strategy(strategy).(strategies.Deleter)
	if !ok {
		return nil
	}
	who, err := cs.users.Subject(ctx, u, strategy, by, strategies.Update)
	if err != nil {
		return err
	}
	return deleter.CheckDelete(ctx, who, in)
}
