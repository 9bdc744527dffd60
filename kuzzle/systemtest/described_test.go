package systemtest

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/api/apitest"
	"github.com/gokuzzle/kuzzle/kuzzle/backend"
)

// documents are the descriptions that servers have given, parsed once each.
var documents struct {
	sync.Mutex
	of map[string]*apitest.Document
}

// describe is what a server says of its API.
func describe(t *testing.T, app *backend.App) []*apitest.Document {
	t.Helper()
	var all []*apitest.Document
	for _, scope := range []string{"kuzzle", "app", "clerk"} {
		res := app.Dispatch(context.Background(), &api.Request{
			ID: "description", Controller: "server", Action: "openapi", Args: map[string]any{"scope": scope},
			Peer: &api.Peer{Protocol: api.Embedded, Operator: true},
		})
		if res.Raw == nil {
			t.Fatalf("the API is not described: %v", res.Err)
		}
		all = append(all, parsed(t, res.Raw.Body))
	}
	return all
}

func parsed(t *testing.T, text []byte) *apitest.Document {
	t.Helper()
	documents.Lock()
	defer documents.Unlock()
	if known := documents.of[string(text)]; known != nil {
		return known
	}
	document, err := apitest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if documents.of == nil {
		documents.of = map[string]*apitest.Document{}
	}
	documents.of[string(text)] = document
	return document
}

// judged counts the answers of a kind.
var judged struct {
	sync.Mutex
	of map[string]int
}

// fewJudged of a kind are all judged, of more one in fifty: the kinds are many, and tests
// ask for some of them thousands of times.
const fewJudged = 4

// largeAnswer is of how many bytes an answer is not judged: it is a long list of what
// short lists have.
const largeAnswer = 256 << 10

// toJudge reports whether an answer is to be judged.
func toJudge(controller, action string, res *api.Response) bool {
	kind := controller + ":" + action + " " + strconv.Itoa(res.Status)
	if res.Err != nil {
		kind += res.Err.ID()
	}
	judged.Lock()
	defer judged.Unlock()
	if judged.of == nil {
		judged.of = map[string]int{}
	}
	judged.of[kind]++
	return judged.of[kind] <= fewJudged || judged.of[kind]%50 == 0
}

// judge compares the server's answers in the described dialects, over any transport, with the
// server's own descriptions. The returned function reports answers that were not as
// described.
func judge(t *testing.T, app *backend.App) (report func()) {
	if raced {
		return func() {} // the same answers are judged without the detector, on the cluster
	}
	var mu sync.Mutex
	var seen []string
	note := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if text := err.Error(); !slices.Contains(seen, text) {
			seen = append(seen, text)
		}
	}
	var all func() []*apitest.Document
	app.On(api.AfterExecution, func(_ context.Context, e *api.Event) error {
		if e.Request.ID == "description" || e.Request.Dialect != nil && e.Request.Dialect.Described == nil && e.Request.Dialect != api.Kuzzle {
			return nil
		}
		if failure := e.Response.Err; failure != nil && failure.Kind == api.ErrUnexpected {
			return nil // a test had something break down
		}
		controller, action := e.Request.Route()
		if !toJudge(controller, action, e.Response) {
			return nil
		}
		contentType := "application/json"
		if raw := e.Response.Raw; raw != nil {
			contentType = raw.ContentType
		}
		for _, document := range all() {
			operation := document.Action(controller + ":" + action)
			if operation == nil {
				continue
			}
			// A list in place of the body is no more than an empty one.
			if _, isList := e.Request.Body.([]any); e.Request.Body != nil && !isList && e.Response.Status == http.StatusOK {
				if err := document.JudgeBody(operation, e.Request.Body); err != nil {
					note(err)
				}
			}
			res := *e.Response
			if res.Size() > largeAnswer {
				continue
			}
			if err := document.Judge(operation, res.Status, contentType, res.Append(nil, e.Request, false)); err != nil {
				note(err)
			}
		}
		return nil
	})
	all = sync.OnceValue(func() []*apitest.Document { return describe(t, app) })
	return func() {
		mu.Lock()
		defer mu.Unlock()
		for _, text := range seen {
			t.Error(text)
		}
	}
}
