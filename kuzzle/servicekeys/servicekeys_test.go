package servicekeys_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest/engines"
)

var prefixes = estest.NewPrefixes("servicekeys")

const fixed = "sk_live_0123456789-abcdefXYZ_"

func open(t *testing.T, store storage.Store, fixed string) *servicekeys.Keys {
	t.Helper()
	keys, err := servicekeys.New(servicekeys.Options{Store: store, Fixed: fixed, Derive: derive, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// derive returns a key for each purpose.
func derive(purpose string) ([]byte, error) { return []byte(purpose), nil }

// known wants a text to be a key, or none.
func known(t *testing.T, keys *servicekeys.Keys, text string, want bool) *servicekeys.Key {
	t.Helper()
	key, err := keys.Verify(t.Context(), text)
	if (err == nil) != want || err != nil && !errors.Is(err, servicekeys.ErrUnknownKey) {
		t.Errorf("Verify(%.12q…) = %v, want a key: %t", text, err, want)
	}
	return key
}

func is(err error, want *fault.Kind) bool { return errors.Is(err, want) }

// TestLifeOfAKey: a key counts from its creation to its revocation, over a restart,
// and nothing that is kept has its text.
func TestLifeOfAKey(t *testing.T) {
	engines.Opened(t, prefixes, func(t *testing.T, openStore func() storage.Store) {
		t.Parallel()
		store := openStore()
		keys := open(t, store, "")
		if any, err := keys.Any(t.Context()); any || err != nil {
			t.Errorf("there is a key: %t, %v", any, err)
		}
		known(t, keys, "sk_test_"+strings.Repeat("A", 52), false)
		made, err := keys.Create(t.Context(), servicekeys.Wanted{Name: "shop", Kind: servicekeys.Test})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(made.Secret, "sk_test_") || len(made.Secret) != len("sk_test_")+52 || made.Hint != made.Secret[:12] || made.CreatedAt == 0 {
			t.Errorf("made %+v", made.Key)
		}
		if key := known(t, keys, made.Secret, true); key.ID != made.ID || key.Kind != servicekeys.Test {
			t.Errorf("verified %+v", key)
		}
		for _, wrong := range []string{"", "sk_test_", made.Secret[:59], made.Secret + "A", strings.ToLower(made.Secret), "sk_live_" + made.Secret[8:], " " + made.Secret, made.Secret + "\x00", "sk_test_" + strings.Repeat("A", 1<<20)} {
			known(t, keys, wrong, false)
		}
		doc, err := store.Get(t.Context(), storage.Settings, "service-keys")
		if err != nil {
			t.Fatal(err)
		}
		if text := string(doc.Content) + string(doc.Account) + string(doc.Auth); strings.Contains(text, made.Secret[12:]) {
			t.Errorf("the store has the text: %s", text)
		}
		if strings.Contains(string(doc.Content), "ingerprint") {
			t.Errorf("a search would show %s", doc.Content)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		store = openStore()
		defer store.Close()
		keys = open(t, store, "")
		known(t, keys, made.Secret, true)
		all, err := keys.List(t.Context())
		if text, _ := json.Marshal(all); err != nil || len(all) != 1 || strings.Contains(string(text), made.Secret[12:]) {
			t.Errorf("listed %s, %v", text, err)
		}
		if _, err := keys.Revoke(t.Context(), made.ID); err != nil {
			t.Error(err)
		}
		known(t, keys, made.Secret, false)
		if _, err := keys.Revoke(t.Context(), made.ID); !is(err, servicekeys.ErrNoKey) {
			t.Errorf("revoked twice: %v", err)
		}
		manyAtOnce(t, store)
	})
}

// manyAtOnce holds that creations at the same time are all kept.
func manyAtOnce(t *testing.T, store storage.Store) {
	var all sync.WaitGroup
	for range 2 {
		keys := open(t, store, "")
		all.Go(func() {
			for range 3 {
				made, err := keys.Create(t.Context(), servicekeys.Wanted{Kind: servicekeys.Live})
				if err != nil {
					t.Error(err)
					continue
				}
				known(t, keys, made.Secret, true)
			}
		})
	}
	all.Wait()
	if kept, err := open(t, store, "").List(t.Context()); err != nil || len(kept) != 6 {
		t.Errorf("kept %d keys, %v, want 6", len(kept), err)
	}
}

func TestRefused(t *testing.T) {
	store := sqlitetest.Open(t)
	keys := open(t, store, "")
	for _, test := range []struct {
		wanted servicekeys.Wanted
		want   *fault.Kind
	}{
		{servicekeys.Wanted{}, servicekeys.ErrKind},
		{servicekeys.Wanted{Kind: "TEST"}, servicekeys.ErrKind},
		{servicekeys.Wanted{Kind: servicekeys.Test, Name: strings.Repeat("é", 101)}, servicekeys.ErrName},
		{servicekeys.Wanted{Kind: servicekeys.Test, Name: "a\x1b[2J"}, servicekeys.ErrName},
		{limited("users"), servicekeys.ErrLimit},
		{limited("users:get:all"), servicekeys.ErrLimit},
		{limited("get /v1/users"), servicekeys.ErrLimit},
		{limited("GET v1/users"), servicekeys.ErrLimit},
		{limited("GET "), servicekeys.ErrLimit},
		{limited("GET /"), servicekeys.ErrLimit},
		{limited("POST /invitations"), servicekeys.ErrLimit},
		{limited("POST /{version}/invitations"), servicekeys.ErrLimit},
		{limited("GET /v1/**/users"), servicekeys.ErrLimit},
		{limited("GET /v1/us*"), servicekeys.ErrLimit},
		{limited(make([]string, 201)...), servicekeys.ErrLimit},
		{limited("users:" + strings.Repeat("a", 251)), servicekeys.ErrLimit},
		{servicekeys.Wanted{Kind: servicekeys.Test, Limits: servicekeys.Limits{Organizations: []string{""}}}, servicekeys.ErrLimit},
	} {
		if _, err := keys.Create(t.Context(), test.wanted); !is(err, test.want) {
			t.Errorf("%+.100v: %v", test.wanted, err)
		}
	}
	for range servicekeys.MaxKeys {
		wanted := limited("* /**", "GET /*/users", "* /v1/**", "POST /v1")
		wanted.Name = strings.Repeat("é", 100)
		if _, err := keys.Create(t.Context(), wanted); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := keys.Create(t.Context(), servicekeys.Wanted{Kind: servicekeys.Test}); !is(err, servicekeys.ErrTooMany) {
		t.Errorf("one more than the limit: %v", err)
	}
}

func limited(endpoints ...string) servicekeys.Wanted {
	return servicekeys.Wanted{Kind: servicekeys.Test, Limits: servicekeys.Limits{Endpoints: endpoints}}
}

// TestConfiguredKey: the configuration's key counts beside those of the store, is
// listed without its text, and is not revoked.
func TestConfiguredKey(t *testing.T) {
	store := sqlitetest.Open(t)
	keys := open(t, store, fixed)
	if any, err := keys.Any(t.Context()); !any || err != nil {
		t.Errorf("there is a key: %t, %v", any, err)
	}
	if key := known(t, keys, fixed, true); key.ID != servicekeys.Configured || key.Kind != servicekeys.Live || key.Hint != "sk_live_0123" {
		t.Errorf("verified %+v", key)
	}
	known(t, keys, fixed+"x", false)
	made, err := keys.Create(t.Context(), servicekeys.Wanted{Kind: servicekeys.Test})
	if err != nil {
		t.Fatal(err)
	}
	all, err := keys.List(t.Context())
	if err != nil || len(all) != 2 || all[0].ID != servicekeys.Configured || all[1].ID != made.ID {
		t.Errorf("listed %+v, %v", all, err)
	}
	if _, err := keys.Revoke(t.Context(), servicekeys.Configured); !is(err, servicekeys.ErrConfigured) {
		t.Errorf("revoked: %v", err)
	}
	if _, err := open(t, store, "").Revoke(t.Context(), servicekeys.Configured); !is(err, servicekeys.ErrNoKey) {
		t.Errorf("revoked where there is none: %v", err)
	}
	known(t, open(t, store, ""), fixed, false)
}

func TestFormOfTheConfiguredKey(t *testing.T) {
	for text, want := range map[string]bool{
		"sk_test_12345678": true, "sk_live_" + strings.Repeat("a", 256): true,
		"sk_test_1234567": false, "sk_live_" + strings.Repeat("a", 257): false, "sk_prod_12345678": false, "pk_test_12345678": false,
		"sk_test_1234 5678": false, "sk_test_12345678\n": false, "SK_TEST_12345678": false, "sk_test_ünïcödes": false,
	} {
		_, err := servicekeys.New(servicekeys.Options{Fixed: text, Derive: derive})
		if (err == nil) != want {
			t.Errorf("%.20q is taken: %v, want %t", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), text) {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

// gate is a Freshness that a test sets.
type gate struct{ current, keepable bool }

func (g *gate) Current() bool                 { return g.current }
func (g *gate) Keepable(storage.Subject) bool { return g.keepable }

// countingStore counts reads.
type countingStore struct {
	storage.Store
	reads int
}

func (c *countingStore) Get(ctx context.Context, from storage.Collection, id string) (storage.Document, error) {
	c.reads++
	return c.Store.Get(ctx, from, id)
}

// TestKeepsWhileFresh: keys are read once for as long as others cannot have changed
// them.
func TestKeepsWhileFresh(t *testing.T) {
	store := sqlitetest.Open(t)
	counted := &countingStore{Store: store}
	fresh := &gate{current: true, keepable: true}
	keys, err := servicekeys.New(servicekeys.Options{Store: counted, Fresh: fresh, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	made, err := open(t, store, "").Create(t.Context(), servicekeys.Wanted{Kind: servicekeys.Test})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name  string
		do    func()
		reads int
	}{
		{"at first", func() {}, 1},
		{"again", func() {}, 1},
		{"when nobody can be heard", func() { fresh.current = false }, 2},
		{"still", func() {}, 3},
		{"with a lease again", func() { fresh.current = true }, 3},
		{"another document changes", func() { keys.Forget(storage.Subject{Of: storage.Settings, ID: "webhooks"}) }, 3},
		{"it is being changed", func() {
			fresh.keepable = false
			keys.Forget(storage.Subject{Of: storage.Settings, ID: "service-keys"})
		}, 4},
		{"still so", func() {}, 5},
		{"it was changed", func() { fresh.keepable = true }, 6},
		{"after that", func() {}, 6},
		{"everything changes", func() { keys.Forget(storage.Everything) }, 7},
	} {
		step.do()
		known(t, keys, made.Secret, true)
		if counted.reads != step.reads {
			t.Errorf("%s: %d reads, want %d", step.name, counted.reads, step.reads)
		}
	}
}

// TestLimits: a key may run exactly the endpoints in its limits.
func TestLimits(t *testing.T) {
	const action = "users:get"
	routes := []string{"GET /v1/users/{user_id}", "GET /v1/people/{id}"}
	for endpoint, want := range map[string]bool{
		"users:get": true, "users:*": true, "*:get": true, "*:*": true, "users:delete": false, "organizations:*": false, "users:Get": false,
		"GET /v1/users/{user_id}": true, "GET /v1/users/{id}": true, "GET /v1/users/*": true, "* /v1/users/*": true, "* /v1/**": true, "* /**": true,
		"GET /v1/users/**": true, "GET /v1/users/{id}/**": true, "GET /v1/people/{id}": true, "GET /v1/users/{id}/": true,
		"POST /v1/users/{id}": false, "GET /v1/users": false, "GET /v1/users/count": false, "GET /v1/users/{id}/ban": false, "GET /v2/**": false, "GET /": false,
	} {
		limits := servicekeys.Limits{Endpoints: []string{"sessions:none", endpoint}}
		if got := limits.Allows(action, routes...); got != want {
			t.Errorf("%s allows: %t, want %t", endpoint, got, want)
		}
	}
	limits := servicekeys.Limits{Endpoints: []string{"GET /v1/users/count"}}
	if limits.Allows("users:get", routes...) || !limits.Allows("users:count", "GET /v1/users/count") {
		t.Error("a fixed segment is not a variable one")
	}
	none, one := servicekeys.Limits{}, servicekeys.Limits{Organizations: []string{"org_1"}}
	if !none.Allows(action) || !none.Concerns("") || !none.Concerns("org_1") {
		t.Error("no limits limit")
	}
	if !one.Concerns("org_1") || one.Concerns("org_2") || one.Concerns("") {
		t.Error("the limit by organizations does not limit")
	}
}

// TestStanding: a key stands for what it made until it is revoked, and the configuration's key until
// its text is another one. The name that what it made keeps tells nothing of the text.
func TestStanding(t *testing.T) {
	store := sqlitetest.Open(t)
	keys := open(t, store, fixed)
	credential := func(keys *servicekeys.Keys, text string) string {
		t.Helper()
		key, err := keys.Verify(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		return servicekeys.NewPrincipal(key, nil).Credential()
	}
	stands := func(keys *servicekeys.Keys, credential string, wantLimited, want bool) {
		t.Helper()
		limited, known, err := keys.Standing(t.Context(), credential)
		if err != nil || limited != wantLimited || known != want {
			t.Errorf("%s: limited %t, known %t, %v", credential, limited, known, err)
		}
	}
	wanted := limited("users:*")
	made, err := keys.Create(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	free, err := keys.Create(t.Context(), servicekeys.Wanted{Kind: servicekeys.Live})
	if err != nil {
		t.Fatal(err)
	}
	configured := credential(keys, fixed)
	if strings.Contains(configured, fixed[8:]) {
		t.Errorf("%s has the text", configured)
	}
	stands(keys, credential(keys, made.Secret), true, true)
	stands(keys, credential(keys, free.Secret), false, true)
	stands(keys, configured, false, true)
	for _, none := range []string{"", "service-key:", "service-key:configured", made.ID, configured + "0"} {
		stands(keys, none, false, false)
	}
	name := credential(keys, made.Secret)
	if _, err := keys.Revoke(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	stands(keys, name, false, false)
	stands(open(t, store, fixed), configured, false, true)
	stands(open(t, store, fixed+"x"), configured, false, false)
	stands(open(t, store, ""), configured, false, false)
}

func TestPrincipal(t *testing.T) {
	key := &servicekeys.Key{ID: "k", Limits: servicekeys.Limits{Endpoints: []string{"POST /v1/users"}}}
	principal := servicekeys.NewPrincipal(key, func(controller, action string) []string {
		return map[string][]string{"users:create": {"POST /v1/users"}, "users:list": {"GET /v1/users"}}[controller+":"+action]
	})
	for action, want := range map[string]bool{"create": true, "list": false, "other": false} {
		if got, err := principal.Allowed(t.Context(), nil, "users", action); got != want || err != nil {
			t.Errorf("users:%s is allowed: %t, %v", action, got, err)
		}
	}
	if without, err := servicekeys.NewPrincipal(key, nil).Allowed(t.Context(), nil, "users", "create"); without || err != nil {
		t.Errorf("a limit by route without routes allows: %t, %v", without, err)
	}
	caller := principal.Caller()
	if caller.Via != api.ViaService || caller.Principal.Kind() != api.KindService || caller.Principal.Name() != "service-key:k" {
		t.Errorf("the caller is %+v", caller)
	}
}

func BenchmarkVerify(b *testing.B) {
	keys, err := servicekeys.New(servicekeys.Options{Fixed: fixed, Derive: derive})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := keys.Verify(b.Context(), fixed); err != nil {
			b.Fatal(fmt.Sprint(err))
		}
	}
}
