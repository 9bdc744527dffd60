package credentials

import (
	"context"
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

// keeperFor returns the keeper of passwords if a strategy is another one of its family, otherwise
// "". A record of the family may be changed under the name of each strategy, so the keeper's rules
// for users who change their own hold under all of them.
func keeperFor(reg *registry.Registry, strategy string) string {
	name, _ := reg.Keeper()
	if name == strategy || reg.Verifier(strategy) == nil {
		return ""
	}
	return name
}

// forKeeper returns an update without the current password if that is for the keeper, and not for
// the strategy itself.
func forKeeper(reg *registry.Registry, strategy string, in map[string]any) map[string]any {
	if keeperFor(reg, strategy) == "" || in[strategies.CurrentField] == nil {
		return in
	}
	in = maps.Clone(in)
	delete(in, strategies.CurrentField)
	return in
}

// mayAlter lets a strategy refuse users who change or delete their own credentials.
func mayAlter(ctx context.Context, us *users.Users, by users.Actor, u *users.User, strategy string, in map[string]any) error {
	deleter, ok := us.Registry.Strategy(strategy).(strategies.Deleter)
	if !ok {
		return nil
	}
	who, err := us.Subject(ctx, u, strategy, by, strategies.Update)
	if err != nil {
		return err
	}
	return deleter.CheckDelete(ctx, who, in)
}
