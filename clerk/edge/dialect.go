package edge

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

const (
	// Prefix is the path prefix of all routes.
	Prefix = servicekeys.Below
	// traceHeader and traceKey name the id by which a request can be found in the log.
	traceHeader = "Clerk-Trace-Id"
	traceKey    = "clerk_trace_id"
	// CreateUser is the action whose every error names a parameter: some clients read
	// the parameter without checking that it exists.
	CreateUser = "createUser"
	// wholeRequest is the parameter named by such an error if it concerns no
	// parameter.
	wholeRequest = "request"
)

// Dialect returns Clerk's dialect. routes returns the routes of a canonical action,
// each a verb and a declared path; nil windows limit nothing.
func Dialect(keys Keys, routes func(controller, action string) []string, windows *throttle.Windows, rules *rules.InForce) *api.Dialect {
	return &api.Dialect{
		Name: "clerk", Prefix: Prefix, Authenticator: &authenticator{keys: keys, routes: routes, windows: windows, rules: rules}, Closed: true,
		Accepts: []string{"application/json"}, Bodiless: []string{http.MethodGet, http.MethodDelete, http.MethodHead}, EmptyObject: true,
		Strict: true, Known: []string{versionParameter}, PlainLists: true, AllViolations: true,
		// Clients read a body with any other type, even one with a charset, as text.
		ContentType: "application/json",
		Status:      Status,
		Header:      Trace,
		Append:      answer,
		Described:   described,
	}
}

// described is the common part of the API's description.
var described = &api.Described{
	Title: "Clerk's Backend API", About: "Users, sessions and organizations in Clerk's form.", Token: "A secret key.",
	Error: map[string]any{
		"type": "object", "required": []any{"errors", traceKey},
		"properties": map[string]any{
			"errors": map[string]any{"type": "array", "items": map[string]any{
				"type": "object", "required": []any{"message", "long_message", "code", "meta"},
				"properties": map[string]any{
					"message": map[string]any{"type": "string"}, "long_message": map[string]any{"type": "string"}, "code": map[string]any{"type": "string"},
					"meta": map[string]any{"type": "object", "additionalProperties": true, "properties": map[string]any{
						oneParam: map[string]any{"type": "string"}, manyParams: map[string]any{"type": "array", "items": map[string]any{"type": "string"}},
					}},
				},
			}},
			traceKey: map[string]any{"type": "string"},
		},
	},
	Refused: []int{400, 401, 403, 404, 409, 413, 415, 422, 429, 503},
}

// shownError is an error in the form that clients read.
type shownError struct {
	Message     string         `json:"message"`
	LongMessage string         `json:"long_message"`
	Code        string         `json:"code"`
	Meta        map[string]any `json:"meta"`
}

func answer(dst []byte, req *api.Request, res *api.Response, _ bool) ([]byte, error) {
	if res.Err == nil {
		return api.AppendJSON(dst, res.Result)
	}
	_, action := req.Route()
	return AppendErrors(dst, res.Err, req.ID, action == CreateUser)
}

// Status returns the status of a fault's answer.
func Status(failure *fault.Error) int { return translate(failure)[0].Status() }

// AppendErrors writes the answer for a fault of a request. With named each error has a parameter.
func AppendErrors(dst []byte, failure *fault.Error, request string, named bool) ([]byte, error) {
	var shown []shownError
	for _, one := range translate(failure) {
		shown = append(shown, show(one, named))
	}
	return plainjson.Append(dst, map[string]any{"errors": shown, traceKey: request})
}

// Trace names a request in an answer's header.
func Trace(h http.Header, req *api.Request, _ *api.Response) { h.Set(traceHeader, req.ID) }

// show converts a fault of this package to the form that clients read. With named it
// has a parameter even if the fault concerns none.
func show(failure *fault.Error, named bool) shownError {
	e := shownError{Message: failure.Message(), LongMessage: failure.Message(), Code: codeOf(failure), Meta: map[string]any{}}
	if named {
		e.Meta[oneParam] = wholeRequest
	}
	if len(failure.Props) == 0 {
		return e
	}
	switch about := failure.Props[0].(type) {
	case string:
		if about != "" {
			e.Meta[oneParam] = about
		}
	case []string:
		delete(e.Meta, oneParam)
		e.Meta[manyParams] = about
	}
	if len(failure.Props) > 1 {
		if more, ok := failure.Props[1].(Meta); ok {
			for name, value := range more {
				e.Meta[name] = value
			}
		}
	}
	return e
}

// Meta has an error's further data besides the parameter, as its second prop.
type Meta map[string]any

// Members of an error's meta.
const (
	oneParam   = "param_name"
	manyParams = "param_names"
)
