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

// checkFactor refuses users who would change their own second factors, or have some and
// would change what else they log in by, in a session that has not proved a factor of
// late. Whoever manages others' may take them away.
func (cs *Credentials) checkFactor(ctx context.Context, by users.Actor, u *users.User, strategy string) error {
	if cs.Registry.SecondFactor(strategy) == nil && len(cs.Registry.FactorsOf(u.Records)) == 0 {
		return nil
	}
	return cs.CheckOwnFactors(ctx, by, u)
}

// stillMay checks again, where the change of a second factor is written, what was
// checked of judged: another request may have given the user a factor meanwhile, or
// have ended the session.
func (cs *Credentials) stillMay(ctx context.Context, by users.Actor, judged, was *users.User, strategy string) error {
	if cs.Registry.SecondFactor(strategy) == nil {
		return nil
	}
	if by.Kuid == was.Kuid && (was.Incarnation != judged.Incarnation || was.Epoch != judged.Epoch) {
		return storage.ErrConflict.New(was.Kuid)
	}
	return cs.CheckOwnFactors(ctx, by, was)
}

// CheckOwnFactors is checkFactor for changes that may be of any second factor. Faults:
// users.ErrActing, and those of [sessions.Sessions.CheckFactor].
func (cs *Credentials) CheckOwnFactors(ctx context.Context, by users.Actor, u *users.User) error {
	if err := by.MayChangeLogin(); err != nil {
		return err
	}
	if by.Kuid != u.Kuid || by.Operator || by.Open {
		return nil
	}
	return cs.sessions.CheckFactor(ctx, u, by.Factors, cs.FactorFresh)
}

// FactorsPurpose is what second factors that imported users brought are sealed for.
const FactorsPurpose = "accounts.import.factors"

// BroughtFactor says which strategy takes a second factor that an importer reads,
// and the field in which the strategy takes it.
type BroughtFactor struct{ Factor, Strategy, Field string }

// BroughtFactors lists the second factors that importers read.
func BroughtFactors() []BroughtFactor {
	return []BroughtFactor{{"totpSecret", "totp", "secret"}, {"backupCodes", "backup-code", "codes"}}
}

// ImportedKey marks records that came from an import, in what is public of them.
// Another import may replace those, and no others.
const ImportedKey = "brought"

// CheckBrought judges second factors as an import brings them, and lists those that
// no strategy takes.
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

// checkBrought has the strategy of a factor judge it; nil without an error is a
// factor that cannot be taken.
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

// WithFactors is a user as AdoptFactors would leave them.
func (cs *Credentials) WithFactors(ctx context.Context, u *users.User) (*users.User, error) {
	next, err := cs.adopted(ctx, users.Actor{Kuid: u.Kuid}, u)
	if next == nil {
		next = u
	}
	return next, err
}

// AdoptFactors turns the second factors that an import brought to a user into
// credentials, as far as strategies take them, and returns the user as written.
// A user who enrolled a factor here keeps what there is, and gets none beside it.
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

// adopted is a user with the records of brought factors; nil where none is taken.
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
	// Whoever enrolled a factor here gets none beside it.
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
		records = cs.Registry.Place(records, r)
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
