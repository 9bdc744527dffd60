package query

import (
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/fold"
)

// Area is the part of a document that a field lies in.
type Area uint8

// The areas. No area contains secrets or private metadata.
const (
	// Content is the part that the API shows as _source.
	Content Area = iota
	// Account is the data of the backend beside the content: credential identifiers,
	// searchable fields of strategies, bans. Only administrators can search it.
	Account
	// ID is the document's own id; its path is empty.
	ID
)

// Field names a value inside a document by its dotted path, without the area.
type Field struct {
	Area Area
	Path string
}

// Node is one condition of a search. The types below are all node types; an engine
// handles each of them and nothing else.
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

// Terms holds if the field equals one of the values: string, float64, bool, converted
// to the field's mapped type. A value that cannot be converted is a fault.
type Terms struct {
	Field  Field
	Values []any
}

// Range holds if the value lies between the bounds: string, float64. A nil bound is
// open; at least one is set. On a date a string may contain date math.
type Range struct {
	Field            Field
	GT, GTE, LT, LTE any
}

// Exists holds if the field has a value that is not null.
type Exists struct{ Field Field }

// Prefix holds if a keyword, or one word of a text, begins with Value.
type Prefix struct {
	Field           Field
	Value           string
	CaseInsensitive bool
}

// Wildcard holds if a keyword, or one word of a text, matches Pattern as a whole: * is
// any run of characters, ? one character, \ escapes the next one.
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
	// Min is a number of words, or with MinPercent a percentage of them, rounded down.
	// A negative value is the number that may be missing. Zero means not set.
	Min        int
	MinPercent bool
}

// Needed returns how many of the text's words must match, at least one; if it exceeds
// words, nothing matches.
func (m Match) Needed(words int) int {
	if m.All {
		return words
	}
	return max(1, minimum{m.Min, m.MinPercent}.of(words))
}

// Phrase holds if the text field has the words next to each other in order. On a field
// of another type it is an exact term, or with Prefix a Prefix.
type Phrase struct {
	Field Field
	Text  string
	// Prefix lets the last word be the beginning of a word.
	Prefix bool
}

// Contains holds if a value of one of the fields contains Text. Both are folded by
// [fold.Text] first: case, compatibility forms and invisible characters do not count.
// In ids only ASCII letters are folded. A text that is empty after folding is in every
// value. The fields are the id, and the members of the account that mapping.Contained
// lists. No client text in the search language becomes a Contains.
//
// A text of three or more characters is looked up in an index. For a shorter one every
// document is read.
type Contains struct {
	Fields []Field
	Text   string
}

// MaxContains is the maximum length of the text of a Contains, in characters; see
// [Contains.Folded].
const MaxContains = 256

// Folded returns the text in the form in which values are compared. A text with more
// than MaxContains characters is ErrTooComplex.
func (c Contains) Folded() (string, error) {
	if utf8.RuneCountInString(c.Text) > MaxContains {
		return "", ErrTooComplex.New("characters in the text that is looked for", MaxContains)
	}
	return fold.Text(c.Text), nil
}

// Bool combines conditions: all of Must, none of MustNot, at least MinShould of Should.
type Bool struct {
	Must, Should, MustNot []Node
	MinShould             int
}

// Nested holds if a single element of the array at Path fulfils Where. Fields inside
// Where have their whole path, which begins with Path.
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

// Sort is one key of the order. Documents without the field come last in both
// directions, unless MissingFirst.
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

// AggregationKind is the kind of an aggregation.
type AggregationKind uint8

// The aggregations: buckets {key, doc_count} by descending count, then key, and the
// number of values.
const (
	TermsAggregation AggregationKind = iota
	ValueCountAggregation
)

// Source selects the shown parts of a hit's content: dotted paths with *. The zero
// value shows all.
type Source struct {
	Hidden             bool // "_source": false
	Includes, Excludes []string
}

// Search is a whole request in a form that every engine understands. The order is
// total: engines append the document id, ascending, to Sort.
type Search struct {
	Where Node
	Sort  []Sort
	From  int
	Size  int
	// After continues after the hit with these sort values: one per key of Sort, plus
	// the document id, which a client may leave out. Each is a string, float64, bool,
	// or nil where the hit had no value.
	After        []any
	Source       Source
	Aggregations []Aggregation
	// Uncounted means that the total number of hits is not needed; counting may be the
	// most expensive part. A scroll counts nevertheless.
	Uncounted bool
	// Bare means that only ids and sort values of hits are needed. A scroll reads whole
	// hits nevertheless.
	Bare bool
	// Enough, with Uncounted, counts hits as far as that is cheap: all of them up to
	// this number, else as many as are known without counting.
	Enough int
}
