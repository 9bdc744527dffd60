package query

import (
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/fold"
)

// Area is the part of a document that a field lies in.
type Area uint8

// The areas. Secrets and private metadata are in none of them.
const (
	// Content is what the API shows as _source.
	Content Area = iota
	// Account is what the backend keeps beside it: credential identifiers,
	// searchable fields of strategies, bans. Administrators reach it.
	Account
	// ID is the document's own id; its path is empty.
	ID
)

// Field names a value inside a document: dotted path, without the area.
type Field struct {
	Area Area
	Path string
}

// Node is one condition of a search. The types below are all there are; an
// engine handles each of them and nothing else.
//
// On a field with several values a condition holds when one of them fulfils it.
// A field without mapping, and a document without the field, never fulfil one.
// The document's id is asked for with Terms, Range, Prefix, Wildcard, Regexp, Fuzzy and Contains only.
type Node interface{ node() }

// All holds for every document, None for no document.
type (
	All  struct{}
	None struct{}
)

// Terms holds when the field equals one of the values: string, float64, bool,
// converted to the field's mapped type; a value that cannot be is a fault.
type Terms struct {
	Field  Field
	Values []any
}

// Range holds when the value lies between the bounds: string, float64; nil bounds
// are open, but never all of them. On a date a string may hold date math.
type Range struct {
	Field            Field
	GT, GTE, LT, LTE any
}

// Exists holds when the field has a value that is not null.
type Exists struct{ Field Field }

// Prefix holds when a keyword, or one word of a text, begins with Value.
type Prefix struct {
	Field           Field
	Value           string
	CaseInsensitive bool
}

// Wildcard holds when a keyword, or one word of a text, matches Pattern as a
// whole: * any run of characters, ? one, \ takes the next literally.
type Wildcard struct {
	Field           Field
	Pattern         string
	CaseInsensitive bool
}

// Regexp holds when a keyword, or one word of a text, fits Pattern as a whole; see
// [Regexp.Tree].
type Regexp struct {
	Field           Field
	Pattern         string
	CaseInsensitive bool
}

// Fuzzy holds when a keyword, or one word of a text, becomes Value by at most Edits
// characters put in, left out or replaced, and with Transpositions by two neighbours that
// change places. The first Prefix characters are the same.
type Fuzzy struct {
	Field          Field
	Value          string
	Edits, Prefix  int
	Transpositions bool
}

// Match is full text on a text field: any of the words, or every one (All), or
// as many as Min says. On a field of another type it is an exact term.
type Match struct {
	Field Field
	Text  string
	All   bool
	// Min counts words; with MinPercent it is a percentage of them, rounded
	// down. A negative one says how many may be missing. Zero is not given.
	Min        int
	MinPercent bool
}

// Needed is how many of the text's words have to be there, at least one; more
// than there are never match.
func (m Match) Needed(words int) int {
	if m.All {
		return words
	}
	return max(1, minimum{m.Min, m.MinPercent}.of(words))
}

// Phrase holds when the text field has the words next to each other in order.
// On a field of another type it is an exact term, or with Prefix as Prefix is.
type Phrase struct {
	Field Field
	Text  string
	// Prefix lets the last word be the beginning of one.
	Prefix bool
}

// Contains holds when a value of one of the fields has Text somewhere in it. Both
// are folded by [fold.Text] before: case, compatibility forms and invisible
// characters do not count. Of ids only ASCII letters are folded. A text that folding
// leaves nothing of is in every value.
// The fields are the id, and those members of the account that mapping.Contained
// lists. Nothing that a client writes in the search language becomes a Contains.
//
// A text of three or more characters is looked up in an index. For a shorter one
// every document is read.
type Contains struct {
	Fields []Field
	Text   string
}

// MaxContains is the length of the text of a Contains, in characters; see
// [Contains.Folded].
const MaxContains = 256

// Folded returns the text as values are compared with it. One of more than
// MaxContains characters is an ErrTooComplex.
func (c Contains) Folded() (string, error) {
	if utf8.RuneCountInString(c.Text) > MaxContains {
		return "", ErrTooComplex.New("characters in the text that is looked for", MaxContains)
	}
	return fold.Text(c.Text), nil
}

// Bool combines: every Must, none of MustNot, at least MinShould of Should.
type Bool struct {
	Must, Should, MustNot []Node
	MinShould             int
}

// Nested holds when one element of the array at Path fulfils Where by itself.
// Fields inside Where have their whole path, which begins with Path.
type Nested struct {
	Path  Field
	Where Node
}

func (All) node()      {}
func (None) node()     {}
func (Terms) node()    {}
func (Range) node()    {}
func (Exists) node()   {}
func (Prefix) node()   {}
func (Wildcard) node() {}
func (Regexp) node()   {}
func (Fuzzy) node()    {}
func (Match) node()    {}
func (Phrase) node()   {}
func (Contains) node() {}
func (Bool) node()     {}
func (Nested) node()   {}

// Sort is one key of the order. Documents without the field come last, whatever
// the direction, unless MissingFirst.
type Sort struct {
	Field        Field
	Desc         bool
	MissingFirst bool
}

// Aggregation is a named summary over all hits, not only the page.
type Aggregation struct {
	Name  string
	Kind  AggregationKind
	Field Field
	// Size bounds the buckets of Terms; 1 to 1,000.
	Size int
}

// AggregationKind says what an aggregation computes.
type AggregationKind uint8

// The aggregations: buckets {key, doc_count} by descending count then key, and
// the number of values.
const (
	TermsAggregation AggregationKind = iota
	ValueCountAggregation
)

// Source chooses what of a hit's content is shown: dotted paths with *. The
// zero value shows all.
type Source struct {
	Hidden             bool // "_source": false
	Includes, Excludes []string
}

// Search is a whole request in terms every engine understands. The order is
// total: engines append the document id, ascending, to Sort.
type Search struct {
	Where Node
	Sort  []Sort
	From  int
	Size  int
	// After continues behind the hit with these sort values: as many as Sort
	// has, plus the document id. A client may leave the id out. Each is a
	// string, float64, bool, or nil where the hit had no value.
	After        []any
	Source       Source
	Aggregations []Aggregation
	// Uncounted says that nobody asks how many hits there are in all, which may be
	// what costs most. A scroll counts them nevertheless.
	Uncounted bool
	// Bare says that nobody asks for more of hits than their ids and sort values. A
	// scroll reads them whole nevertheless.
	Bare bool
	// Enough, with Uncounted, has hits counted as far as that costs little: all of them
	// where there are at most so many, and else as many as are known without it.
	Enough int
}
