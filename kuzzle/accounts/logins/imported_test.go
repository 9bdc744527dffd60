package logins_test

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
)

func newImports(t *testing.T, maker digest.Maker) *accountstest.Bench {
	t.Helper()
	b := accountstest.New(t, func(o *accounts.Options) { o.Passwords = maker })
	b.Use(t, digestimport.Name, digestimport.New)
	return b
}

func md5Of(password string) string {
	sum := md5.Sum([]byte(password))
	return hex.EncodeToString(sum[:])
}

// Imported users log in with their passwords at the first try, by every name.
func TestImportedLogIn(t *testing.T) {
	for _, row := range []struct{ strategy, field, name string }{
		{"local", "username", "ada"}, {"local", "username", "Ada@Example.org"}, {"local", "username", "+12015550123"},
		{"digest-import", "username", "ada"}, {"digest-import", "email", "ada@example.org"}, {"digest-import", "phone", "+12015550123"},
	} {
		t.Run(row.strategy+" "+row.name, func(t *testing.T) {
			b := newImports(t, accountstest.CheapMaker)
			u := b.Create(t, accountstest.Imported(map[string]any{
				"username": "ada", "email": "ada@example.org", "phone": "+12015550123",
				"passwordDigest": md5Of("horse"), "passwordHasher": "md5",
			}))
			if err := b.LoginAs(t, row.strategy, row.field, row.name, "wrong"); !errors.Is(err, strategies.ErrRefused) {
				t.Fatalf("a wrong password: %v", err)
			}
			b.Advance(time.Hour)
			for _, again := range []string{row.strategy, "local", "digest-import"} {
				if err := b.LoginAs(t, again, "username", "ada", "horse"); err != nil {
					t.Fatalf("%s: %v", again, err)
				}
			}
			if err := b.LoginAs(t, row.strategy, row.field, row.name, "horse"); err != nil {
				t.Fatalf("by %s: %v", row.field, err)
			}
			now, err := b.Users.User(t.Context(), u.Kuid)
			if err != nil || !slices.Equal(now.Strategies, []string{"local"}) {
				t.Errorf("strategies afterwards: %v, %v, want local", now.Strategies, err)
			}
			if err := b.LoginAs(t, "local", "username", "ada", "wrong"); !errors.Is(err, strategies.ErrRefused) {
				t.Errorf("a wrong password afterwards: %v", err)
			}
		})
	}
}

// Of many concurrent first logins, one renews; none ends a session or counts as a change of the
// password.
func TestImportedRenewsOnce(t *testing.T) {
	b := newImports(t, accountstest.CheapMaker)
	u := b.Create(t, accountstest.Imported(map[string]any{"username": "ada", "passwordDigest": md5Of("horse"), "passwordHasher": "md5"}))
	b.Advance(time.Hour)
	before, err := b.Store.Get(t.Context(), storage.Users, u.Kuid)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			if err := b.LoginAs(t, []string{"local", "digest-import"}[i%2], "username", "ada", "horse"); err != nil {
				t.Errorf("login %d: %v", i, err)
			}
		})
	}
	all.Wait()
	after, err := b.Store.Get(t.Context(), storage.Users, u.Kuid)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := after.Version, before.Version+1; got != want {
		t.Errorf("the user was written %d times, want once", got-before.Version)
	}
	if after.Epoch != before.Epoch {
		t.Errorf("epoch %d, want %d: sessions were ended", after.Epoch, before.Epoch)
	}
	if auth := string(after.Auth); strings.Contains(auth, "digest-import") {
		t.Errorf("the imported record is still there")
	}
	was, is := times(t, before), times(t, after)
	if was != is {
		t.Errorf("created and updated %v, want %v: a renewal is no change of the password", is, was)
	}
}

func times(t *testing.T, doc storage.Document) [2]string {
	t.Helper()
	var auth any
	if err := json.Unmarshal(doc.Auth, &auth); err != nil {
		t.Fatal(err)
	}
	var found [2]string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			for key, one := range v {
				if at := slices.Index([]string{"createdAt", "updatedAt"}, key); at >= 0 {
					found[at] = fmt.Sprint(one)
				}
				walk(one)
			}
		}
	}
	walk(auth)
	if found[0] == "" || found[1] == "" {
		t.Fatalf("the records of %s have no times", doc.ID)
	}
	return found
}

// The renewal of an old password does not undo a change made meanwhile.
func TestRenewalDoesNotUndoAChange(t *testing.T) {
	b := newImports(t, accountstest.CheapMaker)
	u := b.Create(t, accountstest.Imported(map[string]any{"username": "ada", "passwordDigest": md5Of("horse"), "passwordHasher": "md5"}))
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() { _ = b.LoginAs(t, "local", "username", "ada", "horse") })
	}
	for {
		_, err := b.Credentials.UpdateCredentials(t.Context(), accountstest.Admin, u.Kuid, "local", map[string]any{"password": "battery staple"}, false)
		if err == nil {
			break
		}
		if !errors.Is(err, storage.ErrConflict) {
			t.Fatal(err)
		}
	}
	all.Wait()
	b.Advance(24 * time.Hour)
	if err := b.LoginAs(t, "local", "username", "ada", "battery staple"); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

func TestImportedRefusals(t *testing.T) {
	b := newImports(t, accountstest.CheapMaker)
	const bcrypt = "$2a$12$R2YyyYy8eOHWKvSBf8ncquy.b8bDFffYDt7.Pg2eL093uUjgYn9b2"
	for _, row := range []struct {
		name string
		in   map[string]any
		want error
	}{
		{"unknown", map[string]any{"username": "a", "passwordDigest": "x", "passwordHasher": "rot13"}, digest.ErrUnknownHasher},
		{"malformed", map[string]any{"username": "a", "passwordDigest": bcrypt[:59], "passwordHasher": "bcrypt"}, digest.ErrMalformed},
		{"ambiguous", map[string]any{"username": "a", "passwordDigest": md5Of("x")}, digest.ErrAmbiguous},
		{"too expensive", map[string]any{"username": "a", "passwordDigest": strings.Replace(bcrypt, "$12$", "$31$", 1), "passwordHasher": "bcrypt"}, digest.ErrTooExpensive},
	} {
		if _, err := b.Credentials.Create(t.Context(), accountstest.Admin, accountstest.Imported(row.in)); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", row.name, err, row.want)
		}
	}
	both := accountstest.Imported(map[string]any{"username": "a", "passwordDigest": bcrypt})
	both.Credentials["local"] = map[string]any{"username": "a", "password": "open sesame"}
	if _, err := b.Credentials.Create(t.Context(), accountstest.Admin, both); !errors.Is(err, credentials.ErrOneFamily) {
		t.Errorf("local beside it: %v", err)
	}
	if _, err := b.Credentials.Create(t.Context(), accountstest.Admin, accountstest.Imported(map[string]any{"username": "a", "passwordDigest": bcrypt})); err != nil {
		t.Errorf("bcrypt without a name: %v", err)
	}
}

// secrets returns the secrets of a user's records in one text.
func secrets(t *testing.T, b *accountstest.Bench, kuid string) string {
	t.Helper()
	doc, err := b.Store.Get(t.Context(), storage.Users, kuid)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, part := range strings.Split(string(doc.Auth), `"`) {
		if raw, err := base64.StdEncoding.DecodeString(part); err == nil {
			all.Write(raw)
		}
	}
	return all.String()
}

// Cognito is asked once, whatever the instance stores afterwards.
func TestImportedFromCognito(t *testing.T) {
	for name, maker := range map[string]digest.Maker{"argon2id": accountstest.CheapMaker, "bcrypt": digest.Bcrypt{Rounds: 4, Long: accountstest.CheapMaker}} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				body, _ := io.ReadAll(r.Body)
				if !strings.Contains(string(body), `"PASSWORD":"horse"`) {
					w.WriteHeader(http.StatusBadRequest)
					_, _ = io.WriteString(w, `{"__type":"NotAuthorizedException"}`)
					return
				}
				_, _ = io.WriteString(w, `{"AuthenticationResult":{}}`)
			}))
			defer server.Close()
			b := accountstest.New(t, func(o *accounts.Options) { o.Passwords = maker })
			config := `{"cognito":{"endpoint":"` + server.URL + `"}}`
			b.Use(t, digestimport.Name, digestimport.New, config)
			u := b.Create(t, accountstest.Imported(map[string]any{"username": "ada", "passwordDigest": "awscognito#eu-west-3_abc#client#ada"}))
			if err := b.LoginAs(t, "local", "username", "ada", "wrong"); !errors.Is(err, strategies.ErrRefused) {
				t.Errorf("a wrong password: %v", err)
			}
			b.Advance(time.Hour)
			for range 3 {
				if err := b.LoginAs(t, "local", "username", "ada", "horse"); err != nil {
					t.Fatal(err)
				}
			}
			if got, want := asked.Load(), int64(2); got != want {
				t.Errorf("asked %d times, want %d", got, want)
			}
			want := map[string]string{"argon2id": "$argon2id$", "bcrypt": "$2b$04$"}[name]
			if kept := secrets(t, b, u.Kuid); !strings.Contains(kept, want) || strings.Contains(kept, "awscognito") {
				t.Errorf("what is kept afterwards is not %s", want)
			}
			b.Create(t, accountstest.Imported(map[string]any{"username": "eve", "passwordDigest": "awscognito#eu-west-3_abc#client#eve"}))
			server.Close()
			err := b.LoginAs(t, "local", "username", "eve", "horse")
			if !errors.Is(err, digest.ErrUnavailable) {
				t.Errorf("Cognito is gone: %v, want unavailable", err)
			}
		})
	}
}

// A stolen store reveals no weak digest and no key of the old system.
func TestWeakDigestsAreSealed(t *testing.T) {
	b := newImports(t, accountstest.CheapMaker)
	for name, text := range map[string]string{
		"md5":             md5Of("horse"),
		"bcrypt_peppered": "$2a$11$47uL1oqYBt39keRQgKhituEMZHCZk5ppDA4he8QIj0uQTHXJ92Ara$2f5c0a",
	} {
		u := b.Create(t, accountstest.Imported(map[string]any{"username": name, "passwordDigest": text, "passwordHasher": name}))
		if kept := secrets(t, b, u.Kuid); strings.Contains(kept, text) || strings.Contains(kept, text[len(text)-6:]) {
			t.Errorf("%s is kept as it came", name)
		}
	}
}

// halting is a store that refuses writes of users for a while.
type halting struct {
	storage.Store
	halted atomic.Bool
}

// Commit refuses users while it is halted.
func (h *halting) Commit(ctx context.Context, c storage.Change) (storage.Rev, error) {
	if h.halted.Load() && c.In == storage.Users {
		return storage.Rev{}, storage.ErrUnavailable.New()
	}
	return h.Store.Commit(ctx, c)
}

// CommitMany does the same.
func (h *halting) CommitMany(ctx context.Context, changes []storage.Change) []storage.Result {
	results := make([]storage.Result, len(changes))
	for i, c := range changes {
		results[i].Rev, results[i].Err = h.Commit(ctx, c)
	}
	return results
}

// If the write of a renewal fails, the digest stays as it was. The login stands, and so does the
// next one, which renews.
func TestRenewalThatIsNotWritten(t *testing.T) {
	store := &halting{}
	b := accountstest.New(t, func(o *accounts.Options) { store.Store, o.Store = o.Store, store })
	b.Use(t, digestimport.Name, digestimport.New)
	u := b.Create(t, accountstest.Imported(map[string]any{"username": "ada", "passwordDigest": md5Of("horse"), "passwordHasher": "md5"}))
	before := secrets(t, b, u.Kuid)
	store.halted.Store(true)
	if err := b.LoginAs(t, "local", "username", "ada", "horse"); err != nil {
		t.Errorf("the login whose renewal is lost: %v", err)
	}
	if secrets(t, b, u.Kuid) != before {
		t.Error("the digest has changed")
	}
	store.halted.Store(false)
	for range 2 {
		if err := b.LoginAs(t, "local", "username", "ada", "horse"); err != nil {
			t.Errorf("the login afterwards: %v", err)
		}
	}
	if now, err := b.Users.User(t.Context(), u.Kuid); err != nil || !slices.Equal(now.Strategies, []string{"local"}) {
		t.Errorf("strategies afterwards: %v (%v), want local", now.Strategies, err)
	}
}
