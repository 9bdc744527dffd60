package conditions

import (
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fold"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// Condition is a node of the search tree with resolved fields and converted values.
// Both the index ranges and the test of a single document derive from it.
type Condition interface{}

// Conditions.
type (
	// Everything holds for every document, Nothing for none.
	Everything struct{}
	Nothing    struct{}

	// Within holds if a value of one of the keys lies in one of the spans and
	// passes Test.
	Within struct {
		Keys  []mapping.Key
		Spans []mapping.Span
		// Test checks what the spans cannot express; nil if they express all.
		Test func(string) bool
	}

	// Named is like Within, for the document's id.
	Named struct {
		Spans []mapping.Span
		Test  func(string) bool
	}

	// Phrase holds if a text has the words in sequence. With Prefix the last word
	// may continue.
	Phrase struct {
		Key    mapping.Key
		Words  []string
		Prefix bool
	}

	// Contains holds if a value of one of the keys, or with ID the id, contains
	// Text. Text is folded; values are folded for the comparison.
	Contains struct {
		Keys []mapping.Key
		ID   bool
		Text string
	}

	// Group holds if all of Must, at least Min of Should, and none of MustNot hold.
	Group struct {
		Must, Should, MustNot []Condition
		Min                   int
	}

	// Element holds if Where holds for one of the nested objects at Path.
	Element struct {
		Path  string
		Where Condition
	}
)

// Areas reports whether a condition is about the content of a document, and whether it is
// about its account.
func Areas(c Condition) (content, account bool) {
	of := func(keys ...mapping.Key) {
		for _, key := range keys {
			content = content || key.Area == mapping.Content
			account = account || key.Area == mapping.Account
		}
	}
	switch c := c.(type) {
	case Within:
		of(c.Keys...)
	case Contains:
		of(c.Keys...)
	case Phrase:
		of(c.Key)
	case Element:
		return Areas(c.Where)
	case Group:
		for _, each := range slices.Concat(c.Must, c.Should, c.MustNot) {
			inContent, inAccount := Areas(each)
			content, account = content || inContent, account || inAccount
		}
	}
	return content, account
}

// Candidate is a document under test.
type Candidate struct {
	ID    string
	Found *mapping.Document
}

// Holds tests a condition on the document.
func (d *Candidate) Holds(c Condition) bool { return d.holds(c, 0) }

// holds tests a condition on the document, or on one of its nested elements.
func (d *Candidate) holds(c Condition, at int) bool {
	switch c := c.(type) {
	case Everything:
		return true
	case Named:
		return inSpans(c.Spans, d.ID) && (c.Test == nil || c.Test(d.ID))
	case Within:
		return slices.ContainsFunc(d.Found.Values, func(v mapping.Value) bool {
			return v.Element == at && slices.Contains(c.Keys, v.Key) && c.value(v)
		})
	case Phrase:
		return slices.ContainsFunc(d.Found.Values, func(v mapping.Value) bool {
			return v.Element == at && v.Key == c.Key && c.in(v.Words)
		})
	case Contains:
		return c.ID && strings.Contains(fold.ASCII(d.ID), c.Text) || slices.ContainsFunc(d.Found.Values, func(v mapping.Value) bool {
			return slices.Contains(c.Keys, v.Key) && c.in(v.V.(string))
		})
	case Group:
		return d.holdsGroup(c, at)
	case Element:
		for i, e := range d.Found.Elements {
			if e.Path == c.Path && d.inside(e.Parent, at) && d.holds(c.Where, i+1) {
				return true
			}
		}
	}
	return false
}

// inside reports whether element is at or lies in it.
func (d *Candidate) inside(element, at int) bool {
	for element != at {
		if element == 0 {
			return false
		}
		element = d.Found.Elements[element-1].Parent
	}
	return true
}

func (d *Candidate) holdsGroup(g Group, at int) bool {
	for _, c := range g.Must {
		if !d.holds(c, at) {
			return false
		}
	}
	for _, c := range g.MustNot {
		if d.holds(c, at) {
			return false
		}
	}
	fulfilled := 0
	for _, c := range g.Should {
		if fulfilled >= g.Min {
			break
		}
		if d.holds(c, at) {
			fulfilled++
		}
	}
	return fulfilled >= g.Min
}

func (c Within) value(v mapping.Value) bool {
	if v.Key.Kind == mapping.Text {
		return slices.ContainsFunc(v.Words, func(word string) bool { return c.one(word) })
	}
	return c.one(v.V)
}

func (c Within) one(v any) bool {
	if !inSpans(c.Spans, v) {
		return false
	}
	if c.Test == nil {
		return true
	}
	s, is := v.(string)
	return is && c.Test(s)
}

func (c Phrase) in(words []string) bool {
	last := len(c.Words) - 1
	for start := 0; start+last < len(words); start++ {
		if !slices.Equal(words[start:start+last], c.Words[:last]) {
			continue
		}
		end := words[start+last]
		if end == c.Words[last] || c.Prefix && len(end) > len(c.Words[last]) && end[:len(c.Words[last])] == c.Words[last] {
			return true
		}
	}
	return false
}

func (c Contains) in(value string) bool { return strings.Contains(fold.Text(value), c.Text) }

func inSpans(spans []mapping.Span, v any) bool {
	return slices.ContainsFunc(spans, func(s mapping.Span) bool {
		if s.Low != nil {
			if c := mapping.Compare(v, s.Low); c < 0 || c == 0 && s.LowOpen {
				return false
			}
		}
		if s.High != nil {
			if c := mapping.Compare(v, s.High); c > 0 || c == 0 && s.HighOpen {
				return false
			}
		}
		return true
	})
}

// Compiler translates the search tree to conditions.
type Compiler struct {
	Schema *mapping.Schema
	// Numbers has the fields with values.
	Numbers map[mapping.Key]int64
	Now     time.Time
	// nested is the path of the surrounding nested object, or "".
	nested string
}
