package importer

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Into is the sink that writes into a domain of this process.
func Into(a *accounts.Accounts, by accounts.Actor) Sink {
	return func(ctx context.Context, how accounts.Import, rows []accounts.Row) ([]Outcome, error) {
		results, err := a.Import(ctx, by, how, rows)
		if err != nil {
			return nil, err
		}
		outcomes := make([]Outcome, len(results))
		for i, result := range results {
			outcomes[i] = Outcome{Kuid: result.Kuid, Status: result.Status}
			if failure, ok := fault.From(result.Err); ok {
				outcomes[i].Field, outcomes[i].Reason = fieldOf(failure), failure.Message()
			}
		}
		return outcomes, nil
	}
}

// fieldOf names what a fault is about: a field where it tells, else its id.
func fieldOf(failure *fault.Error) string {
	switch failure.Kind {
	case accounts.ErrUserExists:
		return KeyID
	case accounts.ErrNoProfile, profiles.ErrProfileNotFound:
		return profilesKey
	case strategies.ErrTaken, accounts.ErrBadIdentifier,
		assert.InvalidArgument, assert.InvalidType, assert.Missing, assert.Unexpected, assert.Forbidden:
		if name, ok := failure.Props[0].(string); ok {
			return name
		}
	}
	return failure.ID()
}
