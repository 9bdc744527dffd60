package systemtest

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/api/apitest"
)

// drawer draws requests of what a description says that operations take: some as
// described, some not quite.
type drawer struct {
	*rand.Rand
	*apitest.Document
	// ids are those that were answered, by the first part of the path.
	ids map[string][]string
	// odd is how many of a hundred values are not as described.
	odd int
}

// The values that arguments of a name may have, so that some of them mean something.
var meaningful = map[string][]string{
	"_id": fuzzed, "userId": fuzzed, "kuid": fuzzed, "ids": fuzzed, "id": fuzzed, "roleId": {"default", "user", "admin"}, "profileIds": {"default", "user"},
	"strategy": {"local", "digest-import", "external", "totp", "backup-code", "ticket"}, "collection": {"users", "profiles", "roles"},
	"controller": {"auth", "security", "*"}, "action": {"login", "getUser", "*"}, "name": {"ada", "ada@example.com"},
	"expiresIn": {"1h", "-1", "10 days"}, "scroll": {"1m", "5s"}, "scrollId": {"exhausted"}, "lang": {"elasticsearch", "koncorde"},
	"kind": {"email", "phone"}, "value": {"ada@example.com", "+14155550123"}, "password": {fuzzedPassword}, "username": {"ada", "limited"},
	"scope": {"kuzzle", "app", "clerk"}, "database": {"internalCache"}, "policies": {`[{"roleId":"default"}]`},
	"controllers": {`{"auth":{"actions":{"login":true}}}`}, "content": {`{"profileIds":["default"],"name":"Ada"}`},
	"credentials": {`{"local":{"username":"ada","password":"` + fuzzedPassword + `"}}`, `{}`},
	"query":       {`{"match_all":{}}`, `{"term":{"name":"Ada"}}`, `{"range":{"_kuzzle_info.createdAt":{"gte":0}}}`, `{"bool":{"must_not":[{"exists":{"field":"name"}}]}}`},
	"sort":        {`["_id"]`, `[{"name":"desc"}]`, `{"_id":"asc"}`}, "users": {`{}`, `{"fuzzed-1":{"content":{"profileIds":["default"]}}}`}, "profiles": {`{}`}, "roles": {`{}`, `["default"]`},
	"url": {"https://example.com/hook"}, "to": {"ada@example.com"}, "key": {"notify.mail.from"}, "text": {"_id,email\n1,ada@example.com\n"}, "digest": {"$2b$04$abcdefghijklmnopqrstuu7dZ5v1Ydd1wWzC0KkzvW4CnHkq1eY6."},
	"email_address": {"drawn@example.com", "ada@example.com"}, "phone_number": {"+14155550123"}, "email_address_query": {"ada"}, "order_by": {"-created_at"},
	"options": {`{}`}, "email": {"ada@example.com"}, "endpoints": {`["users:read"]`}, "description": {"fuzzed"}, "format": {"json", "yaml", "prometheus", "standard"},
}

// onePixel is a picture, a GIF.
const onePixel = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// fuzzedPassword may be kept: it is sent in places that are for no password.
const fuzzedPassword = "a horse that is drawn"

var fuzzed = []string{"fuzzed-1", "fuzzed-2", "ada", "limited", "nobody"}

// odd are values that are seldom meant.
var odd = []any{
	nil, true, 0.0, -1.0, 1.5, 1e300, 9007199254740993.0, "", " ", "\x00", "é\u0301\u202e", "-1", "null", "[]", "{", "../..", "%", "<script>", strings.Repeat("a", 300),
	strings.Repeat("a", 70_000), []any{}, []any{nil}, []any{[]any{[]any{}}}, []any{1.0, "a", map[string]any{}}, map[string]any{}, map[string]any{"": nil}, map[string]any{"$ref": "a", "__proto__": map[string]any{}},
}

// request draws one for an operation.
func (d *drawer) request(o *apitest.Operation, base string) (*http.Request, error) {
	path, query := o.Path, url.Values{}
	parameters, _ := o.Spec["parameters"].([]any)
	for _, p := range parameters {
		p := p.(map[string]any)
		name, in := p["name"].(string), p["in"]
		if in == "query" && p["required"] == nil && d.IntN(3) > 0 {
			continue
		}
		text := asText(d.value(name, p["schema"].(map[string]any), 0))
		known := d.ids[strings.TrimSuffix(name, "_id")+"s"] // user_id is an id of users
		if known == nil {
			known = d.ids[firstPart(path)]
		}
		if strings.HasSuffix(strings.ToLower(name), "id") && len(known) > 0 && d.IntN(2) == 0 {
			text = known[d.IntN(len(known))]
		}
		if in == "path" {
			if text == "" || text == "." || text == ".." {
				text = "x" // those lead to another path
			}
			path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(text))
		} else {
			query.Set(name, text)
		}
	}
	target := base + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	body, contentType := d.body(o)
	req, err := http.NewRequest(o.Verb, target, strings.NewReader(body))
	if err == nil && contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return req, err
}

// kept are the ids of what the requests are made by.
var kept = regexp.MustCompile(`^(root|admin|user|limited|boss.*)$`)

// firstPart returns the first part of a path, behind a version.
func firstPart(path string) string {
	return strings.Split(strings.TrimPrefix(path, "/v1"), "/")[1]
}

// learn keeps the ids of an answer, the last few.
func (d *drawer) learn(o *apitest.Operation, answer any) {
	switch v := answer.(type) {
	case []any:
		for _, element := range v {
			d.learn(o, element)
		}
	case map[string]any:
		for name, value := range v {
			if text, is := value.(string); is && (name == "_id" || name == "id" || name == "scrollId") && !kept.MatchString(text) {
				known := append(d.ids[firstPart(o.Path)], text)
				d.ids[firstPart(o.Path)] = known[max(0, len(known)-8):]
			}
			d.learn(o, value)
		}
	}
}

func (d *drawer) body(o *apitest.Operation) (text, contentType string) {
	described, has := o.Spec["requestBody"].(map[string]any)
	if !has || described["required"] == nil && d.IntN(4) == 0 {
		return "", ""
	}
	content := described["content"].(map[string]any)
	kinds := make([]string, 0, len(content))
	for kind := range content {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	kind := kinds[d.IntN(len(kinds))]
	of, _ := content[kind].(map[string]any)["schema"].(map[string]any)
	switch d.IntN(100) {
	case 0:
		return `{"a":`, kind
	case 1:
		return "[]", kind
	case 2:
		return `{"a":1}`, "text/html"
	case 3:
		return string(mustJSON(odd[d.IntN(len(odd))])), kind
	}
	if of == nil {
		return []string{"no picture", onePixel}[d.IntN(2)], kind
	}
	return string(mustJSON(d.value("", of, 0))), kind
}

// value draws one for a name, as the schema says or not.
func (d *drawer) value(name string, of map[string]any, depth int) any {
	if depth > 0 && d.IntN(100) < d.odd || depth == 0 && name != "" && d.IntN(100) < d.odd {
		return odd[d.IntN(len(odd))]
	}
	if known := meaningful[name]; known != nil && d.IntN(10) > 0 {
		return fitting(known[d.IntN(len(known))], of)
	}
	if ref, is := of["$ref"].(string); is {
		schemas := d.Whole["components"].(map[string]any)["schemas"].(map[string]any)
		of = schemas[strings.TrimPrefix(ref, "#/components/schemas/")].(map[string]any)
	}
	if list, is := of["anyOf"].([]any); is {
		return d.value(name, list[d.IntN(len(list))].(map[string]any), depth)
	}
	if list, is := of["enum"].([]any); is {
		return list[d.IntN(len(list))]
	}
	kind := of["type"]
	if kinds, is := kind.([]any); is {
		kind = kinds[0] // the other is null, which is among the odd values
	}
	switch kind {
	case "boolean":
		return d.IntN(2) == 0
	case "integer", "number":
		return float64(d.IntN(20))
	case "array":
		items, _ := of["items"].(map[string]any)
		list := []any{}
		for range d.IntN(3) {
			list = append(list, d.value(name, items, depth+1))
		}
		return list
	case "string":
		return []string{"ada", "Ada Lovelace", "fuzzed-1", "ada@example.com", "2024-01-01", "1"}[d.IntN(6)]
	}
	return d.object(of, depth)
}

func (d *drawer) object(of map[string]any, depth int) map[string]any {
	out := map[string]any{}
	required, _ := of["required"].([]any)
	properties, _ := of["properties"].(map[string]any)
	names := make([]string, 0, len(properties))
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if slices.Contains(required, any(name)) && d.IntN(100) >= d.odd || d.IntN(2) == 0 {
			out[name] = d.value(name, properties[name].(map[string]any), depth+1)
		}
	}
	if len(properties) == 0 && depth < 3 {
		for range d.IntN(3) {
			name := []string{"name", "profileIds", "query", "sort", "controllers", "content", "password", "username", "roles", "a.b"}[d.IntN(10)]
			out[name] = d.value(name, map[string]any{"type": "string"}, depth+1)
		}
	}
	return out
}

// fitting is a text, or the JSON that it holds where the schema wants no text.
func fitting(text string, of map[string]any) any {
	var value any
	if strings.ContainsAny(text[:1], "[{") && json.Unmarshal([]byte(text), &value) == nil {
		return value
	}
	if of["type"] == "array" {
		return []any{text}
	}
	return text
}

// asText is a value as a path or a query has it.
func asText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		texts := make([]string, len(v))
		for i, element := range v {
			texts[i] = asText(element)
		}
		return strings.Join(texts, ",")
	}
	return string(mustJSON(value))
}
