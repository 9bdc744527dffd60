package api

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Scope is the part of the API that a description covers.
type Scope string

// The scopes of Kuzzle's dialect: the server's own actions, and those of strategies and embedding
// programs. Every other dialect with [Dialect.Described] has a scope with its name.
const (
	ScopeKuzzle Scope = "kuzzle"
	ScopeApp    Scope = "app"
)

// Scopes returns the scopes in which the API is described.
func (t *Table) Scopes() []Scope {
	scopes := []Scope{ScopeKuzzle, ScopeApp}
	for _, of := range t.edges {
		if of.Described != nil {
			scopes = append(scopes, Scope(of.Name))
		}
	}
	return scopes
}

// dialectOf returns the dialect of a scope.
func (t *Table) dialectOf(scope Scope) *Dialect {
	for _, of := range t.edges {
		if of.Described != nil && of.Name == string(scope) {
			return of.Dialect
		}
	}
	return Kuzzle
}

// OpenAPI returns a description of a scope's routes as OpenAPI 3.1, in values that encode
// to the document's JSON. It leaves out actions without a route.
func (t *Table) OpenAPI(scope Scope, version string) map[string]any {
	dialect := t.dialectOf(scope)
	d := description{dialect: dialect, paths: map[string]any{}, about: map[string]string{}, routes: map[string]int{}, schemas: newSchemas()}
	for _, r := range t.routes {
		h := r.handler
		inScope := h.plugin == (scope == ScopeApp)
		if h.dialect == dialect && inScope && r.verb != http.MethodHead {
			d.add(t, r)
		}
	}
	common := d.common()
	return map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title": common.Title, "version": orUnknown(version), "description": common.About,
			"contact": map[string]any{"name": "The maintainers", "url": projectURL},
			"license": map[string]any{"name": "Apache 2.0", "identifier": "Apache-2.0"},
		},
		"externalDocs": map[string]any{"description": "The project's page", "url": projectURL},
		"servers":      []any{map[string]any{"url": "/"}},
		"tags":         d.tags(),
		"paths":        d.paths,
		"components": map[string]any{
			"schemas":   d.schemas.kept,
			"responses": d.refusals(),
			"securitySchemes": map[string]any{
				tokenName:  map[string]any{"type": "http", "scheme": "bearer", "description": common.Token},
				cookieName: map[string]any{"type": "apiKey", "in": "cookie", "name": SessionCookie, "description": "A session that a login with cookieAuth gave."},
			},
		},
	}
}

// common returns what the dialect's routes have in common, and keeps the schemas that all of them
// refer to.
func (d *description) common() *Described {
	if of := d.dialect.Described; of != nil {
		d.schemas.keep(errorName, of.Error)
		return of
	}
	d.schemas.keep(envelopeName, envelope)
	d.schemas.keep(errorName, refusal)
	return &Described{
		Title: "Kuzzle API", About: "Users, credentials and rights: the security part of Kuzzle's API.", Token: "The token of a session or an API key.",
	}
}

const (
	projectURL = "https://github.com/gokuzzle/kuzzle"
	jsonType   = "application/json"
	tokenName  = "token"
	cookieName = "cookie"
)

func orUnknown(version string) string {
	if version == "" {
		return "unknown"
	}
	return version
}

// RouteInfo is a route as it was declared.
type RouteInfo struct {
	// Path has placeholders in Kuzzle's form, such as /users/:_id.
	Verb, Path string
	// Controller and Action are the called names; an alias keeps its own.
	Controller, Action string
	// Deprecated is the version that deprecated the route, or "".
	Deprecated string
}

// Routes returns the routes in the order of their declaration.
func (t *Table) Routes() []RouteInfo {
	list := make([]RouteInfo, len(t.routes))
	for i, r := range t.routes {
		list[i] = RouteInfo{r.verb, r.colons(), r.controller, r.action, r.deprecated}
	}
	return list
}

// description collects paths, the controllers they belong to and the schemas that they
// refer to.
type description struct {
	dialect *Dialect
	paths   map[string]any
	about   map[string]string
	routes  map[string]int // of each action
	schemas *schemas
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
		return // a second name of the same action on the same route
	}
	name := r.controller + ":" + r.action
	id := strings.NewReplacer(":", "_", "/", "_").Replace(name)
	if d.routes[name]++; d.routes[name] > 1 {
		id += "_" + strconv.Itoa(d.routes[name])
	}
	operation := map[string]any{
		"operationId": id,
		"summary":     r.handler.summary,
		"description": name,
		"tags":        []any{r.controller},
		"responses":   d.responses(r),
		"security":    securityOf(r.handler, d.dialect),
	}
	if list := r.handler.plan.parameters(r, d.dialect); len(list) > 0 {
		operation["parameters"] = list
	}
	if body := d.body(r); body != nil {
		operation["requestBody"] = body
	}
	if r.deprecated != "" {
		operation["deprecated"] = true
	}
	at[verb] = operation
}

// securityOf returns the ways to authenticate, and whether authentication is required.
func securityOf(h *handler, in *Dialect) []any {
	if in.Described != nil {
		return []any{map[string]any{tokenName: []any{}}}
	}
	ways := []any{map[string]any{tokenName: []any{}}, map[string]any{cookieName: []any{}}}
	if !h.authenticated {
		ways = append(ways, map[string]any{})
	}
	return ways
}

// body describes the body of a route, nil for none.
func (d *description) body(r *route) map[string]any {
	h := r.handler
	if h.body.Stream {
		content := map[string]any{}
		for _, kind := range h.body.Types {
			content[kind] = map[string]any{}
		}
		return map[string]any{"required": true, "content": content}
	}
	if r.verb == http.MethodGet || r.verb == http.MethodDelete || slices.Contains(d.dialect.Bodiless, r.verb) {
		return nil
	}
	var body bodySchema
	for i := range h.plan.fields {
		if f := &h.plan.fields[i]; f.source != fromArgs {
			body.add(f)
		}
	}
	of := body.schema()
	if h.forms != nil {
		of = d.forms(h.forms)
		body.used = true
	}
	if !body.used {
		return nil
	}
	return map[string]any{"required": body.required, "content": map[string]any{jsonType: map[string]any{"schema": of}}}
}

// forms describes a body that has one of several forms, each under its name.
func (d *description) forms(forms Forms) schema {
	var list []any
	for _, name := range slices.Sorted(maps.Keys(forms)) {
		of := d.schemas.of(reflect.TypeOf(forms[name]))
		if members, is := forms[name].(Members); is {
			of = members.schema()
		}
		if name != "" {
			of["title"] = name
		}
		list = append(list, of)
	}
	return anyOf(list)
}

func (m Members) schema() schema {
	properties := map[string]any{}
	for _, name := range m {
		properties[name] = schema{}
	}
	return schema{"type": "object", "properties": properties}
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

// parameters describes a route's placeholders, then its parameters in the query string.
func (p *plan) parameters(r *route, in *Dialect) []any {
	list := []any{}
	described := map[string]bool{}
	for _, name := range r.params {
		list = append(list, map[string]any{"in": "path", "name": name, "required": true, "schema": schema{"type": "string"}})
		described[name] = true
	}
	for i := range p.fields {
		if f := &p.fields[i]; f.source == fromArgs && !described[f.name] {
			list = append(list, f.query(in))
		}
	}
	return list
}

// query describes a field as a query parameter. A field that may also be a path
// parameter is not required on a route without it.
func (f *field) query(in *Dialect) map[string]any {
	of := f.schema()
	described := map[string]any{"in": "query", "name": f.name, "schema": of}
	switch of["type"] {
	case "array":
		described["style"], described["explode"] = "form", in.PlainLists
	case nil, "object":
		of["type"] = "string"
	}
	if f.required {
		described["required"] = true
	}
	return described
}

// schema describes a field's type.
func (f *field) schema() schema {
	out := schema{}
	typed, isTyped := reflect.Zero(f.kind).Interface().(Typed)
	switch {
	case isTyped:
		if out["type"] = typed.JSONType(); out["type"] == "array" {
			out["items"] = schema{"type": "string"}
		}
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
	if _, nullable := reflect.Zero(f.kind).Interface().(Nullable); nullable && f.source == fromBody {
		return orNull(out)
	}
	return out
}

// showFallback adds the default. A negative number means a default that depends on other
// arguments.
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

// bodySchema merges the fields of the body into one schema.
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

// require adds the key at that depth of the field's path to the required keys.
func require(must []any, f *field, depth int) []any {
	if f.required && !slices.Contains(must, any(f.path[depth])) {
		return append(must, f.path[depth])
	}
	return must
}

// place adds a field's schema to the object schemas along its path.
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

func (b *bodySchema) schema() schema {
	out := schema{"type": "object"}
	if len(b.properties) > 0 {
		out["properties"] = b.properties
	}
	if b.must != nil {
		out["required"] = b.must
	}
	return out
}
