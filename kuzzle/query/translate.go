package query

import "fmt"

// Translator converts each type of node to an engine's form. An engine that
// misses a type does not compile.
type Translator[T any] interface {
	All() T
	None() T
	Terms(n Terms) (T, error)
	Range(n Range) (T, error)
	Exists(n Exists) (T, error)
	Prefix(n Prefix) (T, error)
	Wildcard(n Wildcard) (T, error)
	Regexp(n Regexp) (T, error)
	Fuzzy(n Fuzzy) (T, error)
	Match(n Match) (T, error)
	Phrase(n Phrase) (T, error)
	Contains(n Contains) (T, error)
	Bool(n Bool) (T, error)
	Nested(n Nested) (T, error)
}

// Translate converts a node; nil is All.
func Translate[T any](n Node, to Translator[T]) (T, error) {
	switch n := n.(type) {
	case nil, All:
		return to.All(), nil
	case None:
		return to.None(), nil
	case Terms:
		return to.Terms(n)
	case Range:
		return to.Range(n)
	case Exists:
		return to.Exists(n)
	case Prefix:
		return to.Prefix(n)
	case Wildcard:
		return to.Wildcard(n)
	case Regexp:
		return to.Regexp(n)
	case Fuzzy:
		return to.Fuzzy(n)
	case Match:
		return to.Match(n)
	case Phrase:
		return to.Phrase(n)
	case Contains:
		return to.Contains(n)
	case Bool:
		return to.Bool(n)
	case Nested:
		return to.Nested(n)
	}
	var none T
	return none, fmt.Errorf("query: a %T is not a node of the search tree", n)
}
