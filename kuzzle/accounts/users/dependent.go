package users

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Dependent is something that lives and dies with a user, such as sessions.
// Whatever ends or deletes users asks all of them, so that a new kind of
// belonging registers itself and is forgotten nowhere. A dependent works for
// nobody but the incarnation of the user that it was made for, so that Sweep and
// Clear free room and nothing waits for them.
type Dependent interface {
	// Collections are those that hold it and nothing else.
	Collections() []storage.Collection
	// Ended is called after a commit that ended what the user of that kuid had,
	// such as a ban or a new password.
	Ended(ctx context.Context, kuid string)
	// Sweep removes what a deleted user leaves behind. It spares whoever was
	// created anew under that kuid. A failure is logged.
	Sweep(ctx context.Context, u *User)
	// Clear removes everybody's, once a reset has deleted all users.
	Clear(ctx context.Context) error
}

// dependents are all that registered.
type dependents struct{ all []Dependent }

// Depend registers what lives and dies with a user. It is called before the
// first request.
func (d *dependents) Depend(on Dependent) { d.all = append(d.all, on) }

// Dependents lists what was registered.
func (d *dependents) Dependents() []Dependent { return d.all }

// Ended tells all that depends on a user of a commit that ended it: one that
// raised the user's epoch.
func (d *dependents) Ended(ctx context.Context, kuid string) {
	for _, on := range d.all {
		on.Ended(ctx, kuid)
	}
}

// Sweep removes all that a deleted user leaves behind.
func (d *dependents) Sweep(ctx context.Context, u *User) {
	for _, on := range d.all {
		on.Sweep(ctx, u)
	}
}

// Clear removes all that users leave behind once they are all deleted.
func (d *dependents) Clear(ctx context.Context) error {
	var failed []error
	for _, on := range d.all {
		failed = append(failed, on.Clear(ctx))
	}
	return errors.Join(failed...)
}
