package api

import (
	"cmp"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The schemas that every answer is made of.
const (
	envelopeName = "Answer"
	errorName    = "Error"
)

// envelope is what every answer has around its result and error.
var envelope = schema{
	"type":     "object",
	"required": []any{"status", "error", "requestId", "controller", "action"},
	"properties": map[string]any{
		"status":     schema{"type": "integer"},
		"error":      schema{"anyOf": []any{reference(errorName), schema{"type": "null"}}},
		"requestId":  schema{"type": "string"},
		"controller": schema{"type": []any{"string", "null"}},
		"action":     schema{"type": []any{"string", "null"}},
		"volatile":   schema{"type": []any{"object", "null"}, "description": "What the request had for volatile."},
		"headers":    schema{"type": "object", "additionalProperties": schema{"type": "string"}},
		"index":      schema{"description": "The request's own."},
		"collection": schema{"description": "The request's own."},
		"deprecations": schema{"type": "array", "items": schema{"type": "object", "properties": map[string]any{
			"version": schema{"type": "string"}, "message": schema{"type": "string"},
		}}},
		"room": schema{"type": "string", "description": "The request's id, over WebSockets."},
	},
}

// refusal is an error as clients know it.
var refusal = schema{
	"type":        "object",
	"description": "Match on id. A partial failure has its parts in errors.",
	"required":    []any{"id", "code", "status", "message", "props"},
	"properties": map[string]any{
		"id":      schema{"type": "string"},
		"code":    schema{"type": "integer", "format": "int32"},
		"status":  schema{"type": "integer"},
		"message": schema{"type": "string"},
		"props":   schema{"type": "array", "description": "The values that the message has."},
		"errors":  schema{"type": "array", "items": reference(errorName)},
		"count":   schema{"type": "integer"},
	},
}

// enveloped is an answer with a result and an error of these schemas; result is nil where
// there is none.
func enveloped(result, failure schema) schema {
	own := schema{"properties": map[string]any{"error": failure}}
	if result != nil {
		own["properties"].(map[string]any)["result"], own["required"] = result, []any{"result"}
	}
	return schema{"allOf": []any{reference(envelopeName), own}}
}

var null = schema{"type": "null"}

// The statuses by which any operation may be refused, and those that what writes may
// meet besides.
var (
	anyRefused     = []int{400, 401, 403, 404, 408, 412, 413, 429, 431, 503}
	writingRefused = []int{409}
)

// refusals are the shared responses, by status, each with the ids that errors of that
// status have.
func (d *description) refusals() map[string]any {
	if of := d.dialect.Described; of != nil {
		out := map[string]any{}
		for _, status := range of.Refused {
			out[strconv.Itoa(status)] = map[string]any{
				"description": http.StatusText(status) + ".", "content": map[string]any{jsonType: map[string]any{"schema": reference(errorName)}},
			}
		}
		out[strconv.Itoa(http.StatusRequestHeaderFieldsTooLarge)] = map[string]any{
			"description": "The transport refuses the request, in the same form for all dialects.", "content": map[string]any{jsonType: map[string]any{}},
		}
		return out
	}
	ids := map[int][]any{}
	for _, kind := range fault.Catalogue() {
		ids[kind.Status()] = append(ids[kind.Status()], kind.ID())
	}
	out := map[string]any{}
	for status, known := range ids {
		if !slices.Contains(anyRefused, status) && !slices.Contains(writingRefused, status) {
			continue
		}
		failure := schema{"allOf": []any{reference(errorName), schema{"properties": map[string]any{"id": schema{"enum": known}}}}}
		response := map[string]any{
			"description": http.StatusText(status) + ". What the transport refuses has no envelope.",
			"content":     map[string]any{jsonType: map[string]any{"schema": anyOf([]any{enveloped(null, failure), failure})}},
		}
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			response["headers"] = map[string]any{"Retry-After": map[string]any{
				"description": "Seconds, where it is known when it is worth trying again.", "schema": schema{"type": "integer"},
			}}
		}
		out[strconv.Itoa(status)] = response
	}
	return out
}

// responses describes what a route answers: its action's results, and the refusals.
func (d *description) responses(r *route) map[string]any {
	out := map[string]any{}
	refused := anyRefused
	if r.verb != http.MethodGet {
		refused = slices.Concat(anyRefused, writingRefused)
	}
	if d.dialect.Described != nil {
		refused = append(slices.Clone(d.dialect.Described.Refused), http.StatusRequestHeaderFieldsTooLarge)
	}
	for _, status := range refused {
		code := strconv.Itoa(status)
		out[code] = map[string]any{"$ref": "#/components/responses/" + code}
	}
	found, order := map[outcome][]any{}, []outcome{}
	for _, value := range r.handler.answers {
		at, of := d.outcome(value)
		at.raw = at.raw || d.dialect.Described != nil
		if !slices.Contains(order, at) {
			order = append(order, at)
		}
		if of != nil {
			found[at] = append(found[at], of)
		}
	}
	for _, at := range order {
		code := strconv.Itoa(at.status)
		response, known := out[code].(map[string]any)
		if !known {
			response = map[string]any{"description": cmp.Or(http.StatusText(at.status), "The answer.")}
			out[code] = response
		}
		if at.kind == "" {
			continue // an answer without a body
		}
		if response["content"] == nil {
			response["content"] = map[string]any{}
		}
		response["content"].(map[string]any)[at.kind] = at.media(found[at])
	}
	return out
}

// outcome is what answers of one kind have in common.
type outcome struct {
	status int
	kind   string // of content
	// raw has no envelope; refused has an error beside the result.
	raw, refused bool
}

// media describes the content of answers with results of these schemas.
func (o outcome) media(results []any) map[string]any {
	var of schema
	if len(results) > 0 {
		of = anyOf(results)
	}
	switch {
	case o.raw && len(of) == 0:
		return map[string]any{}
	case o.raw:
	case o.refused:
		of = enveloped(of, reference(errorName))
	default:
		of = enveloped(of, null)
	}
	return map[string]any{"schema": of}
}

// outcome describes one value of those that an action may answer: what kind of answer it
// is, and the schema of its result, nil for none.
func (d *description) outcome(value any) (o outcome, of schema) {
	o = outcome{status: http.StatusOK, kind: jsonType}
	switch v := value.(type) {
	case NoResult:
		return o, nil
	case Raw:
		o.kind, o.raw = v.ContentType, true
		if v.Value != nil {
			return o, schema{"type": "object"}
		}
		return o, schema{}
	case WithStatus:
		o, of = d.outcome(v.Result)
		o.status = v.Status
		return o, of
	case *fault.Kind:
		o.status, o.refused = v.Status(), true
		if d.dialect.Described != nil {
			return o, reference(errorName)
		}
		return o, null
	case Partial:
		failure, _ := fault.From(v.Err)
		o.status, o.refused = failure.Status(), true
		value = v.Result
	}
	return o, d.schemas.of(reflect.TypeOf(value))
}
