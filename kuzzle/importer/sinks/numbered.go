package sinks

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/external"
)

const (
	// maxNumber is the largest number of digits of an id that may belong to two files.
	maxNumber = 9
	// numbersTried is the number of rows that are compared with the users of the same ids.
	numbersTried = 20
)

// ErrNumbers means that other users have the ids of rows, which are small numbers.
var ErrNumbers = errors.New("other users have the same numbers as ids, such as those of another file; name the system that this file comes from, such as --source shop")

// Numbered returns ErrNumbers for rows whose ids are small numbers that users of another
// file have: row 7 of one file and row 7 of another are two people. A row is the same person
// if the user with its number also has its name. Numbered writes nothing.
func Numbered(ctx context.Context, sink Sink, how imports.Import, rows []imports.Row) error {
	var numbered, named []imports.Row
	for _, row := range rows {
		name, known := nameOf(row)
		_, number, _ := strings.Cut(row.Key.Value, ":")
		if row.Key.Kind != external.Kind || !known || len(number) > maxNumber || strings.Trim(number, "0123456789") != "" {
			continue
		}
		numbered = append(numbered, row)
		row.Key = name
		if named = append(named, row); len(named) == numbersTried {
			break
		}
	}
	if len(numbered) == 0 {
		return nil
	}
	how.DryRun, how.OnConflict = true, imports.ConflictFail
	byNumber, err := sink(ctx, how, Batch{Users: numbered})()
	if err != nil || !slices.ContainsFunc(byNumber, func(o Outcome) bool { return o.Differs }) || slices.ContainsFunc(byNumber, func(o Outcome) bool { return o.Status == imports.RowUnchanged }) {
		return err
	}
	byName, err := sink(ctx, how, Batch{Users: named})()
	if err != nil {
		return err
	}
	met, same := 0, 0
	for i, o := range byNumber {
		if o.Differs {
			met++
			if byName[i].Kuid == o.Kuid {
				same++
			}
		}
	}
	if 2*same < met {
		return ErrNumbers
	}
	return nil
}

// nameOf returns a login name of a row's user.
func nameOf(row imports.Row) (strategies.Identifier, bool) {
	for _, kind := range []string{"username", users.Email} {
		for _, given := range row.Credentials {
			given, _ := given.(map[string]any)
			if value, is := given[kind].(string); is {
				return strategies.Identifier{Kind: kind, Value: value}, true
			}
		}
	}
	return strategies.Identifier{}, false
}
