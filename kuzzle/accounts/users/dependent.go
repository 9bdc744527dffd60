package users

import (
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Dependent is something that lives and dies with a user, such as sessions.
// Whatever ends or deletes users asks all of them, so that a new kind of
// belonging registers itself and is forgotten nowhere. A dependent works for
// nobody but the incarnation of the user that it was made for, so that Sweep and
// Clear free room and nothing waits for them.
type Dependent interface {
	// Collections are those that hold it. What else they hold is about no user.
	Collections() []storage.Collection
	// Ended is called after a commit that ended what the user of that kuid had,
	// such as a ban or a new password.
	Ended(ctx context.Context, kuid string)
	// Sweep removes what a deleted user leaves behind. It spares whoever was
	// created anew under that kuid. A failure is logged.
	Sweep(ctx context.Context, u *User)
	// Clear removes everybody's, once a reset has deleted all users.
	Clear(ctx context.Context) error
	// Name is the member of a written-out user's belongings that Export fills; ""
	// where nothing goes along, and Export and Restore are never called.
	Name() string
	// Export returns what goes with a user to another instance, as JSON reads it;
	// nil is nothing. Without secrets it leaves them out.
	Export(ctx context.Context, u *User, secrets bool) (any, error)
	// Restore gives a user what Export wrote of it. It may be called again with
	// the same.
	Restore(ctx context.Context, kuid string, belongings any) error
}

// ErrBelongings is about belongings of an imported user: their name, and the remedy.
var ErrBelongings = fault.Declare(0x400a0060, "security.user.invalid_belongings", 400, "belongings.%s: %s")

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

// Belongings returns what goes with a user to another instance, by the dependents'
// names; nil is nothing.
func (d *dependents) Belongings(ctx context.Context, u *User, secrets bool) (all map[string]any, err error) {
	for _, on := range d.all {
		if on.Name() == "" {
			continue
		}
		theirs, err := on.Export(ctx, u, secrets)
		if err != nil {
			return nil, err
		}
		if theirs == nil {
			continue
		}
		if all == nil {
			all = map[string]any{}
		}
		all[on.Name()] = theirs
	}
	return all, nil
}

// CheckBelongings refuses those that no dependent knows, with ErrBelongings.
func (d *dependents) CheckBelongings(belongings map[string]any) error {
	for name := range belongings {
		if name == "" || !slices.ContainsFunc(d.all, func(on Dependent) bool { return on.Name() == name }) {
			return ErrBelongings.New(name, "nothing here keeps that; leave it out")
		}
	}
	return nil
}

// Restore gives a user what Belongings wrote of it.
func (d *dependents) Restore(ctx context.Context, kuid string, belongings map[string]any) error {
	for _, on := range d.all {
		if theirs, has := belongings[on.Name()]; has {
			if err := on.Restore(ctx, kuid, theirs); err != nil {
				return err
			}
		}
	}
	return nil
}
