package kuzzleview_test

import (
	"encoding/json"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/profiles"
)

func appended(t *testing.T, value api.Appender) string {
	t.Helper()
	text, err := value.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(text) {
		t.Errorf("no JSON: %s", text)
	}
	return string(text)
}

func TestDocuments(t *testing.T) {
	source := json.RawMessage(`{"a":"<b>"}`)
	user := users.User{Kuid: `u"1`, Version: 3, Content: source}
	tests := []struct {
		name string
		got  api.Appender
		want string
	}{
		{"read", kuzzleview.User(user), `{"_id":"u\"1","_source":{"a":"<b>"}}`},
		{"read with a picture", kuzzleview.Document{ID: "u", Source: source, Picture: "c0de"}, `{"_id":"u","_source":{"a":"<b>"},"picture":"c0de"}`},
		{"updated", kuzzleview.Updated(user), `{"_id":"u\"1","_source":{"a":"<b>"},"_version":3}`},
		{"created", kuzzleview.Created(user), `{"_id":"u\"1","_source":{"a":"<b>"},"_version":3,"created":true}`},
		{"without source", kuzzleview.Document{ID: "x"}, `{"_id":"x"}`},
		{"written role", kuzzleview.WrittenRole(rights.Doc{ID: "r", Version: 2, Source: source}), `{"_id":"r","_source":{"a":"<b>"},"_version":2}`},
		{"new role", kuzzleview.WrittenRole(rights.Doc{ID: "r", Version: 1, Source: source}), `{"_id":"r","_source":{"a":"<b>"},"_version":1,"created":true}`},
		{"current user", kuzzleview.CurrentUser{User: &users.User{Kuid: "u", Content: source, Strategies: []string{"a", "b"}}}, `{"_id":"u","_source":{"a":"<b>"},"strategies":["a","b"]}`},
		{"without strategies", kuzzleview.CurrentUser{User: &users.User{Kuid: "u", Content: source}}, `{"_id":"u","_source":{"a":"<b>"},"strategies":[]}`},
		{"nobody", kuzzleview.CurrentUser{User: &users.Anonymous}, `{"_id":"-1","_source":{"name":"Anonymous","profileIds":["anonymous"]},"strategies":[[]]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := appended(t, test.got); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestOptimizedPolicies(t *testing.T) {
	tests := []struct{ source, want string }{
		{`{}`, `{"optimizedPolicies":[]}`},
		{`{ "a" : {} } `, `{ "a" : {} ,"optimizedPolicies":[]}`},
		{`{"policies":[{"roleId":"r"}]}`, `{"policies":[{"roleId":"r"}],"optimizedPolicies":[{"roleId":"r"}]}`},
		{`{"policies":[{"roleId":"r","restrictedTo":[{"index":"i"}]},{"roleId":"s","restrictedTo":[]}]}`,
			`{"policies":[{"roleId":"r","restrictedTo":[{"index":"i"}]},{"roleId":"s","restrictedTo":[]}],"optimizedPolicies":[{"roleId":"r","restrictedTo":{}},{"roleId":"s"}]}`},
	}
	for _, test := range tests {
		got := kuzzleview.Profile(rights.Doc{ID: "p", Source: json.RawMessage(test.source)})
		if string(got.Source) != test.want {
			t.Errorf("got  %s\nwant %s", got.Source, test.want)
		}
	}
	if got, want := string(kuzzleview.FoundProfile("p", json.RawMessage(`{"policies":[{"roleId":"r"}]}`)).Source), `{"policies":[{"roleId":"r"}],"optimizedPolicies":[]}`; got != want {
		t.Errorf("found by a search: got %s, want %s", got, want)
	}
}

func TestActor(t *testing.T) {
	addr := netip.MustParseAddr("192.0.2.1")
	tests := []struct {
		name string
		req  api.Request
		want users.Actor
	}{
		{"nobody", api.Request{ID: "r"}, users.Actor{Kuid: "-1", RequestID: "r"}},
		{"a session", api.Request{Caller: api.Caller{Kuid: "u", TokenID: "s", Via: api.ViaSession}, Peer: &api.Peer{Protocol: api.HTTP, Addr: addr}},
			users.Actor{Kuid: "u", SessionID: "s", Device: "s", Protocol: api.HTTP, Addr: addr}},
		{"an API key", api.Request{Caller: api.Caller{Kuid: "u", TokenID: "k", Via: api.ViaAPIKey}}, users.Actor{Kuid: "u", SessionID: "k", APIKey: true}},
		{"a key of the instance", api.Request{ID: "r", Caller: api.NewService("shop", 0).Caller()}, users.Actor{Kuid: "-1", RequestID: "r", Service: "shop"}},
		{"the operator", api.Request{Caller: api.Caller{Kuid: "o", Via: api.ViaOperator}}, users.Actor{Kuid: "o", Operator: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, kuzzleview.Actor(&test.req), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTarget(t *testing.T) {
	tests := []struct {
		args string
		want profiles.Target
	}{
		{`{}`, profiles.Target{}},
		{`{"index":1,"collection":[],"targets":{}}`, profiles.Target{}},
		{`{"index":"i","collection":"c"}`, profiles.Target{Index: "i", Collection: "c"}},
		{`{"targets":[{"index":"i","collections":["c","d"]},null,{"index":2,"collections":[1]}]}`,
			profiles.Target{Targets: []profiles.Place{{Index: "i", Collections: []string{"c", "d"}}, {}, {}}}},
	}
	for _, test := range tests {
		var args map[string]any
		if err := json.Unmarshal([]byte(test.args), &args); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, kuzzleview.Target(args), cmp.Transformer("empty", func(list []string) []string {
			return append([]string{}, list...)
		})); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.args, diff)
		}
	}
}

func TestRetriesAreBounded(t *testing.T) {
	for asked, want := range map[int]int{-1: 0, 0: 0, 10: 10, 1 << 40: 100} {
		if got := kuzzleview.Retries(asked); got != want {
			t.Errorf("%d: got %d, want %d", asked, got, want)
		}
	}
}
