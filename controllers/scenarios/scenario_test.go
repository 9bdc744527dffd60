package scenarios

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// scenario is one request and its expected answer. The scenarios of a table run in order over one
// bench. In tables about checks, each request has all mistakes that the later ones correct.
type scenario struct {
	name string
	call
	// status is 200 if not set; id and props are the error's.
	status int
	id     string
	props  []any
	// want is JSON that the result must include: objects may have more keys, everything else is
	// equal; "<any>" matches any value.
	want string
	// forbidden may not occur anywhere in the answer.
	forbidden string
}

func run(t *testing.T, b *bench, table []scenario) {
	t.Helper()
	for _, s := range table {
		t.Run(s.name, func(t *testing.T) { b.check(t, s) })
	}
}

func (b *bench) check(t *testing.T, s scenario) {
	t.Helper()
	if s.status == 0 {
		s.status = 200
	}
	got := b.do(t, s.call)
	if got.Status != s.status || got.ID != s.id {
		t.Fatalf("%s: got %d %s, want %d %s\n%s", s.To, got.Status, got.ID, s.status, s.id, got.Text)
	}
	if s.props != nil && fmt.Sprint(got.Props) != fmt.Sprint(s.props) {
		t.Errorf("props: got %v, want %v", got.Props, s.props)
	}
	if s.forbidden != "" && strings.Contains(got.Text, s.forbidden) {
		t.Errorf("the answer has %q: %s", s.forbidden, got.Text)
	}
	if s.want == "" {
		return
	}
	var want any
	if err := json.Unmarshal([]byte(s.want), &want); err != nil {
		t.Fatalf("want: %v", err)
	}
	if at := differs(want, got.Result); at != "" {
		t.Errorf("the result differs at %s\n got %s\nwant %s", at, got.Text, s.want)
	}
}

const anything = "<any>"

// differs returns the path at which got lacks a part of want, or "".
func differs(want, got any) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return "."
		}
		for key, value := range w {
			inner, has := g[key]
			if !has {
				return "." + key
			}
			if at := differs(value, inner); at != "" {
				return "." + key + at
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return "[]"
		}
		for i := range w {
			if at := differs(w[i], g[i]); at != "" {
				return fmt.Sprintf("[%d]%s", i, at)
			}
		}
		return ""
	case string:
		if w == anything && got != nil {
			return ""
		}
	}
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return "."
}

// The ids of faults that most tables name.
const (
	missing    = "api.assert.missing_argument"
	wrongType  = "api.assert.invalid_type"
	noBody     = "api.assert.body_required"
	badValue   = "api.assert.invalid_argument"
	unexpected = "api.assert.unexpected_argument"
	forbidden  = "api.assert.forbidden_argument"
	emptyArg   = "api.assert.empty_argument"
	exclusive  = "api.assert.mutually_exclusive"

	unknownStrategy = "security.credentials.unknown_strategy"
	noUser          = "security.user.not_found"
	noProfile       = "security.profile.not_found"
	noRole          = "security.role.not_found"
)

// by returns a request of the program itself, which may do everything.
func by(to, args, body string) call { return call{As: operator, To: to, Args: args, Body: body} }

func of(props ...any) []any { return props }
