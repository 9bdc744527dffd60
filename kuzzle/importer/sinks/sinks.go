package sinks

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// ErrOperatorOnly refuses rows that are not users in imports over the API.
var ErrOperatorOnly = fault.Declare(0x400f0007, "import.operator_only", 403, "Imports over the API do not take roles, profiles, API keys and organizations. Load roles and profiles with security:loadSecurities, or import the file with the command kuzzle import.")

// Outcome is the result for a row. Field and Reason say why it was not imported.
type Outcome struct {
	Kuid   string           `json:"kuid,omitempty"`
	Status imports.Imported `json:"status"`
	Field  string           `json:"field,omitempty"`
	Reason string           `json:"reason,omitempty"`
	// Taken is the kind of an address that another user has, Unfit that of an invalid one.
	// Differs is set if the user exists and differs.
	Taken   string `json:"taken,omitempty"`
	Unfit   string `json:"unfit,omitempty"`
	Differs bool   `json:"differs,omitempty"`
	// Wish has the names that a dry run compares between rows.
	Wish *imports.Wish `json:"wish,omitempty"`
	// NoPassword is set if the user was created without a password.
	NoPassword bool `json:"noPassword,omitempty"`
	// FactorLeft is set if a second factor of the user was not imported.
	FactorLeft bool `json:"factorLeft,omitempty"`
	// AddressLeft is set if an address of the user became no contact.
	AddressLeft bool `json:"addressLeft,omitempty"`
	// Changed are the names of the fields that a merge changed.
	Changed []string `json:"changed,omitempty"`
}

// Batch is a number of rows of one kind.
type Batch struct {
	Users       []imports.Row         `json:"rows,omitempty"`
	Definitions []imports.Definition  `json:"definitions,omitempty"`
	Keys        []imports.ImportedKey `json:"keys,omitempty"`

	Organizations []imports.Organization `json:"organizations,omitempty"`
}

// Len returns the number of rows.
func (b *Batch) Len() int {
	return len(b.Users) + len(b.Definitions) + len(b.Keys) + len(b.Organizations)
}

// Halves returns the two halves of a batch, in order.
func (b *Batch) Halves() (first, second Batch) {
	u, d, k, o := len(b.Users)/2, len(b.Definitions)/2, len(b.Keys)/2, len(b.Organizations)/2
	return Batch{b.Users[:u], b.Definitions[:d], b.Keys[:k], b.Organizations[:o]}, Batch{b.Users[u:], b.Definitions[d:], b.Keys[k:], b.Organizations[o:]}
}

// Sink checks and writes batches, in the order of the calls. It returns when the batch is
// under way, so that the next one can be prepared. The returned function waits for the
// outcomes, one for each row in order, and is called once for each batch. An error means
// that the run cannot continue, and ends the context.
type Sink func(ctx context.Context, how imports.Import, rows Batch) (finish func() ([]Outcome, error))

// Serially returns a sink for a function that writes a whole batch. It is called when the
// outcomes are requested.
func Serially(write func(ctx context.Context, how imports.Import, rows Batch) ([]Outcome, error)) Sink {
	return func(ctx context.Context, how imports.Import, rows Batch) func() ([]Outcome, error) {
		return func() ([]Outcome, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return write(ctx, how, rows)
		}
	}
}

// While returns a sink that writes a batch only if may returns no error.
func While(may func(context.Context) error, sink Sink) Sink {
	return func(ctx context.Context, how imports.Import, rows Batch) func() ([]Outcome, error) {
		if err := may(ctx); err != nil {
			return func() ([]Outcome, error) { return nil, err }
		}
		return sink(ctx, how, rows)
	}
}

// Into returns the sink of one run that writes into a domain of this process. Only the
// operator may import roles, profiles, API keys and organizations, since the right to import
// users over the API does not include the right to change rights. Other callers find such
// rows in the report. senders are other callers whom the rows come from.
func Into(a *accounts.Accounts, by users.Actor, senders ...users.Actor) Sink {
	users := a.Imports.Importer(by, senders...)
	return func(ctx context.Context, how imports.Import, rows Batch) func() ([]Outcome, error) {
		finish := func() ([]imports.RowResult, error) { return others(ctx, a, by, how, rows) }
		if len(rows.Users) > 0 {
			finish = users.Begin(ctx, how, rows.Users)
		}
		return func() ([]Outcome, error) {
			results, err := finish()
			if err != nil {
				return nil, err
			}
			return outcomes(results, by.Operator), nil
		}
	}
}

// outcomes returns the outcomes of rows; with inside, refusals name other users.
func outcomes(results []imports.RowResult, inside bool) []Outcome {
	all := make([]Outcome, len(results))
	for i, result := range results {
		if failure, ok := fault.From(result.Err); ok && inside {
			failure.Reveal()
		}
		all[i] = Of(result)
	}
	return all
}

// Of returns the outcome of a row's result.
func Of(result imports.RowResult) Outcome {
	o := Outcome{Kuid: result.Kuid, Status: result.Status, Wish: result.Wish, NoPassword: result.NoPassword, FactorLeft: result.FactorLeft, AddressLeft: result.AddressLeft, Changed: result.Changed}
	if failure, ok := fault.From(result.Err); ok {
		o.Field, o.Reason = fieldOf(failure), failure.Message()
		o.Differs = failure.Kind == imports.ErrUserDiffers
		switch failure.Kind {
		case strategies.ErrTaken:
			o.Taken = o.Field
		case users.ErrBadIdentifier, assert.InvalidArgument:
			o.Unfit = o.Field
		}
	}
	return o
}

// others writes rows that are not users.
func others(ctx context.Context, a *accounts.Accounts, by users.Actor, how imports.Import, rows Batch) ([]imports.RowResult, error) {
	switch {
	case !by.Operator:
		results := make([]imports.RowResult, rows.Len())
		for i := range results {
			results[i] = imports.RowResult{Status: imports.RowSkipped, Err: ErrOperatorOnly.New()}
		}
		return results, nil
	case len(rows.Definitions) > 0:
		return a.Imports.ImportDefinitions(ctx, by, how, rows.Definitions)
	case len(rows.Organizations) > 0:
		return a.Imports.ImportOrganizations(ctx, by, how, rows.Organizations)
	}
	return a.Imports.ImportKeys(ctx, by, how, rows.Keys)
}

// fieldOf returns the field of a fault, or else its id.
func fieldOf(failure *fault.Error) string {
	switch failure.Kind {
	case users.ErrUserExists, imports.ErrUserDiffers, imports.ErrRowAgain:
		return "id"
	case users.ErrNoProfile, profiles.ErrProfileNotFound:
		return "profileIds"
	case strategies.ErrTaken, users.ErrBadIdentifier, users.ErrMixedScripts, users.ErrLooksTaken,
		assert.InvalidArgument, assert.InvalidType, assert.Missing, assert.Unexpected, assert.Forbidden:
		if name, ok := failure.Props[0].(string); ok {
			return name
		}
	}
	return failure.ID()
}
