package storagetest

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

// Evaluator answers searches in the simplest way: document by document, from its
// JSON, directly after the comments of the search tree. It knows the types
// keyword, text (words of letters and digits), integer, long, double, boolean
// and date (RFC 3339 or milliseconds), objects, nested objects and multi-fields.
type Evaluator struct {
	// Properties are the properties of a mapping.
	Properties map[string]any
}

// Subject is a document to evaluate.
type Subject struct {
	ID      string
	Content map[string]any
}

// Holds reports whether the condition holds for the document.
func (e Evaluator) Holds(node query.Node, of Subject) bool {
	return e.holds(node, of, "")
}

func (e Evaluator) holds(node query.Node, of Subject, scope string) bool {
	switch n := node.(type) {
	case nil, query.All:
		return true
	case query.Bool:
		return e.combines(n, of, scope)
	case query.Nested:
		return e.nested(n, of, scope)
	case query.Phrase:
		return e.anyText(n.Field, of, scope, func(words []string) bool { return hasPhrase(words, wordsOf(n.Text), n.Prefix) })
	case query.Match:
		return e.match(n, of, scope)
	case query.Terms:
		return e.anyValue(n.Field, of, scope, func(kind string, v any) bool {
			return slices.ContainsFunc(n.Values, func(want any) bool { return compare(v, typedAs(kind, want)) == 0 })
		})
	case query.Range:
		return e.anyValue(n.Field, of, scope, func(kind string, v any) bool { return inRange(n, kind, v) })
	case query.Exists:
		return e.anyValue(n.Field, of, scope, func(string, any) bool { return true })
	case query.Prefix:
		return e.anyValue(n.Field, of, scope, func(_ string, v any) bool {
			return spelled("^"+regexp.QuoteMeta(n.Value), n.CaseInsensitive, v)
		})
	case query.Regexp:
		return e.anyValue(n.Field, of, scope, func(_ string, v any) bool { return spelled("^(?:"+n.Pattern+")$", n.CaseInsensitive, v) })
	case query.Fuzzy:
		return e.anyValue(n.Field, of, scope, func(_ string, v any) bool { return fuzzy(n, v.(string)) })
	case query.Wildcard:
		return e.anyValue(n.Field, of, scope, func(_ string, v any) bool { return spelled(wildcard(n.Pattern), n.CaseInsensitive, v) })
	}
	return false
}

func (e Evaluator) combines(n query.Bool, of Subject, scope string) bool {
	for _, must := range n.Must {
		if !e.holds(must, of, scope) {
			return false
		}
	}
	for _, not := range n.MustNot {
		if e.holds(not, of, scope) {
			return false
		}
	}
	count := 0
	for _, should := range n.Should {
		if e.holds(should, of, scope) {
			count++
		}
	}
	return count >= n.MinShould
}

// nested evaluates on a copy that has one element only.
func (e Evaluator) nested(n query.Nested, of Subject, scope string) bool {
	definition := e.definition(n.Path.Path)
	if definition == nil || definition["type"] != "nested" || n.Path.Area != query.Content {
		return false
	}
	for _, element := range flatten(dig(of.Content, n.Path.Path)) {
		alone := element
		parts := strings.Split(n.Path.Path, ".")
		for i := len(parts) - 1; i >= 0; i-- {
			alone = map[string]any{parts[i]: alone}
		}
		if e.holds(n.Where, Subject{ID: of.ID, Content: alone.(map[string]any)}, n.Path.Path) {
			return true
		}
	}
	return false
}

func (e Evaluator) match(n query.Match, of Subject, scope string) bool {
	words := wordsOf(n.Text)
	has := map[string]bool{}
	e.anyText(n.Field, of, scope, func(in []string) bool {
		for _, word := range in {
			has[word] = true
		}
		return false
	})
	count := 0
	for _, word := range words {
		if has[word] {
			count++
		}
	}
	return len(words) > 0 && count >= n.Needed(len(words))
}

// definition returns the mapping's definition of a path.
func (e Evaluator) definition(path string) map[string]any {
	properties := e.Properties
	var found map[string]any
	for _, part := range strings.Split(path, ".") {
		found, _ = properties[part].(map[string]any)
		properties, _ = found["properties"].(map[string]any)
		if fields, has := found["fields"].(map[string]any); has {
			properties = fields
		}
	}
	return found
}

// scopeOf returns the innermost nested path around a field.
func (e Evaluator) scopeOf(path string) string {
	scope := ""
	parts := strings.Split(path, ".")
	for i := 1; i < len(parts); i++ {
		if at := strings.Join(parts[:i], "."); e.definition(at)["type"] == "nested" {
			scope = at
		}
	}
	return scope
}

// values returns a field's values in the form of its type, with the type.
func (e Evaluator) values(field query.Field, of Subject, scope string) (kind string, values []any) {
	if field.Area == query.ID {
		return "keyword", []any{of.ID}
	}
	kind, _ = e.definition(field.Path)["type"].(string)
	if kind == "" || e.scopeOf(field.Path) != scope {
		return "", nil
	}
	path := field.Path
	if parent, _, sub := cutLast(path); sub && e.definition(parent)["fields"] != nil {
		path = parent
	}
	for _, v := range flatten(dig(of.Content, path)) {
		if v != nil {
			values = append(values, typedAs(kind, v))
		}
	}
	return kind, values
}

func cutLast(path string) (string, string, bool) {
	at := strings.LastIndexByte(path, '.')
	if at < 0 {
		return path, "", false
	}
	return path[:at], path[at+1:], true
}

func (e Evaluator) anyValue(field query.Field, of Subject, scope string, test func(kind string, v any) bool) bool {
	kind, values := e.values(field, of, scope)
	return slices.ContainsFunc(values, func(v any) bool {
		if kind == "text" {
			return slices.ContainsFunc(wordsOf(v.(string)), func(word string) bool { return test(kind, word) })
		}
		return test(kind, v)
	})
}

func (e Evaluator) anyText(field query.Field, of Subject, scope string, test func(words []string) bool) bool {
	_, values := e.values(field, of, scope)
	return slices.ContainsFunc(values, func(v any) bool { return test(wordsOf(v.(string))) })
}

// Sorted sorts documents as the sort says, and by id.
func (e Evaluator) Sorted(subjects []Subject, sort []query.Sort) []Subject {
	sorted := slices.Clone(subjects)
	slices.SortFunc(sorted, func(a, b Subject) int {
		for _, key := range sort {
			if c := e.order(key, a, b); c != 0 {
				return c
			}
		}
		return strings.Compare(a.ID, b.ID)
	})
	return sorted
}

func (e Evaluator) order(key query.Sort, a, b Subject) int {
	extreme := func(of Subject) any {
		if key.Field.Area == query.ID {
			return of.ID
		}
		_, values := e.values(key.Field, of, "")
		if len(values) == 0 {
			return nil
		}
		if key.Desc {
			return slices.MaxFunc(values, compare)
		}
		return slices.MinFunc(values, compare)
	}
	x, y := extreme(a), extreme(b)
	if x == nil || y == nil {
		missing := cmp.Compare(btoi(x == nil), btoi(y == nil))
		if key.MissingFirst {
			return -missing
		}
		return missing
	}
	if key.Desc {
		return compare(y, x)
	}
	return compare(x, y)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func dig(v any, path string) any {
	for _, part := range strings.Split(path, ".") {
		var next []any
		for _, each := range flatten(v) {
			if o, is := each.(map[string]any); is {
				next = append(next, o[part])
			}
		}
		v = next
	}
	return v
}

func flatten(v any) []any {
	list, is := v.([]any)
	if !is {
		if v == nil {
			return nil
		}
		return []any{v}
	}
	var flat []any
	for _, each := range list {
		flat = append(flat, flatten(each)...)
	}
	return flat
}

// typedAs converts a JSON value to a string or float64 for compare.
func typedAs(kind string, v any) any {
	if number, is := v.(json.Number); is {
		v, _ = number.Float64()
	}
	switch kind {
	case "boolean":
		return float64(btoi(v == true || v == "true"))
	case "date":
		if s, is := v.(string); is {
			at, err := time.Parse(time.RFC3339, s)
			if err != nil {
				panic("storagetest: the evaluator reads RFC 3339 only: " + s)
			}
			return float64(at.UnixMilli())
		}
	case "integer", "long", "double":
		if s, is := v.(string); is {
			v, _ = strconv.ParseFloat(s, 64)
		}
	}
	return v
}

func compare(a, b any) int {
	x, numbers := a.(float64)
	y, both := b.(float64)
	if numbers && both {
		return cmp.Compare(x, y)
	}
	s, _ := a.(string)
	t, _ := b.(string)
	return strings.Compare(s, t)
}

func inRange(n query.Range, kind string, v any) bool {
	return (n.GT == nil || compare(v, typedAs(kind, n.GT)) > 0) && (n.GTE == nil || compare(v, typedAs(kind, n.GTE)) >= 0) &&
		(n.LT == nil || compare(v, typedAs(kind, n.LT)) < 0) && (n.LTE == nil || compare(v, typedAs(kind, n.LTE)) <= 0)
}

func spelled(expression string, fold bool, v any) bool {
	if fold {
		expression = "(?i)" + expression
	}
	return regexp.MustCompile("(?s)" + expression).MatchString(v.(string))
}

func fuzzy(n query.Fuzzy, value string) bool {
	a, b := []rune(n.Value), []rune(value)
	if len(a) == 0 {
		return len(b) == 0
	}
	for i := range min(n.Prefix, len(a)) {
		if i >= len(b) || a[i] != b[i] {
			return false
		}
	}
	skip := min(n.Prefix, len(a))
	return nearer(a[skip:], b[skip:], n.Edits, n.Transpositions)
}

// nearer tries every edit at the first difference.
func nearer(a, b []rune, edits int, swaps bool) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	switch {
	case len(a)+len(b) == 0:
		return true
	case edits == 0:
		return false
	case len(a) > 0 && nearer(a[1:], b, edits-1, swaps), len(b) > 0 && nearer(a, b[1:], edits-1, swaps):
		return true
	case len(a) > 0 && len(b) > 0 && nearer(a[1:], b[1:], edits-1, swaps):
		return true
	}
	return swaps && len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] && nearer(a[2:], b[2:], edits-1, swaps)
}

func wildcard(pattern string) string {
	expression, escaped := "^", false
	for _, r := range pattern {
		switch {
		case escaped:
			expression, escaped = expression+regexp.QuoteMeta(string(r)), false
		case r == '\\':
			escaped = true
		case r == '*':
			expression += ".*"
		case r == '?':
			expression += "."
		default:
			expression += regexp.QuoteMeta(string(r))
		}
	}
	return expression + "$"
}

var word = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[\pL\pN]+`) })

func wordsOf(text string) []string { return word().FindAllString(strings.ToLower(text), -1) }

func hasPhrase(in, words []string, prefix bool) bool {
	for start := 0; len(words) > 0 && start+len(words) <= len(in); start++ {
		last := len(words) - 1
		end := in[start+last]
		if slices.Equal(in[start:start+last], words[:last]) && (end == words[last] || prefix && strings.HasPrefix(end, words[last])) {
			return true
		}
	}
	return false
}
