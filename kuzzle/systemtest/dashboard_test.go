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
	actions := map[string]*described{}
	for _, scope := range []string{"kuzzle", "app"} {
		gather(t, actions, s.dispatch(t, "server", "openapi", map[string]any{"scope": scope}, nil))
	}
	var out strings.Builder
	out.WriteString("// Made of GET /_openapi by go test ./kuzzle/systemtest -run TestDashboardTypes -update-types.\n\n")
	out.WriteString("/** What a body may have besides what is described. */\ntype Any = { [key: string]: unknown };\n\n")
	out.WriteString("/** Every action of the API with what it takes. */\nexport interface Actions {\n")
	for _, name := range slices.Sorted(maps.Keys(actions)) {
		actions[name].write(&out, name)
	}
	out.WriteString("}\n")
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
}

// schema is as much of a schema as the types say.
type schema struct {
	Name       string
	Type       any // mostly a text
	Required   any // of a parameter true, of an object the names
	Enum       []string
	Items      *schema
	Properties map[string]schema
	Schema     *schema
}

func gather(t *testing.T, actions map[string]*described, text []byte) {
	t.Helper()
	var document struct {
		Paths map[string]map[string]struct {
			Summary, Description string
			Parameters           []schema
			RequestBody          struct {
				Required bool
				Content  map[string]struct{ Schema schema }
			}
		}
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
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
		}
	}
}

func (d *described) write(out *strings.Builder, name string) {
	fmt.Fprintf(out, "  /** %s */\n  %s: {", d.summary, quoted(name))
	for _, arg := range slices.Sorted(maps.Keys(d.args)) {
		fmt.Fprintf(out, " %s%s: %s;", key(arg), d.optional(arg), d.args[arg].typescript())
	}
	fmt.Fprintf(out, " body%s: %s };\n", d.optional("body"), d.body.object())
}

func (d *described) optional(name string) string {
	if d.required[name] == d.routes {
		return ""
	}
	return "?"
}

func (s schema) typescript() string {
	switch {
	case len(s.Enum) > 0:
		texts := make([]string, len(s.Enum))
		for i, text := range s.Enum {
			texts[i] = quoted(text)
		}
		return strings.Join(texts, " | ")
	case s.Type == "integer", s.Type == "number":
		return "number"
	case s.Type == "boolean":
		return "boolean"
	case s.Type == "string":
		return "string"
	case s.Type == "array" && s.Items != nil:
		return s.Items.typescript() + "[]"
	case s.Type == "object":
		return s.object()
	}
	return "unknown"
}

func (s schema) object() string {
	var out strings.Builder
	must, _ := s.Required.([]any)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		mark := "?"
		if slices.Contains(must, any(name)) {
			mark = ""
		}
		fmt.Fprintf(&out, "%s%s: %s; ", key(name), mark, s.Properties[name].typescript())
	}
	if out.Len() == 0 {
		return "Any"
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
