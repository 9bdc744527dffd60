package scenarios

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/gokuzzle/kuzzle/kuzzle/api/apitest"
)

// The descriptions are valid, in both formats and scopes; both formats are equal and have every
// route.
func TestOpenAPI(t *testing.T) {
	b := newBench(t)
	for _, scope := range []string{"kuzzle", "app"} {
		asJSON := b.do(t, call{As: operator, To: "GET /_openapi?scope=" + scope})
		asYAML := b.do(t, call{As: operator, To: "GET /_openapi?format=yaml&scope=" + scope})
		if asJSON.Raw == nil || asYAML.Raw == nil {
			t.Fatalf("%s: no raw answer: %s %s", scope, asJSON.Text, asYAML.Text)
		}
		if got, want := asJSON.Raw.ContentType+" "+asYAML.Raw.ContentType, "application/json application/yaml"; got != want {
			t.Errorf("content types: got %s, want %s", got, want)
		}
		back, err := yaml.YAMLToJSON(asYAML.Raw.Body)
		if err != nil {
			t.Fatalf("%s: the YAML cannot be read: %v", scope, err)
		}
		if string(back) != string(asJSON.Raw.Body) {
			t.Errorf("%s: YAML and JSON differ", scope)
		}
		compareRoutes(t, b, scope, validate(t, asJSON.Raw.Body))
	}
}

func validate(t *testing.T, text []byte) *apitest.Document {
	t.Helper()
	document, err := apitest.Parse(text)
	if err == nil {
		err = document.Check()
	}
	if err != nil {
		t.Fatalf("the description is not valid: %v", err)
	}
	return document
}

func compareRoutes(t *testing.T, b *bench, scope string, document *apitest.Document) {
	t.Helper()
	var got, want []string
	ids := map[any]bool{}
	for path, item := range document.Paths {
		for verb, operation := range item {
			got = append(got, verb+" "+path)
			if id := operation.Spec["operationId"]; ids[id] {
				t.Errorf("two operations are called %s", id)
			} else {
				ids[id] = true
			}
		}
	}
	for _, r := range b.table.Routes() {
		if isApp := strings.Contains(r.Controller, "/"); isApp == (scope == "app") {
			want = append(want, r.Verb+" "+braced(r.Path))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	want = slices.Compact(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %d routes, want %d:\n%v\n%v", scope, len(got), len(want), got, want)
	}
}

func braced(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if name, is := strings.CutPrefix(segment, ":"); is {
			segments[i] = "{" + name + "}"
		}
	}
	return strings.Join(segments, "/")
}

// described is as much of an operation as the tests read.
type described struct {
	Deprecated bool
	Parameters []struct {
		Name, In string
		Schema   member
	}
	RequestBody struct {
		Required bool
		Content  map[string]struct{ Schema member }
	}
}

type member struct {
	Title      string
	Type       any
	Required   []string
	Properties map[string]member
	AnyOf      []member
}

func (d described) body() member { return d.RequestBody.Content["application/json"].Schema }

func operationOf(t *testing.T, document *apitest.Document, verb, path string) described {
	t.Helper()
	operation := document.Paths[path][verb]
	if operation == nil {
		t.Fatalf("%s %s is not described", verb, path)
	}
	text, err := json.Marshal(operation.Spec)
	if err != nil {
		t.Fatal(err)
	}
	var out described
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOpenAPIDescribesArguments checks that createUser's declaration describes its
// arguments.
func TestOpenAPIDescribesArguments(t *testing.T) {
	b := newBench(t)
	document := validate(t, b.do(t, call{As: operator, To: "server:openapi"}).Raw.Body)
	operation := operationOf(t, document, "POST", "/users/{_id}/_create")
	got := map[string]string{}
	for _, p := range operation.Parameters {
		got[p.Name] = p.In
	}
	for name, in := range map[string]string{"_id": "path", "refresh": "query", "kuid": "query"} {
		if got[name] != in {
			t.Errorf("%s: got %q, want %q", name, got[name], in)
		}
	}
	body := operation.body()
	if !operation.RequestBody.Required || !slices.Equal(body.Required, []string{"content"}) {
		t.Fatalf("the body's schema: %+v", body)
	}
	content := body.Properties["content"]
	if _, has := content.Properties["profileIds"]; !has || !slices.Equal(content.Required, []string{"profileIds"}) {
		t.Errorf("the content's schema: %+v", content)
	}
	for _, p := range operationOf(t, document, "POST", "/users/_search").Parameters {
		if (p.Name == "from" || p.Name == "size") && p.Schema.Type != "integer" {
			t.Errorf("%s of searchUsers is of type %v, want integer", p.Name, p.Schema.Type)
		}
	}
	if !operationOf(t, document, "GET", "/users/_me").Deprecated || operationOf(t, document, "GET", "/_me").Deprecated {
		t.Error("deprecated routes are not told from the others")
	}
}

// TestOpenAPIDescribesLogins: each strategy says what a login takes.
func TestOpenAPIDescribesLogins(t *testing.T) {
	b := newBench(t)
	document := validate(t, b.do(t, call{As: operator, To: "server:openapi"}).Raw.Body)
	var names []string
	for _, form := range operationOf(t, document, "POST", "/_login/{strategy}").body().AnyOf {
		names = append(names, form.Title)
		if form.Title == "local" && !slices.Equal(form.Required, []string{"username", "password"}) {
			t.Errorf("a login by local takes %v", form.Required)
		}
	}
	if !slices.Equal(names, b.accounts.Registry.Strategies()) {
		t.Errorf("logins by %v are described, want those by %v", names, b.accounts.Registry.Strategies())
	}
}

func TestOpenAPIRefusesUnknownScopes(t *testing.T) {
	got := newBench(t).do(t, call{As: operator, To: "GET /_openapi?scope=all"})
	if got.Status != 400 || got.ID != "api.assert.unexpected_argument" {
		t.Errorf("got %d %s", got.Status, got.ID)
	}
}

// TestOptionalTypes checks that optional arguments are described by their type, in the query string
// and in bodies.
func TestOptionalTypes(t *testing.T) {
	b := newBench(t)
	document := validate(t, b.do(t, call{As: operator, To: "GET /_openapi"}).Raw.Body)
	got := map[string]string{}
	for _, p := range operationOf(t, document, "GET", "/users/_list").Parameters {
		got[p.Name] = fmt.Sprint(p.Schema.Type)
	}
	for name, property := range operationOf(t, document, "PUT", "/users/{_id}/contacts/{contactId}/_update").body().Properties {
		got[name] = fmt.Sprint(property.Type)
	}
	for name, want := range map[string]string{
		"banned": "boolean", "locked": "boolean", "secondFactor": "boolean", "descending": "boolean", "content": "boolean",
		"createdAfter": "integer", "size": "integer", "query": "string", "verified": "[boolean null]", "primary": "[boolean null]", "reserved": "[boolean null]",
	} {
		if got[name] != want {
			t.Errorf("%s is described as %q, want %q", name, got[name], want)
		}
	}
}
