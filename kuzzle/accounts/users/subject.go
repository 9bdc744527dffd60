package users

import (
	"context"
	"slices"

	"github.com/gokuzzle/kuzzle/strategies"
)

// Subject describes a user to a strategy.
func (us *Users) Subject(ctx context.Context, u *User, strategy string, by Actor, reason strategies.Reason) (strategies.Subject, error) {
	roles, err := us.Rights.RolesOf(ctx, u.Profiles)
	return strategies.Subject{
		Kuid: u.Kuid, Profiles: slices.Clone(u.Profiles), Roles: roles,
		Identifiers: u.identifiers(), Records: us.Registry.RecordsFor(strategy, u.Records),
		By: strategies.Actor{Kuid: by.Kuid, Self: by.Self && by.Kuid == u.Kuid}, Reason: reason, LetLeaked: by.LetLeaked,
	}, err
}
