package api

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// Scope is the part of the API that a description covers.
type Scope string

// The scopes: the server's own actions, and those of strategies and embedding
// programs.
const (
	ScopeKuzzle Scope = "kuzzle"
	ScopeApp    Scope = "app"
)

// OpenAPI describes the routes of a dialect in the form of Swagger 2.0: what
// encodes to the document's JSON. Actions without a route are not in it.
func (t *Table) OpenAPI(dialect *Dialect, scope Scope, version string) map[string]any {
	d := description{paths: map[string]any{}, about: map[string]string{}}
	for _, r := range t.routes {
		h := r.handler
		inScope := h.plugin == (scope == ScopeApp)
		if h.dialect == dialect && inScope && r.verb != http.MethodHead {
			d.add(t, r)
		}
	}
	return map[string]any{
		"swagger": "2.0",
		"info": map[string]any{
			"title": "Kuzzle API", "version": orUnknown(version),
			"description": "Users, credentials and rights: the security part of Kuzzle's API.",
			"contact":     map[string]any{"name": "The maintainers", "url": projectURL},
			"license":     map[string]any{"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
		},
		"externalDocs":        map[string]any{"description": "The project's page", "url": projectURL},
		"schemes":             []any{"http", "https"},
		"consumes":            []any{jsonType},
		"produces":            []any{jsonType},
		"tags":                d.tags(),
		"paths":               d.paths,
		"securityDefinitions": map[string]any{securityName: map[string]any{"type": "apiKey", "in": "header", "name": "Authorization", "description": "Bearer and a token."}},
		"security":            []any{map[string]any{securityName: []any{}}},
		"definitions":         envelopeDefinitions,
	}
}

const (
	projectURL   = "https://github.com/gokuzzle/kuzzle"
	jsonType     = "application/json"
	securityName = "token"
)

func orUnknown(version string) string {
	if version == "" {
		return "unknown"
	}
	return version
}

// envelopeDefinitions are what every answer looks like.
var envelopeDefinitions = map[string]any{
	"Answer": map[string]any{
		"type":     "object",
		"required": []any{"status", "error", "requestId", "controller", "action"},
		"properties": map[string]any{
			"status":     map[string]any{"type": "integer"},
			"error":      map[string]any{"$ref": "#/definitions/Error"},
			"requestId":  map[string]any{"type": "string"},
			"controller": map[string]any{"type": "string"},
			"action":     map[string]any{"type": "string"},
			"volatile":   map[string]any{"type": "object"},
			"headers":    map[string]any{"type": "object"},
			"result":     map[string]any{"description": "What the action answers."},
		},
	},
	"Error": map[string]any{
		"type":        "object",
		"description": "Null unless the request failed. Match on id.",
		"properties": map[string]any{
			"id":      map[string]any{"type": "string"},
			"code":    map[string]any{"type": "integer", "format": "int32"},
			"status":  map[string]any{"type": "integer"},
			"message": map[string]any{"type": "string"},
			"props":   map[string]any{"type": "array", "items": map[string]any{}},
		},
	},
}

// RouteInfo is a route as it was declared.
type RouteInfo struct {
	// Path has placeholders as Kuzzle writes them, /users/:_id.
	Verb, Path string
	// Controller and Action as called; an alias keeps its own names.
	Controller, Action string
	// Deprecated is the version since which, "" for routes that are not.
	Deprecated string
}

// Routes lists the routes in the order of their declaration.
func (t *Table) Routes() []RouteInfo {
	list := make([]RouteInfo, len(t.routes))
	for i, r := range t.routes {
		list[i] = RouteInfo{r.verb, r.colons(), r.controller, r.action, r.deprecated}
	}
	return list
}

// description collects paths and the controllers they belong to.
type description struct {
	paths map[string]any
	about map[string]string
}

func (d *description) add(t *Table, r *route) {
	d.about[r.controller] = t.controllers[r.controller].About
	at, known := d.paths[r.path].(map[string]any)
	if !known {
		at = map[string]any{}
		d.paths[r.path] = at
	}
	verb := strings.ToLower(r.verb)
	if at[verb] != nil {
		return // a second name of the same action, over the same route
	}
	answer := func(text string) map[string]any {
		return map[string]any{"description": text, "schema": map[string]any{"$ref": "#/definitions/Answer"}}
	}
	operation := map[string]any{
		"operationId": verb + " " + r.path,
		"summary":     r.handler.summary,
		"description": r.controller + ":" + r.action,
		"tags":        []any{r.controller},
		"parameters":  r.handler.plan.parameters(r),
		"responses": map[string]any{
			"200":     answer("What " + r.controller + ":" + r.action + " answers."),
			"default": answer("The error that refused the request."),
		},
	}
	if r.deprecated != "" {
		operation["deprecated"] = true
	}
	if types := r.handler.body.Types; types != nil {
		operation["consumes"] = types
	}
	if r.handler.body.Stream {
		operation["parameters"] = append(r.handler.plan.parameters(r), streamParameter)
	}
	at[verb] = operation
}

// streamParameter is a body that an action takes as it comes.
var streamParameter = map[string]any{
	"in": "body", "name": "body", "required": true, "schema": map[string]any{"type": "string", "format": "binary"},
}

func (d *description) tags() []any {
	names := make([]string, 0, len(d.about))
	for name := range d.about {
		names = append(names, name)
	}
	slices.Sort(names)
	tags := make([]any, len(names))
	for i, name := range names {
		tags[i] = map[string]any{"name": name, "description": d.about[name]}
	}
	return tags
}

// parameters describes a route's placeholders, then what may stand in the query
// string, then the body.
func (p *plan) parameters(r *route) []any {
	list := []any{}
	described := map[string]bool{}
	for _, name := range r.params {
		parameter := map[string]any{"in": "path", "name": name, "required": true, "type": "string"}
		list, described[name] = append(list, parameter), true
	}
	var body bodySchema
	for i := range p.fields {
		f := &p.fields[i]
		switch {
		case f.source != fromArgs:
			body.add(f)
		case !described[f.name]:
			list, described[f.name] = append(list, f.query()), true
		}
	}
	if body.used && r.verb != http.MethodGet && r.verb != http.MethodDelete {
		list = append(list, body.parameter())
	}
	return list
}

// query describes a field as a parameter of the query string. A route that
// could have it in its path but has not does not require it.
func (f *field) query() map[string]any {
	described := f.schema()
	described["in"], described["name"] = "query", f.name
	switch described["type"] {
	case "array":
		described["collectionFormat"] = "csv"
	case nil, "object":
		described["type"] = "string"
	}
	if f.required {
		described["required"] = true
	}
	return described
}

// schema describes a field's type.
func (f *field) schema() map[string]any {
	out := map[string]any{}
	typed, isTyped := reflect.Zero(f.kind).Interface().(Typed)
	switch {
	case isTyped:
		out["type"] = typed.JSONType()
	case f.kind == reflect.TypeFor[Refresh]():
		out["type"], out["enum"] = "string", []any{"wait_for", "false"}
	case f.kind == reflect.TypeFor[Lang]():
		out["type"], out["enum"] = "string", []any{string(Elasticsearch), string(Koncorde)}
	case f.kind.Kind() == reflect.String:
		out["type"] = "string"
	case f.kind.Kind() == reflect.Int:
		out["type"] = "integer"
	case f.kind.Kind() == reflect.Bool:
		out["type"] = "boolean"
	case f.kind.Kind() == reflect.Map:
		out["type"] = "object"
	case f.kind.Kind() == reflect.Slice:
		items := map[string]any{}
		if f.kind.Elem().Kind() == reflect.String || f.source == fromArgs {
			items["type"] = "string"
		}
		out["type"], out["items"] = "array", items
	}
	if f.hasFallback {
		f.showFallback(out)
	}
	return out
}

// showFallback adds the default. A negative number stands for one that depends
// on other arguments.
func (f *field) showFallback(out map[string]any) {
	switch out["type"] {
	case "integer":
		if number, ok := integer(f.fallback); ok && number >= 0 {
			out["default"] = number
		}
	case "boolean":
		out["default"] = f.fallbackBool
	default:
		out["default"] = f.fallback
	}
}

// bodySchema gathers the fields that lie in the body into one schema.
type bodySchema struct {
	used, required bool
	properties     map[string]any
	must           []any
}

func (b *bodySchema) add(f *field) {
	b.used = true
	b.required = b.required || f.required
	if f.source == wholeBody {
		return
	}
	if b.properties == nil {
		b.properties = map[string]any{}
	}
	b.must = require(b.must, f, 0)
	place(b.properties, f, 0)
}

// require notes that the key at that depth of the field's path has to be there.
func require(must []any, f *field, depth int) []any {
	if f.required && !slices.Contains(must, any(f.path[depth])) {
		return append(must, f.path[depth])
	}
	return must
}

// place puts a field's schema into the object schemas along its path.
func place(properties map[string]any, f *field, depth int) {
	key := f.path[depth]
	at, known := properties[key].(map[string]any)
	if !known {
		at = map[string]any{"type": "object"}
		properties[key] = at
	}
	if depth == len(f.path)-1 {
		for name, value := range f.schema() {
			at[name] = value
		}
		if at["type"] == "object" && f.kind.Kind() == reflect.Interface {
			delete(at, "type")
		}
		return
	}
	inner, known := at["properties"].(map[string]any)
	if !known {
		inner = map[string]any{}
		at["properties"] = inner
	}
	must, _ := at["required"].([]any)
	if must = require(must, f, depth+1); must != nil {
		at["required"] = must
	}
	place(inner, f, depth+1)
}

func (b *bodySchema) parameter() map[string]any {
	schema := map[string]any{"type": "object"}
	if len(b.properties) > 0 {
		schema["properties"] = b.properties
	}
	if b.must != nil {
		schema["required"] = b.must
	}
	return map[string]any{"in": "body", "name": "body", "required": b.required, "schema": schema}
}
