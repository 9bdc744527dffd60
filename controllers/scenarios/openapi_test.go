package scenarios

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"sigs.k8s.io/yaml"
)

// The descriptions are valid, in both formats and scopes, say the same in both
// formats, and have every route.
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
		document := validate(t, asJSON.Raw.Body)
		compareRoutes(t, b, scope, document)
	}
}

func validate(t *testing.T, text []byte) openapi2.T {
	t.Helper()
	var document openapi2.T
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatalf("the description cannot be read: %v", err)
	}
	if document.Swagger != "2.0" {
		t.Errorf("swagger: got %q, want 2.0", document.Swagger)
	}
	newer, err := openapi2conv.ToV3(&document)
	if err != nil {
		t.Fatalf("the description is not valid: %v", err)
	}
	if err := newer.Validate(t.Context()); err != nil {
		t.Errorf("the description is not valid: %v", err)
	}
	return document
}

func compareRoutes(t *testing.T, b *bench, scope string, document openapi2.T) {
	t.Helper()
	var got, want []string
	for path, item := range document.Paths {
		for verb := range item.Operations() {
			got = append(got, verb+" "+path)
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

// What createUser takes is described by its declaration.
func TestOpenAPIDescribesArguments(t *testing.T) {
	b := newBench(t)
	document := validate(t, b.do(t, call{As: operator, To: "server:openapi"}).Raw.Body)
	operation := document.Paths["/users/{_id}/_create"].Post
	got := map[string]string{}
	var body *openapi2.Parameter
	for _, p := range operation.Parameters {
		got[p.Name] = p.In
		if p.In == "body" {
			body = p
		}
	}
	for name, in := range map[string]string{"_id": "path", "refresh": "query", "kuid": "query", "body": "body"} {
		if got[name] != in {
			t.Errorf("%s: got %q, want %q", name, got[name], in)
		}
	}
	if body == nil || !body.Required || !slices.Equal(body.Schema.Value.Required, []string{"content"}) {
		t.Fatalf("the body's schema: %+v", body)
	}
	content := body.Schema.Value.Properties["content"].Value
	if !slices.Equal(content.Required, []string{"profileIds"}) || content.Properties["profileIds"] == nil {
		t.Errorf("the content's schema: %+v", content)
	}
	for _, p := range document.Paths["/users/_search"].Post.Parameters {
		if (p.Name == "from" || p.Name == "size") && !p.Type.Is("integer") {
			t.Errorf("%s of searchUsers is of type %v, want integer", p.Name, p.Type)
		}
	}
	if document.Paths["/users/_me"].Get.Deprecated != true || document.Paths["/_me"].Get.Deprecated {
		t.Error("deprecated routes are not told from the others")
	}
}

func TestOpenAPIRefusesUnknownScopes(t *testing.T) {
	got := newBench(t).do(t, call{As: operator, To: "GET /_openapi?scope=all"})
	if got.Status != 400 || got.ID != "api.assert.unexpected_argument" {
		t.Errorf("got %d %s", got.Status, got.ID)
	}
}

// TestOptionalTypes: arguments that may be left out are described as what they are, in
// the query string and in bodies.
func TestOptionalTypes(t *testing.T) {
	b := newBench(t)
	document := validate(t, b.do(t, call{As: operator, To: "GET /_openapi"}).Raw.Body)
	got := map[string]string{}
	for _, p := range document.Paths["/users/_list"].Get.Parameters {
		got[p.Name] = strings.Join(*p.Type, "|")
	}
	for _, p := range document.Paths["/users/{_id}/contacts/{contactId}/_update"].Put.Parameters {
		if p.In != "body" {
			continue
		}
		for name, property := range p.Schema.Value.Properties {
			got[name] = strings.Join(*property.Value.Type, "|")
		}
	}
	for name, want := range map[string]string{
		"banned": "boolean", "locked": "boolean", "secondFactor": "boolean", "descending": "boolean", "content": "boolean",
		"createdAfter": "integer", "size": "integer", "query": "string", "verified": "boolean", "primary": "boolean", "reserved": "boolean",
	} {
		if got[name] != want {
			t.Errorf("%s is described as %q, want %q", name, got[name], want)
		}
	}
}
