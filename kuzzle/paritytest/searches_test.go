package paritytest

import (
	"flag"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// -rapid.checks is how many requests of each kind there are, -rapid.seed which; 0
// draws others in every run.
var (
	people = flag.Int("parity.people", 60, "how many users there are")
	seed   = flag.Int("parity.seed", 1, "which users there are")
)

// TestSearches: generated searches have the same hits in the same order, totals,
// aggregations and faults on both stores.
func TestSearches(t *testing.T) {
	p := newPair(t)
	p.populate(t, *seed, *people)
	t.Logf("-parity.seed=%d", *seed)
	for _, test := range []struct {
		name string
		run  func(*pair, *rapid.T)
	}{
		{"Users", searchUsers}, {"Malformed", searchMalformed}, {"Pages", walkPages}, {"Scrolls", scrollUsers},
		{"Keys", searchKeys}, {"Credentials", searchCredentials}, {"Roles", searchRoles}, {"Profiles", searchProfiles},
	} {
		t.Run(test.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { test.run(p, t) })
		})
	}
}

func about(t *rapid.T) language { return language{t: t, fields: searched, values: valuesOf} }

func (l language) languageName() string { return l.pick("lang", "elasticsearch", "koncorde").(string) }

func searchUsers(p *pair, t *rapid.T) {
	l := about(t)
	lang := l.languageName()
	args := l.options(map[string]any{"lang": lang}, "size", []any{0, 1, 5, 100, 10_000}, "from", []any{0, 1, 7, 9_999})
	p.ask(t, request{do: "security:searchUsers", args: args, body: l.body(lang)})
}

func searchMalformed(p *pair, t *rapid.T) {
	l := about(t)
	lang := l.languageName()
	args := l.options(map[string]any{"lang": lang}, "size", junk, "from", junk, "scroll", junk, "lang", junk)
	body, is := spoiled(t, l.body(lang)).(map[string]any)
	if !is {
		body = map[string]any{"query": spoiled(t, map[string]any{"bool": map[string]any{"must": []any{l.clause(2)}}})}
	}
	p.ask(t, request{do: "security:searchUsers", args: args, body: body})
}

// walkPages goes on behind the last hit, by its sort values.
func walkPages(p *pair, t *rapid.T) {
	l := about(t)
	body := map[string]any{"sort": l.order(), "size": rapid.IntRange(1, 9).Draw(t, "size")}
	if l.chance("filtered", 2) {
		body["query"] = l.clause(1)
	}
	first := p.ask1(t, request{do: "security:searchUsers", body: body})
	if first.env.Status != 200 || len(first.env.Result.Hits) == 0 {
		return
	}
	last := first.env.Result.Hits[len(first.env.Result.Hits)-1]
	body = maps.Clone(body)
	body["search_after"] = l.after(body["sort"].([]any), last.Source, last.ID)
	p.ask(t, request{do: "security:searchUsers", body: body})
}

// after makes a search_after of a hit, right as a rule.
func (l language) after(order []any, source map[string]any, id string) []any {
	var values []any
	for _, key := range order {
		field, is := key.(string)
		if !is {
			field = sortedKeys(key.(map[string]any))[0]
		}
		switch v := source[field].(type) {
		case []any, map[string]any:
			values = append(values, l.value(field))
		default:
			values = append(values, v)
		}
		if field == "_id" {
			values[len(values)-1] = id
		}
	}
	if l.chance("with the id", 2) {
		values = append(values, id)
	}
	if l.chance("strange", 8) {
		values[0] = l.pick("junk", junk...)
	}
	return values
}

func scrollUsers(p *pair, t *rapid.T) {
	l := about(t)
	lang := l.languageName()
	args := map[string]any{"lang": lang, "scroll": l.pick("keep", "10s", "1m"), "size": l.pick("size", 7, 25, 60, 10_000)}
	p.scroll(t, "security:scrollUsers", request{do: "security:searchUsers", args: args, body: l.body(lang)})
}

func searchKeys(p *pair, t *rapid.T) {
	values := map[string][]any{
		"description": anyOf(texts), "ttl": {-1, 3600000}, "expiresAt": {-1, present.UnixMilli() + 3600000}, "userId": {personID(0), personID(1), "nobody"},
	}
	l := language{t: t, fields: append(sortedKeys(values), "_id", "nowhere", "_kuzzle_info.author"), values: values}
	lang := l.languageName()
	body := l.clause(2)
	if lang == "koncorde" {
		body = l.koncorde(1)
	}
	if l.chance("malformed", 5) {
		body, _ = spoiled(t, body).(map[string]any)
	}
	args := l.options(map[string]any{"lang": lang, "userId": l.pick("userId", personID(0), personID(1), "nobody")}, "size", []any{0, 1, 5, 100}, "from", []any{0, 1, 7})
	p.ask(t, request{do: "security:searchApiKeys", args: args, body: body})
}

func searchCredentials(p *pair, t *rapid.T) {
	values := map[string][]any{"username": anyOf(usernames), "kuid": anyOf(oddIDs)}
	l := language{t: t, fields: []string{"username", "username", "username", "kuid", "shoe"}, values: values}
	lang := l.languageName()
	body := map[string]any{}
	if !l.chance("everything", 5) {
		body["query"] = l.clause(2)
		if lang == "koncorde" {
			body["query"] = l.koncorde(1)
		}
	}
	if l.chance("order", 2) {
		body["sort"] = []any{l.object(l.pick("sort", "username", "kuid", "_id", "password").(string), l.pick("direction", "asc", "desc"))}
	}
	args := l.options(map[string]any{"lang": lang, "strategy": "local"}, "size", []any{0, 1, 5, 100}, "from", []any{0, 1, 7})
	p.ask(t, request{do: "security:searchUsersByCredentials", args: args, body: body})
}

func searchRoles(p *pair, t *rapid.T) {
	values := map[string][]any{"tags": {"x"}, "controllers.*": {"x"}, "controllers": {"x"}}
	l := language{t: t, fields: append(sortedKeys(values), "_id", "nowhere", "_kuzzle_info.author"), values: values}
	body := map[string]any{"query": l.clause(2)}
	if l.chance("controllers", 4) {
		body = map[string]any{"controllers": l.pick("named", []any{"auth"}, []any{"*"}, []any{}, []any{"nope"}, []any{"auth", "server"})}
	}
	p.ask(t, request{do: "security:searchRoles", args: l.options(map[string]any{}, "size", []any{0, 1, 5}, "from", []any{0, 1}), body: body})
}

func searchProfiles(p *pair, t *rapid.T) {
	values := map[string][]any{"policies.roleId": {"admin", "default", "anonymous"}, "tags": {"x"}, "policies.restrictedTo.index": {"x"}}
	l := language{t: t, fields: append(sortedKeys(values), "_id", "nowhere", "_kuzzle_info.author", "policies"), values: values}
	body := map[string]any{"query": l.clause(2)}
	if l.chance("roles", 4) {
		body = map[string]any{"roles": l.pick("named", []any{"admin"}, []any{}, []any{"nope"}, []any{"admin", "default"})}
	}
	p.ask(t, request{do: "security:searchProfiles", args: l.options(map[string]any{}, "size", []any{0, 1, 5}, "from", []any{0, 1}), body: body})
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
