package sqlite

import (
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// condition is a node of the search tree with its fields looked up and its
// values converted. From one condition come both the index ranges to read and
// the test of a single document.
type condition interface{}

type (
	everything struct{}
	nothing    struct{}

	// within holds when a value of one of the keys lies in one of the spans and
	// passes test.
	within struct {
		keys  []mapping.Key
		spans []mapping.Span
		// test is what the spans cannot say; nil when they say all.
		test func(string) bool
	}

	// named is within, for the document's id.
	named struct {
		spans []mapping.Span
		test  func(string) bool
	}

	// phrase holds when a text has the words in a row. With prefix the last
	// word may go on.
	phrase struct {
		key    mapping.Key
		words  []string
		prefix bool
	}

	group struct {
		must, should, mustNot []condition
		min                   int
	}

	element struct {
		path  string
		where condition
	}
)

// candidate is a document under test.
type candidate struct {
	id    string
	found *mapping.Document
}

// holds tests a condition on the document, or on one of its nested elements.
func (d *candidate) holds(c condition, at int) bool {
	switch c := c.(type) {
	case everything:
		return true
	case named:
		return inSpans(c.spans, d.id) && (c.test == nil || c.test(d.id))
	case within:
		return slices.ContainsFunc(d.found.Values, func(v mapping.Value) bool {
			return v.Element == at && slices.Contains(c.keys, v.Key) && c.value(v)
		})
	case phrase:
		return slices.ContainsFunc(d.found.Values, func(v mapping.Value) bool {
			return v.Element == at && v.Key == c.key && c.in(v.Words)
		})
	case group:
		return d.holdsGroup(c, at)
	case element:
		for i, e := range d.found.Elements {
			if e.Path == c.path && d.inside(e.Parent, at) && d.holds(c.where, i+1) {
				return true
			}
		}
	}
	return false
}

// inside tells whether element is at or lies in it.
func (d *candidate) inside(element, at int) bool {
	for element != at {
		if element == 0 {
			return false
		}
		element = d.found.Elements[element-1].Parent
	}
	return true
}

func (d *candidate) holdsGroup(g group, at int) bool {
	for _, c := range g.must {
		if !d.holds(c, at) {
			return false
		}
	}
	for _, c := range g.mustNot {
		if d.holds(c, at) {
			return false
		}
	}
	fulfilled := 0
	for _, c := range g.should {
		if fulfilled >= g.min {
			break
		}
		if d.holds(c, at) {
			fulfilled++
		}
	}
	return fulfilled >= g.min
}

func (c within) value(v mapping.Value) bool {
	if v.Key.Kind == mapping.Text {
		return slices.ContainsFunc(v.Words, func(word string) bool { return c.one(word) })
	}
	return c.one(v.V)
}

func (c within) one(v any) bool {
	if !inSpans(c.spans, v) {
		return false
	}
	if c.test == nil {
		return true
	}
	s, is := v.(string)
	return is && c.test(s)
}

func (c phrase) in(words []string) bool {
	last := len(c.words) - 1
	for start := 0; start+last < len(words); start++ {
		if !slices.Equal(words[start:start+last], c.words[:last]) {
			continue
		}
		end := words[start+last]
		if end == c.words[last] || c.prefix && len(end) > len(c.words[last]) && end[:len(c.words[last])] == c.words[last] {
			return true
		}
	}
	return false
}

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

// compiler turns the search tree into conditions.
type compiler struct {
	index *index
	now   time.Time
	// nested is the path of the nested object being looked into, or "".
	nested string
}
