package query

import (
	"encoding/json"
	"math"
	"testing"
)

// credentialScope is the narrowest scope there is.
var credentialScope = Credentials(CredentialFields{Strategy: "local", Searchable: []string{"username"}})

func FuzzSearch(f *testing.F) {
	f.Add([]byte(`{"query":{"bool":{"should":[{"term":{"tag":"a"}}],"must_not":{"range":{"age":{"gt":1}}}}},"sort":["tag"],"search_after":["a"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, scope := range scopes {
			search, err := ParseSearch(object(data), scope, DefaultLimits())
			if err == nil {
				checkSearch(t, name, search)
			}
			search, err = ParseKoncordeSearch(object(data), scope, DefaultLimits())
			if err == nil {
				checkSearch(t, name, search)
			}
		}
	})
}

func FuzzFilter(f *testing.F) {
	f.Add([]byte(`{"nested":{"path":"policies.restrictedTo","query":{"exists":{"field":"policies.restrictedTo.*"}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, scope := range scopes {
			if node, err := ParseFilter(object(data), scope, DefaultLimits()); err == nil {
				checkTree(t, name, node)
			}
		}
	})
}

func FuzzKoncorde(f *testing.F) {
	f.Add([]byte(`{"and":[{"not":{"missing":"tag[\"a\"]"}},{"or":[{"in":{"age":[1,2]}}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, scope := range scopes {
			if node, err := ParseKoncorde(object(data), scope, DefaultLimits()); err == nil {
				checkTree(t, name, node)
			}
		}
	})
}

func FuzzQueryString(f *testing.F) {
	f.Add(`+name:(a OR "b c") -tag:x* AND age:[1 TO 5} NOT (_exists_:born || !_account.x:y)`)
	f.Fuzz(func(t *testing.T, text string) {
		for name, scope := range scopes {
			in := map[string]any{"query_string": map[string]any{"query": text}}
			if node, err := ParseFilter(in, scope, DefaultLimits()); err == nil {
				checkTree(t, name, node)
			}
		}
	})
}

func FuzzSourceApply(f *testing.F) {
	f.Add([]byte(`{"a":{"b":[{"c":1},2]},"d":"x"}`), "a.b.c", "*.d")
	f.Fuzz(func(t *testing.T, document []byte, include, exclude string) {
		if object(document) == nil {
			return
		}
		got, err := Source{Includes: []string{include}, Excludes: []string{exclude}}.Apply(document)
		if err != nil {
			t.Fatalf("%s: %v", document, err)
		}
		if object(got) == nil || len(object(got)) > len(object(document)) {
			t.Fatalf("%s becomes %s", document, got)
		}
	})
}

// scopes are what the fuzz targets search in; only one leads to accounts.
var scopes = map[string]Scope{"content": people, "account": people.WithAccount(), "credentials": credentialScope}

func object(data []byte) map[string]any {
	var v map[string]any
	if json.Unmarshal(data, &v) != nil {
		return nil
	}
	return v
}

func checkSearch(t *testing.T, scope string, s Search) {
	t.Helper()
	limits := DefaultLimits()
	checkTree(t, scope, s.Where)
	if s.From < 0 || s.Size < 0 || s.From+s.Size > limits.Window {
		t.Errorf("window %d+%d", s.From, s.Size)
	}
	if len(s.Sort) > limits.SortKeys || len(s.Aggregations) > limits.Aggregations {
		t.Errorf("%d sort keys, %d aggregations", len(s.Sort), len(s.Aggregations))
	}
	if n := len(s.After); n != 0 && n != len(s.Sort) && n != len(s.Sort)+1 {
		t.Errorf("%d values to go on from, %d sort keys", n, len(s.Sort))
	}
	if n := len(s.Source.Includes) + len(s.Source.Excludes); n > 2*limits.Paths {
		t.Errorf("%d paths", n)
	}
	for _, key := range s.Sort {
		checkField(t, scope, key.Field)
	}
	for _, a := range s.Aggregations {
		checkField(t, scope, a.Field)
		if a.Kind == TermsAggregation && (a.Size < 1 || a.Size > limits.Buckets) {
			t.Errorf("%d buckets", a.Size)
		}
	}
}

func checkTree(t *testing.T, scope string, root Node) {
	t.Helper()
	c := &checker{T: t, scope: scope, limits: DefaultLimits()}
	c.node(root, 1)
	if c.nodes > c.limits.Clauses || c.values > c.limits.Values {
		t.Errorf("%d conditions, %d values", c.nodes, c.values)
	}
}

// checker holds a tree against what engines may rely on.
type checker struct {
	*testing.T
	scope         string
	limits        Limits
	nodes, values int
}

func (c *checker) node(n Node, depth int) {
	c.Helper()
	// A clause makes at most two levels: itself, and one of it per field.
	if c.nodes++; depth > 2*c.limits.Depth+2 {
		c.Fatalf("%d levels", depth)
	}
	switch n := n.(type) {
	case All, None:
	case Terms:
		checkField(c.T, c.scope, n.Field)
		if len(n.Values) == 0 {
			c.Errorf("no values: %+v", n)
		}
		c.values += len(n.Values)
		for _, v := range n.Values {
			c.value(v)
		}
	case Range:
		checkField(c.T, c.scope, n.Field)
		if n.GT == nil && n.GTE == nil && n.LT == nil && n.LTE == nil {
			c.Errorf("no bounds: %+v", n)
		}
		for _, v := range []any{n.GT, n.GTE, n.LT, n.LTE} {
			if v != nil {
				c.value(v)
			}
		}
	case Prefix:
		checkField(c.T, c.scope, n.Field)
		c.value(n.Value)
	case Wildcard:
		checkField(c.T, c.scope, n.Field)
		if len(n.Pattern) > c.limits.Pattern {
			c.Errorf("a pattern of %d bytes", len(n.Pattern))
		}
	case Exists:
		c.mapped(n.Field)
	case Match:
		c.mapped(n.Field)
		c.value(n.Text)
	case Phrase:
		c.mapped(n.Field)
		c.value(n.Text)
	case Nested:
		c.mapped(n.Path)
		c.node(n.Where, depth+1)
	case Bool:
		if n.MinShould > len(n.Should) || (n.MinShould == 0) != (len(n.Should) == 0) {
			c.Errorf("%d of %d", n.MinShould, len(n.Should))
		}
		for _, part := range [][]Node{n.Must, n.Should, n.MustNot} {
			for _, child := range part {
				c.node(child, depth+1)
			}
		}
	default:
		c.Fatalf("%T is no node", n)
	}
}

// mapped is a field that is not the id.
func (c *checker) mapped(f Field) {
	c.Helper()
	checkField(c.T, c.scope, f)
	if f.Area == ID {
		c.Errorf("the id where it cannot be")
	}
}

func (c *checker) value(v any) {
	c.Helper()
	switch v := v.(type) {
	case bool:
	case string:
		if len(v) > c.limits.Text {
			c.Errorf("%d bytes", len(v))
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			c.Errorf("%v", v)
		}
	default:
		c.Errorf("a value of type %T", v)
	}
}

// checkField proves that a field is one that the scope lets be named.
func checkField(t *testing.T, scope string, f Field) {
	t.Helper()
	limits := DefaultLimits()
	switch {
	case len(f.Path) > limits.FieldName:
		t.Errorf("a path of %d bytes", len(f.Path))
	case f.Area == ID && f.Path == "":
	case f.Area == Content && f.Path != "" && scope != "credentials":
	case f.Area == Account && f.Path != "" && scope == "account":
	case f == account("credentials.local.username") && scope == "credentials":
	default:
		t.Errorf("%+v in scope %s", f, scope)
	}
}
