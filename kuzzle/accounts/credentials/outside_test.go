package credentials_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/admission"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
	"github.com/gokuzzle/kuzzle/strategies/legacyhttp"
)

// newAsking returns a domain with strategies that ask another system, which accepts only the
// password horse.
func newAsking(t *testing.T) *accountstest.Bench {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), `"horse"`) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"NotAuthorizedException"}`)
			return
		}
		_, _ = io.WriteString(w, `{"AuthenticationResult":{}}`)
	}))
	t.Cleanup(server.Close)
	b := accountstest.New(t, nil)
	for name, use := range map[string]struct {
		build  strategies.New
		config string
	}{
		digestimport.Name: {digestimport.New, fmt.Sprintf(`{"cognito":{"endpoint":%q}}`, server.URL)},
		legacyhttp.Name:   {legacyhttp.New, fmt.Sprintf(`{"url":%q,"internal":true}`, server.URL)},
	} {
		b.Use(t, name, use.build, use.config)
	}
	return b
}

// TestFirstLoginsAreAdmitted checks users whom only another system knows: their first login here
// obeys the rules for sign-ups. A refused login creates no user, and existing users still log in.
func TestFirstLoginsAreAdmitted(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Username string }
		_ = json.NewDecoder(r.Body).Decode(&asked)
		_, _ = fmt.Fprintf(w, `{"mail":"%s@blocked.example"}`, asked.Username)
	}))
	t.Cleanup(server.Close)
	b := accountstest.New(t, nil)
	b.Use(t, legacyhttp.Name, legacyhttp.New, fmt.Sprintf(`{"url":%q,"internal":true,"create":{"profileIds":["default"],"identifiers":{"email":"/mail"}}}`, server.URL))
	login := func(name string) error { return b.LoginAs(t, legacyhttp.Name, "username", name, "horse") }
	if err := login("before"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Admission.Add(t.Context(), admission.Block, "*@blocked.example"); err != nil {
		t.Fatal(err)
	}
	b.Admission.Obey(admission.Rules{BlockList: true})
	count := func() int64 { return b.Store.Info(t.Context()).Counts[storage.Users] }
	was := count()
	accountstest.WantFault(t, login("after"), admission.ErrRefused)
	if now := count(); now != was {
		t.Errorf("%d users, want %d", now, was)
	}
	if err := login("before"); err != nil {
		t.Errorf("somebody who is here: %v", err)
	}
}

// While another system verifies a password, its user has only the names under which guesses are
// already counted.
func TestNamesAreHeld(t *testing.T) {
	const cognito = "awscognito#eu-west-3_abc#client#ada"
	for strategy, given := range map[string]map[string]any{
		legacyhttp.Name:   {"username": "ada", "email": "ada@example.org"},
		digestimport.Name: {"username": "ada", "email": "ada@example.org", "passwordDigest": cognito},
	} {
		t.Run(strategy, func(t *testing.T) {
			b := newAsking(t)
			u := b.Create(t, credentials.NewUser{
				Content:     map[string]any{"profileIds": []any{"default"}},
				Credentials: map[string]any{strategy: given},
			})
			ada := users.Actor{Kuid: u.Kuid, Self: true}
			update := func(by users.Actor, strategy string, in map[string]any) error {
				_, err := b.Credentials.UpdateCredentials(t.Context(), by, u.Kuid, strategy, in, false)
				return err
			}
			for _, through := range []string{strategy, "local"} {
				accountstest.WantFault(t, update(ada, through, map[string]any{"username": "lovelace"}), credentials.ErrNamesHeld)
				if err := update(ada, through, map[string]any{"username": "ADA"}); err != nil {
					t.Errorf("%s: another spelling: %v", through, err)
				}
			}
			accountstest.WantFault(t, update(ada, strategy, map[string]any{"phone": "+12015550123"}), credentials.ErrNamesHeld)
			if err := update(accountstest.Admin, strategy, map[string]any{"username": "lovelace"}); err != nil {
				t.Errorf("an administrator: %v", err)
			}
			if _, err := b.Login(t, "lovelace", "horse"); err != nil {
				t.Fatal(err)
			}
			if err := update(ada, "local", map[string]any{"username": "ada"}); err != nil {
				t.Errorf("after a login: %v", err)
			}
		})
	}
}

// Users cannot choose their name in another system.
func TestOnlyAdministratorsHaveOthersAsked(t *testing.T) {
	b := newAsking(t)
	u := b.Create(t, credentials.NewUser{Content: map[string]any{"profileIds": []any{"default"}}})
	create := func(strategy string, given map[string]any) error {
		_, err := b.Credentials.CreateCredentials(t.Context(), users.Actor{Kuid: u.Kuid, Self: true}, u.Kuid, strategy, given, false)
		return err
	}
	accountstest.WantFault(t, create(legacyhttp.Name, map[string]any{"username": "victim"}), credentials.ErrAskedElsewhere)
	accountstest.WantFault(t, create(digestimport.Name, map[string]any{"username": "victim", "passwordDigest": "awscognito#eu-west-3_abc#client#victim"}), digestimport.ErrAdministratorsOnly)
	if err := b.LoginAs(t, "local", "username", "victim", "horse"); err == nil {
		t.Error("refused credentials log in")
	}
}

// Strangers who sign up choose as little as users: neither their name in another system, nor that
// it verifies their password. Callers who may create users of any kind choose both.
func TestStrangersHaveNobodyAsked(t *testing.T) {
	b := newAsking(t)
	stranger := users.Actor{Kuid: users.AnonymousKuid}
	signUp := func(by users.Actor, strategy string, given map[string]any) error {
		_, err := b.Credentials.CreateRestricted(t.Context(), by, credentials.NewUser{
			Content: map[string]any{}, Credentials: map[string]any{strategy: given},
		})
		return err
	}
	of := func(name string, more map[string]any) map[string]any {
		given := map[string]any{"username": name}
		maps.Copy(given, more)
		return given
	}
	old := map[string]any{legacyhttp.OldNameField: "victim"}
	cognito := map[string]any{"passwordDigest": "awscognito#eu-west-3_abc#client#victim"}
	accountstest.WantFault(t, signUp(stranger, legacyhttp.Name, of("victim", nil)), credentials.ErrAskedElsewhere)
	accountstest.WantFault(t, signUp(stranger, legacyhttp.Name, of("squatter", old)), legacyhttp.ErrAdministratorsOnly)
	accountstest.WantFault(t, signUp(stranger, digestimport.Name, of("squatter", cognito)), digestimport.ErrAdministratorsOnly)
	for _, name := range []string{"victim", "squatter"} {
		if _, err := b.Login(t, name, "horse"); err == nil {
			t.Errorf("%s logs in", name)
		}
	}
	manager := users.Actor{Kuid: users.AnonymousKuid, Creates: true}
	for strategy, more := range map[string]map[string]any{legacyhttp.Name: old, digestimport.Name: cognito} {
		if err := signUp(manager, strategy, of("of-"+strategy, more)); err != nil {
			t.Errorf("%s: a manager: %v", strategy, err)
		}
	}
}

// Cognito gets a bounded number of concurrent requests. When too many wait, further logins are told
// to come again.
func TestCognitoIsAskedInTurns(t *testing.T) {
	release, entered := make(chan struct{}), make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		entered <- struct{}{}
		<-release
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"NotAuthorizedException"}`)
	}))
	defer server.Close()
	b := accountstest.New(t, nil)
	b.Use(t, digestimport.Name, digestimport.New, fmt.Sprintf(`{"cognito":{"endpoint":%q,"concurrent":1}}`, server.URL))
	const logins, room = 20, 1 + 16
	for i := range logins {
		name := fmt.Sprintf("user%d", i)
		b.Create(t, accountstest.Imported(map[string]any{"username": name, "passwordDigest": "awscognito#eu-west-3_abc#client#" + name}))
	}
	ended := make(chan error, logins)
	for i := range logins {
		go func() { ended <- b.LoginAs(t, "local", "username", fmt.Sprintf("user%d", i), "x") }()
	}
	for range logins - room {
		if err := <-ended; !isUnavailable(err) {
			t.Errorf("one too many: %v, want unavailable, with when to come again", err)
		}
	}
	<-entered
	if len(entered) > 0 {
		t.Error("a second question is out")
	}
	close(release)
	for range room {
		if err := <-ended; err == nil || isUnavailable(err) {
			t.Errorf("one that waited: %v, want refused", err)
		}
	}
}

func isUnavailable(err error) bool {
	failure, ok := fault.From(err)
	return ok && failure.Kind == digest.ErrUnavailable && failure.RetryAfter > 0
}
