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

// ErrOperatorOnly refuses rows that are no users, where they come over the API.
var ErrOperatorOnly = fault.Declare(0x400f0007, "import.operator_only", 403, "Imports over the API do not take roles, profiles, API keys and organizations. Load roles and profiles with security:loadSecurities, or import the file with the command kuzzle import.")

// Outcome is what became of a row. Field and Reason say why it was not imported.
type Outcome struct {
	Kuid   string           `json:"kuid,omitempty"`
	Status imports.Imported `json:"status"`
	Field  string           `json:"field,omitempty"`
	Reason string           `json:"reason,omitempty"`
	// Taken is the kind of address that somebody else has, Unfit that of one that is none;
	// Differs tells that the user is here and differs.
	Taken   string `json:"taken,omitempty"`
	Unfit   string `json:"unfit,omitempty"`
	Differs bool   `json:"differs,omitempty"`
	// Wish is what a row of a dry run is compared with other rows by.
	Wish *imports.Wish `json:"wish,omitempty"`
	// NoPassword tells that the user was created without one.
	NoPassword bool `json:"noPassword,omitempty"`
	// FactorLeft tells that a second factor of the user stays behind.
	FactorLeft bool `json:"factorLeft,omitempty"`
	// AddressLeft tells that an address of the user became no contact.
	AddressLeft bool `json:"addressLeft,omitempty"`
}

// Batch is what a sink takes at once: rows of one kind.
type Batch struct {
	Users       []imports.Row         `json:"rows,omitempty"`
	Definitions []imports.Definition  `json:"definitions,omitempty"`
	Keys        []imports.ImportedKey `json:"keys,omitempty"`

	Organizations []imports.Organization `json:"organizations,omitempty"`
}

// Len is the number of rows.
func (b *Batch) Len() int {
	return len(b.Users) + len(b.Definitions) + len(b.Keys) + len(b.Organizations)
}

// Halves are the two halves of a batch, in order.
func (b *Batch) Halves() (first, second Batch) {
	u, d, k, o := len(b.Users)/2, len(b.Definitions)/2, len(b.Keys)/2, len(b.Organizations)/2
	return Batch{b.Users[:u], b.Definitions[:d], b.Keys[:k], b.Organizations[:o]}, Batch{b.Users[u:], b.Definitions[d:], b.Keys[k:], b.Organizations[o:]}
}

// Sink judges and writes batches, in the order in which it is given them. It
// returns when the batch is on its way, so that the next one can be got ready
// meanwhile; what it returns waits for the outcomes, one for each row and in
// their order, and is called once for each batch. An error means that the run
// cannot go on, and ends the context.
type Sink func(ctx context.Context, how imports.Import, rows Batch) (finish func() ([]Outcome, error))

// Serially is the sink of what writes a batch and returns when that is done; one
// is written when its outcomes are asked for.
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

// Into is the sink of one run that writes into a domain of this process. Who may
// import users over the API need not have the right to say what users may do, so
// that roles, profiles, API keys and organizations are the operator's alone: others find them in
// the report.
func Into(a *accounts.Accounts, by users.Actor) Sink {
	users := a.Imports.Importer(by)
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
			return outcomes(results), nil
		}
	}
}

func outcomes(results []imports.RowResult) []Outcome {
	all := make([]Outcome, len(results))
	for i, result := range results {
		all[i] = Of(result)
	}
	return all
}

// Of is what a row's result is to those who are told.
func Of(result imports.RowResult) Outcome {
	o := Outcome{Kuid: result.Kuid, Status: result.Status, Wish: result.Wish, NoPassword: result.NoPassword, FactorLeft: result.FactorLeft, AddressLeft: result.AddressLeft}
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

// others writes what is no user.
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

// fieldOf names what a fault is about: a field where it tells, else its id.
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
