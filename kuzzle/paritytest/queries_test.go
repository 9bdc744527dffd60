package paritytest

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// language draws conditions of the query language on fields.
type language struct {
	t *rapid.T
	// fields are the possible fields; values are the values in queries.
	fields []string
	values map[string][]any
	// nested is the path of the elements that are asked, or "".
	nested string
}

// searched are the fields of users that queries name, those twice that have more to them.
var searched = append([]string{
	"k", "t", "t.raw", "d", "l", "at", "o", "o.*", "*", "n", "n.k", "n.i", "nowhere.at.all", "_kuzzle_info.author", "_kuzzle_info.createdAt", "profileIds",
	"_id", "_account.credentials.local.username", "_account.nowhere", "o.k", "o.i", "o.in.k",
}, plainFields...)

func (l language) pick(label string, from ...any) any {
	return rapid.SampledFrom(from).Draw(l.t, label)
}

func (l language) chance(label string, in int) bool {
	return rapid.IntRange(1, in).Draw(l.t, label) == in
}

func (l language) field() string { return rapid.SampledFrom(l.fields).Draw(l.t, "field") }

// value draws one that the field has, as a rule.
func (l language) value(field string) any {
	known, there := l.values[field]
	switch {
	case field == "_id":
		known = append(anyOf(oddIDs), "user-20", "nobody")
	case strings.HasPrefix(field, "_account"):
		known = append(anyOf(usernames), "nobody")
	case field == "t.raw":
		known = l.values["t"]
	case !there:
		known = anyOf(words)
	}
	if l.chance("strange", 12) {
		return l.pick("strange", "red", 1, -1.5, true, "2024-01-01", "now", "now-1d/d", "2024-01-01||+1M/d", 1e19, "", "0x10", " 1", "1.0", "NaN")
	}
	return rapid.SampledFrom(known).Draw(l.t, "value")
}

func (l language) text() string { return rapid.SampledFrom(append(texts, words...)).Draw(l.t, "text") }

func (l language) object(key string, v any) map[string]any { return map[string]any{key: v} }

// options adds some of a clause's further options.
func (l language) options(to map[string]any, options ...any) map[string]any {
	for i := 0; i < len(options); i += 2 {
		if l.chance("option", 4) {
			to[options[i].(string)] = rapid.SampledFrom(options[i+1].([]any)).Draw(l.t, options[i].(string))
		}
	}
	return to
}

var minimums = []any{0, 1, 2, -1, "50%", "-25%", "1", 5}

func (l language) clause(depth int) map[string]any {
	if depth > 0 && l.chance("compound", 2) {
		return l.compound(depth)
	}
	field := l.field()
	value := func() any { return l.value(field) }
	switch rapid.IntRange(0, 16).Draw(l.t, "clause") {
	case 0:
		return l.object(l.pick("constant", "match_all", "match_none").(string), map[string]any{})
	case 1:
		return l.object("ids", l.object("values", []any{l.value("_id"), l.value("_id")}))
	case 2, 3:
		if l.chance("short", 2) {
			return l.object("term", l.object(field, value()))
		}
		return l.object("term", l.object(field, l.object("value", value())))
	case 4:
		return l.object("terms", l.object(field, []any{value(), value(), value()}))
	case 5, 6:
		return l.object("range", l.object(field, l.bounds(field)))
	case 7:
		return l.object("exists", l.object("field", field))
	case 8:
		beginning := []rune(fmt.Sprint(value()))
		return l.object("prefix", l.object(field, l.options(l.object("value", string(beginning[:min(2, len(beginning))])), "case_insensitive", []any{true, false})))
	case 9:
		return l.object("wildcard", l.object(field, l.options(l.object("value", l.pattern()), "case_insensitive", []any{true, false})))
	case 10, 11:
		return l.object("match", l.object(field, l.options(l.object("query", l.wording(field)), "operator", []any{"and", "or"}, "minimum_should_match", minimums)))
	case 12:
		return l.object(l.pick("phrase", "match_phrase", "match_phrase_prefix").(string), l.object(field, l.wording(field)))
	case 13:
		return l.object("multi_match", l.options(l.object("query", l.wording(field)), "fields", []any{[]any{field, l.field()}, []any{"o.*", "t^2"}, "k"},
			"type", []any{"best_fields", "phrase", "phrase_prefix"}, "operator", []any{"and", "or"}))
	case 14:
		return l.object("regexp", l.object(field, l.options(l.object("value", l.expression()), "case_insensitive", []any{true, false}, "flags", []any{"ALL"})))
	case 15:
		return l.object("fuzzy", l.object(field, l.options(l.object("value", fmt.Sprint(value())), "fuzziness", []any{0, 1, 2, "AUTO", "AUTO:1,2", "3"}, "prefix_length", []any{0, 1, 3},
			"transpositions", []any{true, false}, "max_expansions", []any{1})))
	}
	return l.object("query_string", l.options(l.object("query", l.phrasing(2)), "default_field", []any{"k", "t"}, "default_operator", []any{"and", "or"}))
}

func (l language) compound(depth int) map[string]any {
	switch kind := rapid.IntRange(0, 5).Draw(l.t, "compound"); {
	case kind == 0:
		return l.object("constant_score", l.object("filter", l.clause(depth-1)))
	case kind == 1 && l.nested != "n.m":
		return l.element(depth)
	}
	b := map[string]any{}
	for _, part := range []string{"must", "filter", "should", "must_not"} {
		if !l.chance(part, 2) {
			continue
		}
		var list []any
		for range rapid.IntRange(0, 2).Draw(l.t, "clauses") {
			list = append(list, l.clause(depth-1))
		}
		b[part] = list
		if len(list) == 1 && l.chance("alone", 2) {
			b[part] = list[0]
		}
	}
	return l.object("bool", l.options(b, "minimum_should_match", minimums))
}

// element asks the elements of an array.
func (l language) element(depth int) map[string]any {
	inner := l
	switch inner.nested = "n"; {
	case l.nested == "n" || l.chance("deeper", 4):
		inner.nested, inner.fields = "n.m", []string{"n.m.k"}
	default:
		inner.fields = []string{"n.k", "n.i", "n.t", "n.m.k"}
	}
	return l.object("nested", map[string]any{"path": inner.nested, "query": inner.clause(depth - 1)})
}

func (l language) bounds(field string) map[string]any {
	bounds := l.options(map[string]any{}, "gt", []any{l.value(field)}, "gte", []any{l.value(field)}, "lt", []any{l.value(field)}, "lte", []any{l.value(field)},
		"from", []any{l.value(field)}, "include_lower", []any{true, false})
	if len(bounds) == 0 {
		bounds["gte"] = l.value(field)
	}
	return bounds
}

func (l language) pattern() string {
	return rapid.SampledFrom([]string{"*", "r*", "?ed", "*e*", `r\*d`, "", "R*D", "*é*", "??", "*日*", `*\`, "a*e*o*", "i*", "ß", "*.*", "**", "~*", "[a-z]", "a\x00?", "(|", `\\`}).Draw(l.t, "pattern")
}

func (l language) expression() string {
	return rapid.SampledFrom([]string{".*", "r.*", "[a-z]+", "(red|blue)?", "re{1,2}d", `r\*d`, "", "R[^x]D", ".*é.*", "..", ".*[日本]+.*", `\w+@\w+\.org`, "(?i)ß|ss", "a.b", "(", "^red$", `\pL`,
		"~re@&<1-3>#", `"red"`, "[[:upper:]]+", `[^\x00]*`, "(((a*)*)*)*", `.*(a|b).{8}`}).Draw(l.t, "expression")
}

func (l language) wording(field string) any {
	if l.chance("value", 3) {
		return l.value(field)
	}
	return l.text()
}

// phrasing draws the text of a query_string.
func (l language) phrasing(depth int) string {
	word := func() string {
		return rapid.SampledFrom([]string{"red", "blue", `"red blue"`, "re*", "?ed", "k:red", "t:(red blue)", "i:>1", "i:[1 TO 3]", "at:{2024-01-01 TO *}", "_exists_:o.k", "*", "k:*",
			"été", "10", "b:true", `r\*d`, "n.k:red", "_id:ann", "k:/x/", "red~", "nope:x", "l:<5", `"`, ")", "AND", "日本語"}).Draw(l.t, "word")
	}
	if depth == 0 {
		return word()
	}
	var parts []string
	for range rapid.IntRange(0, 3).Draw(l.t, "words") {
		parts = append(parts, rapid.SampledFrom([]string{"", "+", "-", "NOT ", "!"}).Draw(l.t, "sign")+l.phrasing(depth-1))
	}
	joined := strings.Join(parts, rapid.SampledFrom([]string{" ", " AND ", " OR ", " && "}).Draw(l.t, "between"))
	if l.chance("parenthesis", 4) {
		return "(" + joined + ")"
	}
	return joined
}

// koncorde draws a filter of Koncorde's.
func (l language) koncorde(depth int) map[string]any {
	field := l.field()
	kind := rapid.IntRange(0, 7).Draw(l.t, "filter")
	if depth == 0 {
		kind = min(kind, 4)
	}
	switch kind {
	case 0:
		return l.object("equals", l.object(field, l.value(field)))
	case 1:
		return l.object("in", l.object(field, []any{l.value(field), l.value(field)}))
	case 2:
		return l.object("range", l.object(field, l.bounds(field)))
	case 3:
		with := field
		if l.chance("of a list", 2) {
			with = fmt.Sprintf("%s[%v]", field, l.value(field))
		}
		return l.object(l.pick("exists", "exists", "missing").(string), l.pick("as", with, l.object("field", with)))
	case 4:
		return l.clause(0)
	case 5:
		return l.object("not", l.koncorde(depth-1))
	}
	return l.object(l.pick("operator", "and", "or").(string), []any{l.koncorde(depth - 1), l.koncorde(depth - 1)})
}
