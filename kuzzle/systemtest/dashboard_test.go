package systemtest

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

var updateTypes = flag.Bool("update-types", false, "write the dashboard's types of the API's actions anew")

const dashboardTypes = "../dashboard/src/api/actions.gen.ts"

// TestDashboardTypes holds the arguments of actions that the dashboard is written
// against to the server's own description. Write them anew with
//
//	go test ./kuzzle/systemtest -run TestDashboardTypes -update-types
func TestDashboardTypes(t *testing.T) {
	s := start(t)
	actions, types := map[string]*described{}, map[string]schema{}
	prefixes := map[string]string{"app": "App"} // the two have names of their own
	for _, scope := range []string{"kuzzle", "app"} {
		text := s.dispatch(t, "server", "openapi", map[string]any{"scope": scope}, nil)
		gather(t, actions, types, strings.ReplaceAll(string(text), `"#/components/schemas/`, `"#/components/schemas/`+prefixes[scope]), prefixes[scope])
	}
	var out strings.Builder
	out.WriteString("// Made of GET /_openapi by go test ./kuzzle/systemtest -run TestDashboardTypes -update-types.\n\n")
	out.WriteString("/** What a body may have besides what is described. */\ntype Any = { [key: string]: unknown };\n\n")
	out.WriteString("/** Every action of the API with what it takes. */\nexport interface Actions {\n")
	for _, name := range slices.Sorted(maps.Keys(actions)) {
		actions[name].write(&out, name)
	}
	out.WriteString("}\n\n/** What they answer. Where the server says no more than that it is an object, answers.ts says what is in it. */\nexport interface Answered {\n")
	used := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(actions)) {
		fmt.Fprintf(&out, "  %s: %s;\n", quoted(name), actions[name].answer.typescript(used))
	}
	out.WriteString("}\n")
	writeTypes(&out, types, used)
	if *updateTypes {
		if err := os.WriteFile(dashboardTypes, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(dashboardTypes)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(kept), out.String()); diff != "" {
		t.Errorf("the API has changed, write the types anew by adding -update-types (-kept +now):\n%s", diff)
	}
}

// TestDashboardFaults: every refusal that the dashboard has words for is one that the server
// or the dashboard itself makes, and German has words for those that English has.
func TestDashboardFaults(t *testing.T) {
	declared := map[string]bool{}
	for _, kind := range fault.Catalogue() {
		declared[kind.ID()] = true
	}
	said := map[string]map[string]bool{}
	for _, language := range []string{"en", "de"} {
		text, err := os.ReadFile("../dashboard/src/texts/" + language + "/faults.ts")
		if err != nil {
			t.Fatal(err)
		}
		said[language] = map[string]bool{}
		for _, found := range regexp.MustCompile(`(?m)^  '([^']+)': \(`).FindAllStringSubmatch(string(text), -1) {
			id := found[1]
			if said[language][id] = true; !declared[id] && !strings.HasPrefix(id, "dashboard.") {
				t.Errorf("%s: no refusal has the id %s", language, id)
			}
		}
	}
	if len(said["en"]) < 3 || len(said["de"]) < len(said["en"]) {
		t.Errorf("%d texts of refusals in English, %d in German", len(said["en"]), len(said["de"]))
	}
	for id := range said["en"] {
		if !said["de"][id] {
			t.Errorf("German has no text for %s", id)
		}
	}
}

// described is an action as its routes together describe it.
type described struct {
	summary string
	// args are the arguments outside the body, by name.
	args map[string]schema
	// routes counts the routes, required those in which an argument has to be there.
	routes   int
	required map[string]int
	body     schema
	answer   schema
}

// schema is as much of a schema as the types say.
type schema struct {
	Name       string
	Type       any // mostly a text
	Required   any // of a parameter true, of an object the names
	Enum       []string
	Items      *schema
	Properties map[string]schema
	Values     *schema `json:"additionalProperties"`
	AnyOf      []schema
	AllOf      []schema
	Ref        string `json:"$ref"`
	Schema     *schema
}

// media are the forms of a body.
type media map[string]struct{ Schema schema }

func gather(t *testing.T, actions map[string]*described, types map[string]schema, text, prefix string) {
	t.Helper()
	var document struct {
		Components struct{ Schemas map[string]schema }
		Paths      map[string]map[string]struct {
			Summary, Description string
			Parameters           []schema
			RequestBody          struct {
				Required bool
				Content  media
			}
			Responses map[string]struct{ Content media }
		}
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	for name, of := range document.Components.Schemas {
		types[prefix+name] = of
	}
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		for _, verb := range slices.Sorted(maps.Keys(document.Paths[path])) {
			operation := document.Paths[path][verb]
			action := actions[operation.Description]
			if action == nil {
				action = &described{summary: operation.Summary, args: map[string]schema{}, required: map[string]int{}}
				actions[operation.Description] = action
			}
			action.routes++
			for _, p := range operation.Parameters {
				action.args[p.Name] = *p.Schema
				if p.Required == true {
					action.required[p.Name]++
				}
			}
			if operation.RequestBody.Required {
				action.required["body"]++
			}
			if media, has := operation.RequestBody.Content["application/json"]; has {
				action.body = media.Schema
			}
			if parts := operation.Responses["200"].Content["application/json"].Schema.AllOf; len(parts) > 1 {
				action.answer = parts[1].Properties["result"]
			}
		}
	}
}

func (d *described) write(out *strings.Builder, name string) {
	fmt.Fprintf(out, "  /** %s */\n  %s: {", d.summary, quoted(name))
	for _, arg := range slices.Sorted(maps.Keys(d.args)) {
		fmt.Fprintf(out, " %s%s: %s;", key(arg), d.optional(arg), d.args[arg].typescript(nil))
	}
	fmt.Fprintf(out, " body%s: %s };\n", d.optional("body"), d.body.object(nil))
}

func (d *described) optional(name string) string {
	if d.required[name] == d.routes {
		return ""
	}
	return "?"
}

// writeTypes writes the types that are used, and those that they use.
func writeTypes(out *strings.Builder, types map[string]schema, used map[string]bool) {
	written := map[string]string{}
	for len(written) < len(used) {
		for name := range maps.Clone(used) {
			if written[name] == "" {
				written[name] = types[name].object(used)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		fmt.Fprintf(out, "\nexport type %s = %s;\n", name, written[name])
	}
}

// typescript is the schema's type. Answers note in used which types they name; objects
// of requests may have more than is described.
func (s schema) typescript(used map[string]bool) string {
	kinds, several := s.Type.([]any)
	switch {
	case s.Ref != "":
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		used[name] = true
		return name
	case len(s.AnyOf) > 0:
		texts := make([]string, len(s.AnyOf))
		for i, one := range s.AnyOf {
			texts[i] = one.typescript(used)
		}
		return strings.Join(texts, " | ")
	case several:
		s.Type = kinds[0]
		return s.typescript(used) + " | null"
	case len(s.Enum) > 0:
		texts := make([]string, len(s.Enum))
		for i, text := range s.Enum {
			texts[i] = quoted(text)
		}
		return strings.Join(texts, " | ")
	case s.Type == "integer", s.Type == "number":
		return "number"
	case s.Type == "boolean", s.Type == "string", s.Type == "null":
		return s.Type.(string)
	case s.Type == "array" && s.Items != nil:
		of := s.Items.typescript(used)
		if strings.ContainsAny(of, "|&") && of[0] != '{' {
			of = "(" + of + ")"
		}
		return of + "[]"
	case s.Type == "object":
		return s.object(used)
	}
	return "unknown"
}

func (s schema) object(used map[string]bool) string {
	var out strings.Builder
	must, _ := s.Required.([]any)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		mark := "?"
		if slices.Contains(must, any(name)) {
			mark = ""
		}
		fmt.Fprintf(&out, "%s%s: %s; ", key(name), mark, s.Properties[name].typescript(used))
	}
	switch {
	case s.Values != nil:
		return "Record<string, " + s.Values.typescript(used) + ">"
	case out.Len() == 0:
		return "Any"
	case used != nil:
		return "{ " + out.String() + "}"
	}
	return "{ " + out.String() + "} & Any"
}

func quoted(text string) string { return "'" + text + "'" }

// key writes a name as a key of an object.
func key(name string) string {
	if strings.ContainsAny(name, "-.:/") {
		return quoted(name)
	}
	return name
}

// TestDashboard: the pages come with the headers that keep a browser to them, and every
// path below is one, without taking a path of the API's.
func TestDashboard(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/dashboard/", "/dashboard/users/jane.doe@example.com"} {
		res, body := s.get(t, path, "text/html")
		for name, want := range map[string]string{
			"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cache-Control": "no-cache", "Content-Type": "text/html; charset=utf-8",
		} {
			if got := res.Header.Get(name); !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q, and should have %q", path, name, got, want)
			}
		}
		if res.StatusCode != 200 || !strings.Contains(body, `src="/dashboard/assets/`) {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}
	if res, _ := s.get(t, "/dashboards", "text/html"); res.StatusCode != 404 {
		t.Errorf("what begins like the dashboard is answered %d", res.StatusCode)
	}
}
