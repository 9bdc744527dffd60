package listing

import (
	"strings"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

// Filter selects users. The zero value selects all.
type Filter struct {
	// Query is a part of a name, an address, a number or the id, in any case. A query of fewer than
	// three characters matches only the beginning of values.
	Query    string
	Profile  string
	Strategy string
	// Digest is the format of the stored password, one of [digest.Names]; no user has an unknown
	// one.
	Digest                       string
	Banned, Locked, SecondFactor *bool
	// CreatedAfter and CreatedBefore are in epoch milliseconds, 0 for no bound; CreatedAfter is
	// inclusive, CreatedBefore is exclusive.
	CreatedAfter, CreatedBefore int64
}

// part is the shortest text that is searched for inside of values, in characters.
const part = 3

func account(name string) query.Field { return query.Field{Area: query.Account, Path: name} }

var createdAt = query.Field{Path: users.InfoKey + ".createdAt"}

func (l *Listing) where(f Filter) (query.Node, error) {
	all := query.Bool{}
	if text := strings.TrimSpace(f.Query); text != "" {
		named, err := called(text)
		if err != nil {
			return nil, err
		}
		all.Must = append(all.Must, named)
	}
	if f.Profile != "" {
		all.Must = append(all.Must, query.Terms{Field: query.Field{Path: users.ProfilesKey}, Values: []any{f.Profile}})
	}
	if f.Strategy != "" {
		if err := l.registry.CheckStrategy(f.Strategy); err != nil {
			return nil, err
		}
		all.Must = append(all.Must, l.having(f.Strategy))
	}
	if f.Digest != "" {
		all.Must = append(all.Must, l.keptAs(f.Digest))
	}
	if f.CreatedAfter != 0 || f.CreatedBefore != 0 {
		within := query.Range{Field: createdAt}
		if f.CreatedAfter != 0 {
			within.GTE = float64(f.CreatedAfter)
		}
		if f.CreatedBefore != 0 {
			within.LT = float64(f.CreatedBefore)
		}
		all.Must = append(all.Must, within)
	}
	now := l.users.Now().UnixMilli()
	for _, state := range []struct {
		wanted *bool
		is     query.Node
	}{
		{f.Banned, query.Terms{Field: account(users.BannedField), Values: []any{true}}},
		{f.Locked, query.Range{Field: account(users.LockedUntilField), GT: float64(now)}},
		{f.SecondFactor, query.Terms{Field: account(users.FactorsField), Values: users.Anys(l.registry.SecondFactors())}},
	} {
		switch {
		case state.wanted == nil:
		case *state.wanted:
			all.Must = append(all.Must, state.is)
		default:
			all.MustNot = append(all.MustNot, state.is)
		}
	}
	if len(all.Must)+len(all.MustNot) == 0 {
		return query.All{}, nil
	}
	return all, nil
}

// called matches users with a text in one of their names.
func called(text string) (query.Node, error) {
	contains := query.Contains{Fields: users.NameFields, Text: text}
	folded, err := contains.Folded()
	if err != nil || utf8.RuneCountInString(folded) >= part {
		return contains, err
	}
	begins := query.Bool{MinShould: 1}
	for _, field := range users.NameFields {
		begins.Should = append(begins.Should, query.Prefix{Field: field, Value: folded})
	}
	return begins, nil
}

// having matches users with credentials of a strategy.
func (l *Listing) having(strategy string) query.Node {
	if l.registry.Verifier(strategy) != nil {
		return classed(strategy)
	}
	return query.Terms{Field: account(users.StrategiesField), Values: []any{strategy}}
}

// classed matches users whose password's class equals a text, or begins with it and a space.
func classed(class string) query.Node {
	field := account(users.ClassKey)
	return query.Bool{MinShould: 1, Should: []query.Node{
		query.Terms{Field: field, Values: []any{class}}, query.Prefix{Field: field, Value: class + " "},
	}}
}

// keptAs matches users whose password is stored in a format.
func (l *Listing) keptAs(digest string) query.Node {
	any := query.Bool{MinShould: 1}
	for _, strategy := range l.registry.Family() {
		any.Should = append(any.Should, classed(strategy+" "+digest))
	}
	return any
}
