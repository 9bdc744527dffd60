package users

import (
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Dependent is data that depends on a user, such as sessions. All code that ends or deletes users
// calls all dependents, so that a new kind of data only has to register itself. A dependent's data
// is valid only for the incarnation of the user that it was made for, so Sweep and Clear only free
// space, and nothing waits for them.
type Dependent interface {
	// Collections returns the collections with the data. Their other documents are about no user.
	Collections() []storage.Collection
	// Ended is called after a commit that ended the sessions of a user, such as a ban or a new
	// password.
	Ended(ctx context.Context, kuid string)
	// Sweep removes the data of a deleted user. It keeps that of a new user with the same kuid. It
	// logs a failure.
	Sweep(ctx context.Context, u *User)
	// Clear removes the data of all users, after a reset deleted them.
	Clear(ctx context.Context) error
	// Name returns the member of an exported user's belongings that Export fills. If it is "",
	// Export and Restore are never called.
	Name() string
	// Export returns the data that moves with a user to another instance, in JSON's types; nil is
	// none. Without secrets it leaves secrets out.
	Export(ctx context.Context, u *User, secrets bool) (any, error)
	// Restore gives a user the data that Export returned. It may be called again with the same
	// data.
	Restore(ctx context.Context, kuid string, belongings any) error
}

// ErrBelongings has the name of an imported user's belongings, and the remedy.
var ErrBelongings = fault.Declare(0x400a0060, "security.user.invalid_belongings", 400, "belongings.%s: %s")

// dependents holds all registered dependents.
type dependents struct{ all []Dependent }

// Depend registers a dependent. It is called before the first request.
func (d *dependents) Depend(on Dependent) { d.all = append(d.all, on) }

// Dependents lists the registered dependents.
func (d *dependents) Dependents() []Dependent { return d.all }

// Ended calls all dependents after a commit that raised a user's epoch.
func (d *dependents) Ended(ctx context.Context, kuid string) {
	for _, on := range d.all {
		on.Ended(ctx, kuid)
	}
}

// Sweep removes all data of a deleted user.
func (d *dependents) Sweep(ctx context.Context, u *User) {
	for _, on := range d.all {
		on.Sweep(ctx, u)
	}
}

// Clear removes all data of users after all were deleted.
func (d *dependents) Clear(ctx context.Context) error {
	var failed []error
	for _, on := range d.all {
		failed = append(failed, on.Clear(ctx))
	}
	return errors.Join(failed...)
}

// Belongings returns the data that moves with a user to another instance, by the dependents' names;
// nil is none.
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

// CheckBelongings refuses unknown belongings, with ErrBelongings.
func (d *dependents) CheckBelongings(belongings map[string]any) error {
	for name := range belongings {
		if name == "" || !slices.ContainsFunc(d.all, func(on Dependent) bool { return on.Name() == name }) {
			return ErrBelongings.New(name, "this server has no such data; remove this member")
		}
	}
	return nil
}

// Restore gives a user the data that Belongings returned.
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
