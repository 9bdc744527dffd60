package api_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

func TestPlain(t *testing.T) {
	type person struct {
		Name     string   `json:"name"`
		Profiles []string `json:"profileIds,omitempty"`
	}
	for _, test := range []struct {
		name      string
		give, got any
	}{
		{"nothing", nil, nil},
		{"plain already", map[string]any{"a": []any{"b", 1.5, true, nil}}, map[string]any{"a": []any{"b", 1.5, true, nil}}},
		{"strings", map[string]any{"ids": []string{"a", "b"}}, map[string]any{"ids": []any{"a", "b"}}},
		{"whole numbers", map[string]any{"rateLimit": 10, "deep": []any{int64(3)}}, map[string]any{"rateLimit": 10.0, "deep": []any{3.0}}},
		{"a struct", person{"Jane", []string{"default"}}, map[string]any{"name": "Jane", "profileIds": []any{"default"}}},
		{"a map of another type", map[string]map[string]bool{"a": {"b": true}}, map[string]any{"a": map[string]any{"b": true}}},
		{"a nil pointer", (*person)(nil), nil},
	} {
		req := &api.Request{Args: map[string]any{"value": test.give}, Body: test.give}
		req.Plain()
		if diff := cmp.Diff([]any{test.got, test.got}, []any{req.Body, req.Args["value"]}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	req := &api.Request{Body: map[string]any{"f": func() {}}}
	if req.Plain(); req.Body.(map[string]any)["f"] == nil {
		t.Error("what JSON cannot say was dropped")
	}
}
