package query

import "strings"

// valueOf reads the value after "field:".
func (q *phrasing) valueOf(name word) (Node, error) {
	if name.text == "_exists_" {
		q.space()
		field, err := q.word()
		if err != nil {
			return nil, err
		}
		return q.has(field.text)
	}
	q.space()
	if q.end() {
		return nil, q.bad("has nothing after %q", clip(name.text)+":")
	}
	if q.any() {
		if name.text == "*" {
			return All{}, q.count(1)
		}
		return q.has(name.text)
	}
	fields, err := q.fieldsOf(name)
	if err != nil {
		return nil, err
	}
	defer func(outer []Field) { q.fields = outer }(q.fields)
	q.fields = fields
	switch c := q.peek(); c {
	case '[', '{':
		return q.span()
	case '<', '>':
		return q.compared()
	case '(', '"':
		return q.condition(false)
	}
	w, err := q.word()
	if err != nil {
		return nil, err
	}
	return q.find(w)
}

// any reads a single *.
func (q *phrasing) any() bool {
	if q.peek() != '*' {
		return false
	}
	if next := q.pos + 1; next < len(q.in) && strings.IndexByte(" \t\r\n)", q.in[next]) < 0 {
		return false
	}
	q.pos++
	return true
}

// fieldsOf returns the fields of a name. A * works with and without \, because
// Elasticsearch requires the escape.
func (q *phrasing) fieldsOf(name word) ([]Field, error) {
	if strings.Contains(name.text, "*") {
		return q.fitting(name.text, true)
	}
	field, err := q.field(name.text)
	return []Field{field}, err
}

// span reads [a TO b], {a TO b} and mixtures.
func (q *phrasing) span() (Node, error) {
	var r Range
	open := q.skip('{')
	if !open {
		q.skip('[')
	}
	low, err := q.bound()
	if err != nil {
		return nil, err
	}
	q.space()
	if !q.keyword("TO") {
		return nil, q.bad("has a range without TO")
	}
	high, err := q.bound()
	if err != nil {
		return nil, err
	}
	if open {
		r.GT = low
	} else {
		r.GTE = low
	}
	q.space()
	switch {
	case q.skip(']'):
		r.LTE = high
	case q.skip('}'):
		r.LT = high
	default:
		return nil, q.bad("has a range without an end")
	}
	return q.ranged(r)
}

// compared reads <a, <=a, >a and >=a.
func (q *phrasing) compared() (Node, error) {
	var r Range
	greater := q.skip('>')
	if !greater {
		q.skip('<')
	}
	equal := q.skip('=')
	value, err := q.bound()
	if err != nil {
		return nil, err
	}
	if value == nil {
		return nil, q.bad("has a comparison without a value")
	}
	switch {
	case greater && equal:
		r.GTE = value
	case greater:
		r.GT = value
	case equal:
		r.LTE = value
	default:
		r.LT = value
	}
	return q.ranged(r)
}

func (q *phrasing) ranged(r Range) (Node, error) {
	if err := q.suffix(); err != nil {
		return nil, err
	}
	return q.each(q.fields, func(field Field) (Node, error) {
		r.Field = field
		return q.between(r)
	})
}
