package credentials

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// checkFactor refuses a session that has not proved a factor recently, if its users change their
// own second factors, or if they have some and change other credentials. Callers who manage other
// users' factors may remove them.
func (cs *Credentials) checkFactor(ctx context.Context, by users.Actor, u *users.User, strategy string) error {
	if cs.Registry.SecondFactor(strategy) == nil && len(cs.Registry.FactorsOf(u.Records)) == 0 {
		return nil
	}
	return cs.CheckOwnFactors(ctx, by, u)
}

// stillMay repeats the checks of seen when a change is written: meanwhile another request may have ended
// the session or, for a second factor, added a factor to the user.
func (cs *Credentials) stillMay(ctx context.Context, by users.Actor, seen, was *users.User, strategy string) error {
	if err := sameSessions(by, seen, was); err != nil || cs.Registry.SecondFactor(strategy) == nil {
		return err
	}
	return cs.CheckOwnFactors(ctx, by, was)
}

// sameSessions refuses a user's own change if the user's sessions ended while it was prepared.
func sameSessions(by users.Actor, seen, was *users.User) error {
	if by.Kuid == was.Kuid && (was.Incarnation != seen.Incarnation || was.Epoch != seen.Epoch) {
		return storage.ErrConflict.New(was.Kuid)
	}
	return nil
}

// CheckOwnFactors is checkFactor for changes of any second factor. Faults: users.ErrActing, and
// those of [sessions.Sessions.CheckFactor].
func (cs *Credentials) CheckOwnFactors(ctx context.Context, by users.Actor, u *users.User) error {
	if err := by.MayChangeLogin(); err != nil {
		return err
	}
	if by.Kuid != u.Kuid || by.Operator || by.Open {
		return nil
	}
	return cs.sessions.CheckFactor(ctx, u, by.Factors, cs.FactorFresh)
}

// FactorsPurpose is the purpose with which imported second factors are sealed.
const FactorsPurpose = "accounts.import.factors"

// BroughtFactor maps a second factor in an import to its strategy and the strategy's field.
type BroughtFactor struct{ Factor, Strategy, Field string }

// BroughtFactors lists the second factors that imports may have.
func BroughtFactors() []BroughtFactor {
	return []BroughtFactor{{"totpSecret", "totp", "secret"}, {"backupCodes", "backup-code", "codes"}}
}

// ImportedKey marks imported records, in their Public. A later import may replace only marked
// records.
const ImportedKey = "brought"

// CheckBrought checks imported second factors, and lists those that no strategy accepts.
func (cs *Credentials) CheckBrought(ctx context.Context, kuid string, factors map[string]any) ([]string, error) {
	left := maps.Clone(factors)
	maps.DeleteFunc(left, func(_ string, value any) bool { return value == nil })
	for _, b := range BroughtFactors() {
		if left[b.Factor] == nil {
			continue
		}
		d, err := cs.checkBrought(ctx, kuid, b, left[b.Factor])
		if err != nil {
			return nil, err
		}
		if d != nil {
			delete(left, b.Factor)
		}
	}
	return slices.Sorted(maps.Keys(left)), nil
}

// checkBrought lets a factor's strategy check it; nil without an error means that the factor cannot
// be imported.
func (cs *Credentials) checkBrought(ctx context.Context, kuid string, b BroughtFactor, value any) (strategies.Draft, error) {
	strategy := cs.Registry.Strategy(b.Strategy)
	if strategy == nil {
		return nil, nil
	}
	d, err := strategy.Check(ctx, strategies.Subject{Kuid: kuid, Reason: strategies.Import}, strategies.Credentials{b.Field: value})
	if _, refused := fault.From(err); refused {
		return nil, nil
	}
	return d, err
}

// WithFactors returns a user in the state after AdoptFactors.
func (cs *Credentials) WithFactors(ctx context.Context, u *users.User) (*users.User, error) {
	next, err := cs.adopted(ctx, users.Actor{Kuid: u.Kuid}, u)
	if next == nil {
		next = u
	}
	return next, err
}

// AdoptFactors turns a user's imported second factors into credentials, as far as strategies accept
// them, and returns the written user. A user who enrolled a factor here gets none in addition.
func (cs *Credentials) AdoptFactors(ctx context.Context, u *users.User) (*users.User, error) {
	if u.Provenance == nil || len(u.Provenance.Factors) == 0 {
		return u, nil
	}
	by := users.Actor{Kuid: u.Kuid}
	var adopted *users.User
	err := cs.users.Change(ctx, by, u.Kuid, users.Edit{Retries: users.CredentialTries}, func(was *users.User) (*users.User, error) {
		next, err := cs.adopted(ctx, by, was)
		if adopted = was; next != nil {
			adopted = next
		}
		return next, err
	})
	return adopted, err
}

// adopted returns a user with the records of imported factors; nil if no strategy accepts one.
func (cs *Credentials) adopted(ctx context.Context, by users.Actor, was *users.User) (*users.User, error) {
	if was.Provenance == nil || len(was.Provenance.Factors) == 0 {
		return nil, nil
	}
	plain, err := cs.Sealer.Open(FactorsPurpose, was.Provenance.Factors)
	if err != nil {
		return nil, err
	}
	var factors map[string]any
	if err := json.Unmarshal(plain, &factors); err != nil {
		return nil, err
	}
	records, before := slices.Clone(was.Records), len(factors)
	// A user who enrolled a factor here gets no imported one.
	enrolled := slices.ContainsFunc(records, func(r strategies.Record) bool {
		return cs.Registry.SecondFactor(r.Strategy) != nil && r.Public[ImportedKey] != true
	})
	for _, b := range BroughtFactors() {
		if factors[b.Factor] == nil {
			continue
		}
		d, err := cs.checkBrought(ctx, was.Kuid, b, factors[b.Factor])
		if err != nil {
			return nil, err
		}
		if d == nil {
			continue
		}
		delete(factors, b.Factor)
		if enrolled {
			continue
		}
		r := strategies.Record{Strategy: b.Strategy}
		if r, err = cs.sealOne(ctx, by, b.Strategy, d); err != nil {
			return nil, err
		}
		r.Public = maps.Clone(r.Public)
		if r.Public == nil {
			r.Public = map[string]any{}
		}
		r.Public[ImportedKey] = true
		records = cs.Registry.Put(records, r)
	}
	if len(factors) == before {
		return nil, nil
	}
	next, brought := was.With(records), *was.Provenance
	brought.Factors, brought.Waiting, next.Provenance = nil, nil, &brought
	if len(factors) == 0 {
		return next, nil
	}
	rest, err := users.Encode(factors)
	if err == nil {
		brought.Factors, err = cs.Sealer.Seal(FactorsPurpose, rest)
	}
	return next, err
}
