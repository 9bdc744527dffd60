package paritytest

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// mapped has a field of every type, with the possible parameters of a mapping.
const mapped = `{
	"k":{"type":"keyword"},"short":{"type":"keyword","ignore_above":4},"instead":{"type":"keyword","null_value":"nobody"},
	"hidden":{"type":"keyword","index":false},"t":{"type":"text","fields":{"raw":{"type":"keyword"}}},
	"byte":{"type":"byte"},"sh":{"type":"short"},"i":{"type":"integer"},"l":{"type":"long"},"half":{"type":"half_float"},
	"fl":{"type":"float"},"d":{"type":"double"},"price":{"type":"scaled_float","scaling_factor":100},"b":{"type":"boolean"},
	"at":{"type":"date"},"day":{"type":"date","format":"strict_date||epoch_millis"},"soft":{"type":"integer","ignore_malformed":true},
	"when":{"type":"date","format":"yyyy-MM-dd HH:mm||basic_date||dd.MM.yyyy"},"low":{"type":"keyword","normalizer":"lowercase","copy_to":["both","o.k"]},
	"both":{"type":"text","fields":{"raw":{"type":"keyword"}}},"ip":{"type":"ip"},"w":{"type":"wildcard"},"geo":{"type":"geo_point"},
	"é ü":{"type":"keyword"},"o":{"properties":{"k":{"type":"keyword"},"i":{"type":"integer"},"in":{"properties":{"k":{"type":"keyword"}}}}},
	"n":{"type":"nested","properties":{"k":{"type":"keyword"},"i":{"type":"integer"},"t":{"type":"text"},
		"m":{"type":"nested","properties":{"k":{"type":"keyword"}}}}}}`

var (
	words = []string{"red", "Red", "RED", "re", "blue", "", " ", "r*d", "r?d", `r\d`, "été", "e\u0301te\u0301", "ÉTÉ", "ß", "SS", "ﬁ", "👩‍👩‍👧", "\u202eabc",
		"日本語", "a.b@example.org", "o'neil", "x y", "İstanbul", "ǅ", "10", "1e3", "true", "zz", "~", "\U00010400", "\uffff", "a\x00b"}
	texts = []string{"red blue", "Blue red green", "green", "re-red", "", "blue blue red", "Il a été à Paris", "o'neil's dog", "10,5 and 3.14", "日本語 の テスト",
		"e-mail a.b@example.org now", "ÉTÉ été", "ＦＵＬＬ width", "a_b c:d", "👩‍👩‍👧 family", "snake_case CamelCase", "\U0001d518\U0001d52b"}
	dates = []any{"2024-01-01", "2024-01-01T00:00:00Z", "2024-02-01T10:00:00Z", "2024-02-01T12:00:00+02:00", "2025-01-01T00:00:00.500Z", "2024", "2024-02",
		1704067200000, -1, 0, "1704067200000", "1969-12-31T23:59:59.999Z"}
	days     = []any{"2024-01-01", "2024-02-29", 1704067200000}
	wholes   = []any{-3, -1, 0, 1, 2, 3, 10, "2", 2.0}
	longs    = []any{"9223372036854775807", "-9223372036854775808", "9223372036854775806", 9007199254740992, "9007199254740993", 0, 1, -1}
	doubles  = []any{0.0, math.Copysign(0, -1), 0.5, -0.5, 1e300, -1e300, math.MaxFloat64, math.SmallestNonzeroFloat64, 1.1, 3, "2.5"}
	booleans = []any{true, false, "true", "false"}
)

// valuesOf are the values of fields in documents and queries.
var valuesOf = map[string][]any{
	"k": anyOf(words), "short": anyOf([]string{"a", "four", "fives", "é", "", "日本語文字"}), "instead": anyOf([]string{"x", "nobody"}),
	"hidden": anyOf([]string{"x"}), "t": anyOf(texts), "byte": {-128, 127, 0, 1}, "sh": {-32768, 32767, 0, 1}, "i": wholes, "l": longs,
	"half": {0.5, 1, 65504, -2.25, 0.1}, "fl": {0.5, 1, 1e10, 0.1}, "d": doubles, "price": {0.5, 1.234, 1.235, 19.99, -3}, "b": booleans,
	"when": {"2024-01-01 00:00", "20240229", "01.02.2024"}, "low": anyOf(words[:12]), "both": anyOf(texts), "geo": {"1,2"},
	"ip": {"10.0.0.1", "::1", "192.168.1.9", "::ffff:10.0.0.1", "2001:db8::"}, "w": anyOf(words),
	"at": dates, "day": days, "soft": {1, 2, "word", 3.0}, "é ü": anyOf(words[:6]),
	"o.k": anyOf(words), "o.i": wholes, "o.in.k": anyOf(words[:8]), "n.k": anyOf(words[:12]), "n.i": wholes, "n.t": anyOf(texts), "n.m.k": anyOf(words[:6]),
	"unmapped": anyOf(words[:6]), "profileIds": anyOf([]string{"default", "admin", "anonymous"}),
}

func anyOf[V any](from []V) []any {
	all := make([]any, len(from))
	for i, v := range from {
		all[i] = v
	}
	return all
}

var plainFields = []string{"k", "short", "instead", "hidden", "t", "byte", "sh", "i", "l", "half", "fl", "d", "price", "b", "at", "day", "soft", "é ü", "unmapped", "when", "low", "both", "ip", "w", "geo"}

// person draws a user's content.
var person = rapid.Custom(func(t *rapid.T) map[string]any {
	content := map[string]any{"profileIds": rapid.SampledFrom([]any{[]any{"default"}, []any{"admin"}, []any{"anonymous", "default"}}).Draw(t, "profiles")}
	for _, field := range plainFields {
		if v, there := some(t, field); there {
			content[field] = v
		}
	}
	if object, there := part(t, "o.k", "o.i"); there {
		if inner, there := part(t, "o.in.k"); there {
			object["in"] = inner
		}
		content["o"] = object
	}
	var elements []any
	for range rapid.IntRange(0, 3).Draw(t, "elements") {
		element, _ := part(t, "n.k", "n.i", "n.t")
		var inner []any
		for range rapid.IntRange(0, 2).Draw(t, "inner elements") {
			one, _ := part(t, "n.m.k")
			inner = append(inner, one)
		}
		if inner != nil {
			element["m"] = inner
		}
		elements = append(elements, element)
	}
	if elements != nil {
		content["n"] = elements
	}
	return content
})

// part draws an object that has some of the fields.
func part(t *rapid.T, fields ...string) (map[string]any, bool) {
	object := map[string]any{}
	for _, field := range fields {
		if v, there := some(t, field); there {
			object[field[lastDot(field)+1:]] = v
		}
	}
	return object, len(object) > 0
}

func lastDot(path string) int {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' {
			return i
		}
	}
	return -1
}

// some draws nothing, a value, null, or a list.
func some(t *rapid.T, field string) (any, bool) {
	one := rapid.SampledFrom(valuesOf[field])
	switch rapid.IntRange(0, 6).Draw(t, field) {
	case 0, 1:
		return nil, false
	case 2:
		return []any{one.Draw(t, field), nil, []any{one.Draw(t, field)}}, true
	case 3:
		return rapid.SampledFrom([]any{nil, []any{}, []any{nil}}).Draw(t, "nothing"), true
	}
	return one.Draw(t, field), true
}

// usernames are the names of users who can log in.
var usernames = []string{"ann", "Ann Lee", "BOB", "bob@example.org", "+4930123456", "été", "日本語", "cid", "dee", "x*y"}

// populate maps the fields and makes the people, their credentials and keys.
func (p *pair) populate(t *testing.T, seed int, count int) {
	t.Helper()
	p.do(t, request{do: "security:updateUserMapping", body: map[string]any{"properties": decode(mapped)}})
	var running sync.WaitGroup
	gate, errs := make(chan struct{}, 8), make([]error, count)
	for i := range count {
		r := request{do: "security:createUser", args: map[string]any{"_id": personID(i)}, body: map[string]any{"content": person.Example(seed*100_000 + i)}}
		if i < len(usernames) {
			r.body["credentials"] = map[string]any{"local": map[string]any{"username": usernames[i], "password": "correct horse"}}
		}
		running.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			_, _, errs[i] = p.put(r)
		})
	}
	running.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		p.do(t, request{
			do: "security:createApiKey", args: map[string]any{"userId": personID(i % 2), "_id": fmt.Sprintf("key %d", i*7%12), "expiresIn": []any{-1, "1h", 3600000}[i%3], "refresh": "wait_for"},
			body: map[string]any{"description": texts[i]},
		})
	}
	p.do(t, request{do: "security:refresh", args: map[string]any{"collection": "users"}})
}

func personID(i int) string {
	if i < len(oddIDs) {
		return oddIDs[i]
	}
	return fmt.Sprintf("user-%d", i)
}

var oddIDs = []string{"ann", "Ann", "é", "e\u0301", "a b", "_search", "../x", "1", "01", "日本語", "👩‍👩‍👧"}
