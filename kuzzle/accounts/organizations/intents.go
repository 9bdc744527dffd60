package organizations

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// intent is a change of a membership in progress.
type intent struct {
	ID   string `json:"id"`
	Do   string `json:"do"`
	Kuid string `json:"kuid"`
	// Was is the role before, Role the role after the change.
	Was  string `json:"was,omitempty"`
	Role string `json:"role,omitempty"`
	At   int64  `json:"at"`
	// Founds is set if the organization is created with the membership.
	Founds bool `json:"founds,omitempty"`
	// by is the actor of the change, if it began in this process.
	by users.Actor
}

// The kinds of changes.
const (
	add    = "add"
	remove = "remove"
	change = "change"
)

// maxIntents bounds the intents of an organization.
const maxIntents = 500

// gains and loses report whether the organization gains or loses an administrator.
func (in *intent) gains() bool { return in.Role == Admin && in.Was != Admin }
func (in *intent) loses() bool { return in.Was == Admin && in.Role != Admin }

var errUnderWay = errors.New("organizations: the membership is being changed")

// begin notes an intent, after an earlier one on that membership has ended. allow may refuse.
func (ms *Members) begin(ctx context.Context, organization string, in *intent, allow func(*state) error) error {
	for try := range tries {
		in.At = ms.millis()
		var met intent
		_, err := ms.edit(ctx, organization, false, false, func(s *state, _ *storage.Change) error {
			if i := slices.IndexFunc(s.Intents, func(other intent) bool { return other.Kuid == in.Kuid }); i >= 0 {
				met = s.Intents[i]
				return errUnderWay
			}
			if err := allow(s); err != nil {
				return err
			}
			if len(s.Intents) >= maxIntents {
				return storage.ErrConflict.New(organization)
			}
			s.Intents = append(s.Intents, *in)
			if in.Do == add {
				s.Members++
			}
			if in.loses() {
				s.Admins--
			}
			return nil
		})
		if !errors.Is(err, errUnderWay) {
			return err
		}
		if ms.old(&met) {
			err = ms.settle(ctx, organization, met)
		} else {
			err = pause(ctx, try)
		}
		if err != nil {
			return err
		}
	}
	return storage.ErrConflict.New(organization)
}

// old reports whether an intent is old enough to be abandoned.
func (ms *Members) old(in *intent) bool {
	return ms.now().Sub(time.UnixMilli(in.At)) > grace
}

// stands reports whether an intent is still noted, so that nobody has ended it.
func (ms *Members) stands(ctx context.Context, organization, id string) (bool, error) {
	s, err := ms.any(ctx, organization)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil && slices.ContainsFunc(s.Intents, func(in intent) bool { return in.ID == id }), err
}

// apply makes an intent's change of the membership, and reports whether it is done; if not, it can
// never be done. made is the membership to add. It is nil for a caller who ends another's intent;
// then an addition that was not written yet is prevented. Several callers may do so concurrently; a
// caller whose commit is refused reads again.
//
// The order of the reads matters: first the membership, then whether the intent stands. The write
// depends on the revision that was read, so nobody writes for an intent that has ended.
func (ms *Members) apply(ctx context.Context, organization string, in intent, made *Membership) (done bool, err error) {
	for try := range tries {
		m, err := ms.stored(ctx, organization, in.Kuid)
		if err != nil {
			return false, err
		}
		if try > 0 || made == nil || ms.old(&in) {
			if stands, err := ms.stands(ctx, organization, in.ID); err != nil || !stands {
				return m != nil && m.intent == in.ID && m.gone == (in.Do == remove), err
			}
		}
		next, done, err := ms.step(ctx, organization, &in, m, made)
		if err != nil || next == nil {
			return done, err
		}
		if err := ms.write(ctx, in.by, m, next); err != nil && !again(err) {
			return false, err
		}
	}
	return false, storage.ErrConflict.New(organization)
}

// step returns the next state of a membership for an intent, or nil and whether it is done.
func (ms *Members) step(ctx context.Context, organization string, in *intent, m, made *Membership) (next *Membership, done bool, err error) {
	there := m != nil && !m.gone
	own := m != nil && m.intent == in.ID
	switch {
	case in.Do == add && own && there:
		gone, err := ms.gone(ctx, m)
		if gone && err == nil {
			return m.removed(in.ID), false, nil
		}
		return nil, true, err
	case in.Do == add && (own || there):
		return nil, false, nil
	case in.Do == add && made == nil:
		made = (&Membership{Organization: organization, Kuid: in.Kuid}).removed(in.ID)
		fallthrough
	case in.Do == add:
		if made.version, made.rev = 0, (storage.Rev{}); m != nil {
			made.version, made.rev = m.version, m.rev
		}
		return made, false, nil
	case own:
		return nil, m.gone == (in.Do == remove), nil
	case !there || m.Role != in.Was:
		return nil, false, nil
	case in.Do == remove:
		return m.removed(in.ID), false, nil
	}
	changed := *m
	changed.Role, changed.UpdatedAt, changed.intent = in.Role, ms.millis(), in.ID
	return &changed, false, nil
}

// gone reports whether the user of a membership no longer exists.
func (ms *Members) gone(ctx context.Context, m *Membership) (bool, error) {
	u, err := ms.users.Read(ctx, m.Kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return true, nil
	}
	return err == nil && u.Incarnation != m.Incarnation, err
}

// end removes an intent. It logs a failure: the change itself is made, or is not, and Upkeep will
// remove the intent.
func (ms *Members) end(ctx context.Context, organization string, in intent, done bool) {
	if err := ms.ended(ctx, organization, in, done); err != nil {
		ms.log.WarnContext(ctx, "a change of a membership stays open until the upkeep ends it", "organization", organization, "kuid", in.Kuid, "cause", err)
	}
}

func (ms *Members) ended(ctx context.Context, organization string, in intent, done bool) error {
	_, err := ms.edit(ctx, organization, true, true, func(s *state, _ *storage.Change) error {
		i := slices.IndexFunc(s.Intents, func(one intent) bool { return one.ID == in.ID })
		if i < 0 {
			return errEnded
		}
		s.Intents = slices.Delete(s.Intents, i, i+1)
		if in.Do == add && !done || in.Do == remove && done {
			s.Members--
		}
		if done && in.gains() || !done && in.loses() {
			s.Admins++
		}
		return nil
	})
	if errors.Is(err, errEnded) || errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

var errEnded = errors.New("organizations: another process has ended it")

// settle ends an abandoned intent. If the organization was being created and its first
// administrator was not written, it removes the organization.
func (ms *Members) settle(ctx context.Context, organization string, in intent) error {
	done, err := ms.apply(ctx, organization, in, nil)
	if err != nil {
		return err
	}
	if in.Founds && !done {
		return ms.dismantle(ctx, organization)
	}
	return ms.ended(ctx, organization, in, done)
}
