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
	// maxNumber is how many digits a number of a row has that other files may have too.
	maxNumber = 9
	// numbersTried is how many rows are compared with the users that have their numbers.
	numbersTried = 20
)

// ErrNumbers: rows are known by numbers that other users have.
var ErrNumbers = errors.New("other users have the same numbers as ids, such as those of another file; name the system that this file comes from, such as --source shop")

// Numbered answers ErrNumbers for rows that are known by small numbers which users of
// another file have: rows 7 of two files are two people. A row is the same person if the
// user who has its number has its name, too. It writes nothing.
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

// nameOf is a name that a row's user logs in by.
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
