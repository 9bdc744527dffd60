package paritytest

import "pgregory.net/rapid"

// sortable are fields that orders and aggregations name.
var sortable = []string{"k", "short", "instead", "hidden", "t", "t.raw", "byte", "sh", "i", "l", "half", "fl", "d", "price", "b", "at", "day", "soft", "é ü", "o.k", "o.i", "n.k", "o", "unmapped",
	"_id", "_score", "_doc", "_account.credentials.local.username", "_account.nowhere", "_kuzzle_info.author", "profileIds"}

// common to most: few fields, so that ties are many.
var often = []string{"k", "i", "b", "d", "l", "at", "t.raw", "o.k", "profileIds"}

func (l language) sorted() string {
	if l.chance("seldom", 4) {
		return rapid.SampledFrom(sortable).Draw(l.t, "sort")
	}
	return rapid.SampledFrom(often).Draw(l.t, "sort")
}

func (l language) order() []any {
	var keys []any
	for range rapid.IntRange(1, 3).Draw(l.t, "keys") {
		field := l.sorted()
		switch rapid.IntRange(0, 3).Draw(l.t, "form") {
		case 0:
			keys = append(keys, field)
		case 1:
			keys = append(keys, l.object(field, l.pick("direction", "asc", "desc")))
		default:
			keys = append(keys, l.object(field, l.options(l.object("order", l.pick("direction", "asc", "desc")),
				"missing", []any{"_first", "_last"}, "mode", []any{"min", "max"}, "unmapped_type", []any{"keyword"})))
		}
	}
	return keys
}

func (l language) source() any {
	return l.pick("_source", true, false, "k", []any{"k", "o.*"}, []any{"o", "n.k"}, l.object("excludes", []any{"o.k", "_kuzzle_info"}),
		l.object("includes", []any{"*"}), map[string]any{"includes": []any{"o"}, "excludes": []any{"o.in"}}, []any{"*.k"}, []any{}, "nowhere")
}

func (l language) aggregations() map[string]any {
	all := map[string]any{}
	for _, name := range []string{"one", "two"}[:rapid.IntRange(1, 2).Draw(l.t, "aggregations")] {
		field := l.object("field", l.sorted())
		if l.chance("count", 3) {
			all[name] = l.object("value_count", field)
			continue
		}
		all[name] = l.object("terms", l.options(field, "size", []any{1, 3, 100, 1000}, "order", []any{l.object("_count", "desc")}, "min_doc_count", []any{1}))
	}
	return all
}

// body draws the body of a search, in the language of lang.
func (l language) body(lang string) map[string]any {
	body := map[string]any{}
	if !l.chance("everything", 6) {
		body["query"] = l.clause(3)
		if lang == "koncorde" {
			body["query"] = l.koncorde(2)
		}
	}
	if l.chance("order", 2) {
		body["sort"] = l.order()
	}
	if l.chance("source", 4) {
		body["_source"] = l.source()
	}
	if l.chance("aggregated", 3) {
		body[l.pick("called", "aggs", "aggregations").(string)] = l.aggregations()
	}
	if l.chance("filtered", 8) {
		body["post_filter"] = l.clause(1)
	}
	return body
}

// junk stands where something else should.
var junk = []any{nil, "", "x", 0, -1, 1.5, 1e300, true, []any{}, []any{nil}, map[string]any{}, map[string]any{"x": 1}, []any{map[string]any{}, "y"}, map[string]any{"script": "1"}, "\x01", "a\xffb"}

// spoiled has junk put in the place of one part, or a key renamed.
func spoiled(t *rapid.T, v any) any {
	if rapid.IntRange(0, 2).Draw(t, "here") == 0 {
		return rapid.SampledFrom(junk).Draw(t, "junk")
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range sortedKeys(v) {
			if rapid.IntRange(0, len(v)).Draw(t, "key") > 0 {
				continue
			}
			out := map[string]any{}
			for k, each := range v {
				out[k] = each
			}
			if rapid.IntRange(0, 3).Draw(t, "rename") == 0 {
				delete(out, key)
				key = rapid.SampledFrom([]string{"", "nope", key + "s", "boost", "query", "field", "_name", "fuzziness", "relation", "a.b"}).Draw(t, "name")
			}
			out[key] = spoiled(t, v[key])
			return out
		}
	case []any:
		if len(v) > 0 {
			out := append([]any{}, v...)
			i := rapid.IntRange(0, len(v)-1).Draw(t, "element")
			out[i] = spoiled(t, v[i])
			return out
		}
	}
	return rapid.SampledFrom(junk).Draw(t, "junk")
}
