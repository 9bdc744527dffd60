package users

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// takenFault returns the fault for a claim key that another user holds. It names the kind of the
// identifier, says if the holder's spelling differs, and names value and holder to callers who may
// read users. holder is nil if it could not be read.
func (ns *Names) takenFault(u *User, key string, holder *User) error {
	id, found := ns.behind(u, key)
	switch {
	case !found:
		return strategies.ErrTaken.New("identifier")
	case holder == nil:
		return strategies.ErrTaken.New(id.Kind)
	}
	return TakenBy(id, holder, ns.Naming().Alike && !holder.Spells(id))
}

// TakenBy returns the fault for an identifier that a user holds, perhaps in another spelling.
func TakenBy(id strategies.Identifier, holder *User, alike bool) *fault.Error {
	failure, inside := strategies.ErrTaken.New(id.Kind), "The %s %q is already used by the user %s. Choose another."
	if alike {
		failure = ErrLooksTaken.New(id.Kind).Because(failure)
		inside = "The %s %q looks like one that the user %s has. Choose another."
	}
	failure.Inside = fmt.Sprintf(inside, id.Kind, id.Value, holder.Kuid)
	return failure
}

// behind returns the user's identifier that claims a key.
func (ns *Names) behind(u *User, key string) (strategies.Identifier, bool) {
	for strategy, id := range u.Claimed() {
		if own, err := ns.Naming().ClaimKeys(strategy, id); err == nil && slices.Contains(own, key) {
			return id, true
		}
	}
	return strategies.Identifier{}, false
}

// refuseMixed refuses a new name of a user that mixes scripts.
func (ns *Names) refuseMixed(u *User, key string) error {
	naming := ns.Naming()
	for strategy, id := range u.Claimed() {
		if !naming.refuses(id) {
			continue
		}
		if own, err := naming.ClaimKeys(strategy, id); err == nil && slices.Contains(own, key) {
			return ErrMixedScripts.New(id.Kind)
		}
	}
	return nil
}

// CheckScripts refuses a name in an unusual mix of scripts with ErrMixedScripts, if the naming rule
// says so.
func (ns *Names) CheckScripts(id strategies.Identifier) error {
	if ns.Naming().refuses(id) {
		return ErrMixedScripts.New(id.Kind)
	}
	return nil
}

// Probe refuses identifiers that other users hold, before anything is hashed. The commit finds
// names that are taken meanwhile.
func (ns *Names) Probe(ctx context.Context, kuid string, records []strategies.Record) error {
	return ns.ProbeAll(ctx, &User{Kuid: kuid, Records: records})
}

// ProbeAll is Probe for all identifiers in a user's next state.
func (ns *Names) ProbeAll(ctx context.Context, wanted *User) error {
	keys, err := wanted.Claims(ns.Naming())
	if err != nil {
		return err
	}
	for _, key := range keys {
		claim, err := ns.Store.Owner(ctx, key)
		if errors.Is(err, storage.ErrNotFound) {
			if err := ns.refuseMixed(wanted, key); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if claim.Of == storage.Users && claim.Owner == wanted.Kuid {
			continue
		}
		holder, err := ns.confirmed(ctx, key, claim)
		if err != nil {
			return err
		}
		if holder != nil && !(wanted.vouches(key, ns.Naming()) && holder.callsSelf(key, ns.Naming())) {
			return ns.takenFault(wanted, key, holder)
		}
	}
	return nil
}

// Holder returns the user who holds an identifier, nil for none. It always reads twice by id. A
// claim counts only while its owner, in the same incarnation, lists it.
func (ns *Names) Holder(ctx context.Context, key string) (*User, error) {
	claim, err := ns.Store.Owner(ctx, key)
	if errors.Is(err, storage.ErrNotFound) || err == nil && claim.Of != storage.Users {
		// Without a holder, read as often as with one, so that the time reveals nothing.
		claim, err = storage.Claim{Owner: key}, nil
	}
	if err != nil {
		return nil, err
	}
	return ns.confirmed(ctx, key, claim)
}

// HolderOf returns the user who holds an identifier, from any strategy or contact, nil for none.
// Fault: ErrBadIdentifier.
func (ns *Names) HolderOf(ctx context.Context, id strategies.Identifier) (*User, error) {
	key, err := ns.Naming().ClaimKey("", id)
	if err != nil {
		return nil, err
	}
	return ns.Holder(ctx, key)
}

// Named returns the user who holds a name: a user name, an e-mail address or a phone number in
// credentials, or a verified or reserved contact. Names are compared as in a login. Faults:
// ErrBadIdentifier, ErrUserNotFound.
func (ns *Names) Named(ctx context.Context, name string) (User, error) {
	u, err := ns.HolderOf(ctx, strategies.Identifier{Kind: "username", Value: name})
	if err == nil && u == nil {
		err = ErrUserNotFound.New(name)
	}
	if err != nil {
		return User{}, err
	}
	return *u, nil
}

// confirmed returns the user who holds a claim, nil for a stale claim: not every store deletes a
// claim together with its user.
func (ns *Names) confirmed(ctx context.Context, key string, claim storage.Claim) (*User, error) {
	u, err := ns.users.Read(ctx, claim.Owner)
	if errors.Is(err, ErrUserNotFound) {
		return nil, nil
	}
	if err != nil || !u.Owns(claim) {
		return nil, err
	}
	held, err := u.Claims(ns.Naming())
	if err != nil || !slices.Contains(held, key) {
		return nil, err
	}
	return u, nil
}
