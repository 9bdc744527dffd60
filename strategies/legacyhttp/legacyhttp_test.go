package legacyhttp_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/legacyhttp"
	"github.com/gokuzzle/kuzzle/strategies/local"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

var admin = strategies.Actor{Kuid: "admin"}

// mount returns a host with this strategy and local.
func mount(t *testing.T, config json.RawMessage) *strategytest.Host {
	t.Helper()
	host := strategytest.NewHost()
	if _, err := host.Mount(local.New, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := host.Mount(legacyhttp.New, config); err != nil {
		t.Fatal(err)
	}
	return host
}

func bring(t *testing.T, host *strategytest.Host, kuid string, in strategies.Credentials) {
	t.Helper()
	err := host.CreateUser(t.Context(), strategytest.User{Kuid: kuid, Profiles: []string{"default"}}, admin,
		map[string]strategies.Credentials{legacyhttp.Name: in})
	if err != nil {
		t.Fatal(err)
	}
}

func login(t *testing.T, host *strategytest.Host, strategy, name, password string) error {
	t.Helper()
	_, _, err := host.LogIn(t.Context(), strategy, strategies.Credentials{"username": name, "password": password})
	return err
}

// TestAskedOnce checks that the old system is asked until its first yes, and never again.
func TestAskedOnce(t *testing.T) {
	for _, strategy := range []string{local.Name, legacyhttp.Name} {
		t.Run(strategy, func(t *testing.T) {
			old := newOldSystem(t)
			old.known["ada"] = "horse"
			host := mount(t, old.config(""))
			bring(t, host, "u1", strategies.Credentials{"username": "ada"})
			if err := login(t, host, strategy, "ada", "wrong"); !errors.Is(err, strategies.ErrRefused) {
				t.Errorf("a wrong password: %v", err)
			}
			var all sync.WaitGroup
			for range 6 {
				all.Go(func() {
					if err := login(t, host, strategy, "ada", "horse"); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			asked := old.times()
			old.known["ada"] = "changed there"
			for _, again := range []string{local.Name, legacyhttp.Name} {
				if err := login(t, host, again, "ADA", "horse"); err != nil {
					t.Errorf("%s afterwards: %v", again, err)
				}
				if err := login(t, host, again, "ada", "changed there"); !errors.Is(err, strategies.ErrRefused) {
					t.Errorf("%s with another password afterwards: %v", again, err)
				}
			}
			if got := old.times(); got != asked {
				t.Errorf("asked %d times more, want none", got-asked)
			}
			if _, left := host.Record("u1", legacyhttp.Name); left {
				t.Error("the record that says to ask is left")
			}
			if strings.Contains(host.Logged(), "horse") {
				t.Error("the password is in the log")
			}
		})
	}
}

// TestAnswers lists answers that are a yes, a no, or neither.
func TestAnswers(t *testing.T) {
	const yes, no = "yes", "no"
	say := func(status int, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, row := range []struct {
		name, config string
		answer       func(http.ResponseWriter, *http.Request)
		want         string // else the seconds of Retry-After
	}{
		{"200", "", say(200, ""), yes},
		{"204", "", say(204, ""), yes},
		{"401", "", say(401, ""), no},
		{"404", "", say(404, ""), no},
		{"500", "", say(500, ""), "5"},
		{"400 is a mistake of ours there", `,"refusals":[401]`, say(400, ""), "5"},
		{"a redirect is not followed", "", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/welcome", http.StatusFound) }, "5"},
		{"a redirect may be a yes", `,"accept":{"statuses":[302]},"refusals":[200]`, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/welcome", http.StatusFound) }, yes},
		{"and 200 a no", `,"accept":{"statuses":[302]},"refusals":[200]`, say(200, "<form>"), no},
		{"a field is right", `,"accept":{"pointer":"/a/0/b~1c","equals":"ok"}`, say(200, `{"a":[{"b/c":"ok"}]}`), yes},
		{"a field is not", `,"accept":{"pointer":"/a/0/b~1c","equals":"ok"}`, say(200, `{"a":[{"b/c":"ko"}]}`), no},
		{"a field is missing", `,"accept":{"pointer":"/a/1","equals":null}`, say(200, `{"a":[1]}`), no},
		{"a field is there", `,"accept":{"pointer":"/token"}`, say(200, `{"token":"x"}`), yes},
		{"a field is false", `,"accept":{"pointer":"/ok"}`, say(200, `{"ok":false}`), no},
		{"a number", `,"accept":{"pointer":"/code","equals":0}`, say(200, `{"code":0}`), yes},
		{"no JSON", `,"accept":{"pointer":"/ok"}`, say(200, `<html>`), "5"},
		{"too long", "", say(200, strings.Repeat("x", 64<<10+1)), "5"},
		{"busy", "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
		}, "30"},
		{"busy for years", "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "99999999999")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, "5"},
		{"busy for days", "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "999999")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, "60"},
		{"it hangs up", "", func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }, "5"},
		{"it dawdles", `,"timeoutMs":50`, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "5"},
	} {
		t.Run(row.name, func(t *testing.T) {
			old := newOldSystem(t)
			old.answer = row.answer
			host := mount(t, old.config(row.config))
			bring(t, host, "u1", strategies.Credentials{"username": "ada"})
			err := login(t, host, local.Name, "ada", "horse")
			failure, _ := fault.From(err)
			switch {
			case row.want == yes && err != nil:
				t.Errorf("got %v, want a login", err)
			case row.want == no && !errors.Is(err, strategies.ErrRefused):
				t.Errorf("got %v, want refused", err)
			case row.want != yes && row.want != no && (!errors.Is(err, legacyhttp.ErrUnavailable) || failure.Status() != 503 || failure.RetryAfter.String() != row.want+"s" && failure.RetryAfter != time.Minute):
				t.Errorf("got %v, want unavailable for %s seconds", err, row.want)
			}
		})
	}
}

func TestQuestions(t *testing.T) {
	for _, row := range []struct{ name, config, password, want string }{
		{"by default", "", `p"w`, `POST / application/json  {"password":"p\"w","username":"ada"}`},
		{"another method and a header", `,"method":"PUT","secretHeaders":{"X-Api-Key":"k1"}`, "pw", `PUT / application/json k1 {"password":"pw","username":"ada"}`},
		{"a form", `,"encoding":"form","body":{"log":"{username}","pwd":"{password}","remember":"0"}`, "p&w=", `POST / application/x-www-form-urlencoded  log=ada&pwd=p%26w%3D&remember=0`},
		{"nested", `,"body":{"user":{"id":"old\\{username}"},"list":[{"p":"{password}"},1,true,null]}`, "pw", `POST / application/json  {"list":[{"p":"pw"},1,true,null],"user":{"id":"old\\ada"}}`},
		{"a password like a place", "", "{username}", `POST / application/json  {"password":"{username}","username":"ada"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			old := newOldSystem(t)
			host := mount(t, old.config(row.config))
			bring(t, host, "u1", strategies.Credentials{"username": "ada"})
			_ = login(t, host, local.Name, "ada", row.password)
			if got := old.last(); got != row.want {
				t.Errorf("asked %s\nwant  %s", got, row.want)
			}
		})
	}
	old := newOldSystem(t)
	host := mount(t, old.config(""))
	bring(t, host, "u1", strategies.Credentials{"username": "ada", "oldName": "lovelace.a"})
	_ = login(t, host, local.Name, "ada", "horse")
	if got := old.asked; len(got) != 1 || got[0] != "lovelace.a" {
		t.Errorf("asked for %v, want the name there", got)
	}
}

// TestOptions checks that invalid configurations are refused, and that no error holds a possible
// secret.
func TestOptions(t *testing.T) {
	for _, row := range []struct{ name, config, want string }{
		{"nothing", ``, "not configured"},
		{"no address", `{"url":"old"}`, "url: give an address"},
		{"plain http", `{"url":"http://old.example.com"}`, "https"},
		{"another scheme", `{"url":"file:///etc/passwd","internal":true}`, "url"},
		{"a password in the address", `{"url":"https://a:s3cret@old.example.com"}`, "secretHeaders"},
		{"a method that shows passwords", `{"url":"https://old.example.com","method":"GET"}`, "method"},
		{"encoding", `{"url":"https://old.example.com","encoding":"xml"}`, "encoding"},
		{"no place for the password", `{"url":"https://old.example.com","body":{"u":"{username}"}}`, "{password}"},
		{"a nested form", `{"url":"https://old.example.com","encoding":"form","body":{"u":["{username}"],"p":"{password}"}}`, "form"},
		{"patience", `{"url":"https://old.example.com","timeoutMs":5001}`, "timeoutMs"},
		{"crowds", `{"url":"https://old.example.com","concurrent":1001}`, "concurrent"},
		{"a header of ours", `{"url":"https://old.example.com","secretHeaders":{"Host":"s3cret"}}`, "Host"},
		{"two headers in one", `{"url":"https://old.example.com","secretHeaders":{"X-Key":"s3cret\r\nX-B: c"}}`, "X-Key"},
		{"a server error that says no", `{"url":"https://old.example.com","refusals":[500]}`, "500"},
		{"equals without pointer", `{"url":"https://old.example.com","accept":{"equals":1}}`, "pointer"},
		{"no pointer", `{"url":"https://old.example.com","accept":{"pointer":"ok"}}`, "pointer"},
		{"users without profiles", `{"url":"https://old.example.com","create":{}}`, "profileIds"},
		{"profiles from outside", `{"url":"https://old.example.com","create":{"profileIds":["default"],"content":{"profileIds":"/p"}}}`, "create.roles"},
		{"roles that give nothing", `{"url":"https://old.example.com","create":{"profileIds":["default"],"roles":{"pointer":"/r"}}}`, "create.roles"},
		{"an unknown system", `{"system":"okta","url":"https://old.example.com"}`, "auth0, cognito, firebase, keycloak"},
		{"a system without its realm", `{"system":"keycloak","url":"https://old.example.com","clientId":"a"}`, "realm is required"},
		{"a system without its address", `{"system":"auth0","clientId":"a"}`, "url is required"},
		{"another system's setting", `{"system":"firebase","apiKey":"s3cret","region":"a"}`, "region"},
		{"a setting of systems", `{"url":"https://old.example.com","clientSecret":"s3cret"}`, "clientSecret: system is required"},
		{"a factor without a system", `{"url":"https://old.example.com","acceptWithoutFactor":true}`, "acceptWithoutFactor"},
		{"a system's own requests", `{"system":"firebase","apiKey":"s3cret","body":{"a":"{username}{password}"}}`, "firebase defines them"},
		{"a region that is a host", `{"system":"cognito","clientId":"a","region":"evil.example.com/"}`, "region"},
		{"a query of one's own", `{"system":"auth0","clientId":"a","url":"https://old.example.com/?a=b"}`, "url"},
		{"a system over plain http", `{"system":"auth0","clientId":"a","url":"http://old.example.com"}`, "https"},
		{"a place in a secret", `{"system":"auth0","clientId":"a","url":"https://old.example.com","clientSecret":"s3cret{password}"}`, "clientSecret"},
		{"another kind of name", `{"url":"https://old.example.com","create":{"profileIds":["default"],"identifiers":{"ssn":"/s"}}}`, "ssn"},
	} {
		_, err := strategytest.NewHost().Mount(legacyhttp.New, json.RawMessage(row.config))
		switch {
		case err == nil || !strings.Contains(err.Error(), row.want):
			t.Errorf("%s: %v, want it to name %s", row.name, err, row.want)
		case strings.Contains(err.Error(), "s3cret"):
			t.Errorf("%s: the error holds a secret: %v", row.name, err)
		}
	}
}

// Without internal, the host's client decides which addresses are allowed.
func TestAddressIsChecked(t *testing.T) {
	old := newOldSystem(t)
	old.known["ada"] = "horse"
	host := mount(t, json.RawMessage(`{"url":"https://127.0.0.1:1/?key=s3cret"}`))
	bring(t, host, "u1", strategies.Credentials{"username": "ada"})
	err := login(t, host, local.Name, "ada", "horse")
	failure, _ := fault.From(err)
	if !errors.Is(err, legacyhttp.ErrUnavailable) || !strings.Contains(failure.Cause.Error(), "cannot be reached from a test") {
		t.Fatalf("got %v, want what the host's client says", err)
	}
	if strings.Contains(failure.Cause.Error(), "s3cret") {
		t.Errorf("the cause holds the address: %v", failure.Cause)
	}
}

// A login of an unknown user creates the user, once, if the configuration asks for it.
func TestCreate(t *testing.T) {
	const config = `,"create":{"profileIds":["default"],"content":{"fullname":"/user/name","none":"/nothing"},
		"identifiers":{"email":"/user/email","phone":"/user/name"},"roles":{"pointer":"/user/roles","profiles":{"boss":"editor"}}}`
	old := newOldSystem(t)
	old.known["ada"] = "horse"
	host := mount(t, old.config(config))
	if err := login(t, host, legacyhttp.Name, "ada", "wrong"); !errors.Is(err, strategies.ErrRefused) {
		t.Errorf("a wrong password: %v", err)
	}
	if err := login(t, host, legacyhttp.Name, "nobody", "horse"); !errors.Is(err, strategies.ErrRefused) {
		t.Errorf("an unknown name: %v", err)
	}
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if err := login(t, host, legacyhttp.Name, "ada", "horse"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	kept := host.Snapshot()
	if got := strings.Count(kept, "{Kuid:created-"); got != 1 {
		t.Errorf("%d users were made, want one:\n%s", got, kept)
	}
	for _, want := range []string{"[default editor]", `email "ada@example.org"`, `username "ada"`} {
		if !strings.Contains(kept, want) {
			t.Errorf("what is kept lacks %s:\n%s", want, kept)
		}
	}
	asked := old.times()
	if err := login(t, host, local.Name, "ada", "horse"); err != nil || old.times() != asked {
		t.Errorf("the login through local afterwards: %v, asked %d times more", err, old.times()-asked)
	}

	off := mount(t, old.config(""))
	if err := login(t, off, legacyhttp.Name, "ada", "horse"); !errors.Is(err, strategies.ErrRefused) {
		t.Errorf("with creation off: %v, want refused", err)
	}
}

// Both the number of concurrent requests and the number of waiting ones are bounded.
func TestConcurrencyIsBounded(t *testing.T) {
	old := newOldSystem(t)
	release, entered := make(chan struct{}), make(chan struct{}, 60)
	var mu sync.Mutex
	now, most := 0, 0
	old.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		entered <- struct{}{}
		<-release
		mu.Lock()
		now--
		mu.Unlock()
		w.WriteHeader(http.StatusUnauthorized)
	})
	host := mount(t, old.config(`,"concurrent":2`))
	bring(t, host, "u1", strategies.Credentials{"username": "ada"})
	const logins, room = 60, 2 * 17
	refused := make(chan error, logins)
	for range logins {
		go func() { refused <- login(t, host, legacyhttp.Name, "ada", "x") }()
	}
	for range logins - room {
		if err := <-refused; !errors.Is(err, legacyhttp.ErrUnavailable) {
			t.Errorf("one too many: %v, want unavailable", err)
		}
	}
	<-entered
	<-entered
	close(release)
	for range room {
		if err := <-refused; !errors.Is(err, strategies.ErrRefused) {
			t.Errorf("one that waited: %v, want refused", err)
		}
	}
	if most != 2 {
		t.Errorf("%d questions at once, want 2", most)
	}
}

// If unknown names are asked for, a refusal asks the old system once for any name, and does not
// reveal to it who tried to log in.
func TestCreateTellsNothing(t *testing.T) {
	old := newOldSystem(t)
	old.known["waiting"], old.known["moved"] = "horse", "horse"
	host := mount(t, old.config(`,"create":{"profileIds":["default"]}`))
	bring(t, host, "u1", strategies.Credentials{"username": "waiting"})
	if err := login(t, host, legacyhttp.Name, "moved", "horse"); err != nil {
		t.Fatal(err)
	}
	err := host.CreateUser(t.Context(), strategytest.User{Kuid: "u2", Profiles: []string{"default"}}, admin,
		map[string]strategies.Credentials{local.Name: {"username": "native", "password": "correct horse"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name string
		told bool
	}{{"unknown", true}, {"waiting", true}, {"moved", false}, {"native", false}} {
		asked, hashed := old.times(), host.Hashes()
		if err := login(t, host, legacyhttp.Name, row.name, "s3cret guess"); !errors.Is(err, strategies.ErrRefused) {
			t.Errorf("%s: %v, want refused", row.name, err)
		}
		if asked, hashed := old.times()-asked, host.Hashes()-hashed; asked != 1 || hashed != 1 {
			t.Errorf("%s: asked %d times and hashed %d times, want once each", row.name, asked, hashed)
		}
		question := old.last()
		if told := strings.Contains(question, row.name) && strings.Contains(question, "s3cret guess"); told != row.told {
			t.Errorf("%s: asked %s, want name and password in it: %v", row.name, question, row.told)
		}
	}
	asked := old.times()
	if err := login(t, host, legacyhttp.Name, "native", "correct horse"); err != nil || old.times() != asked {
		t.Errorf("a right password that is kept here: %v, asked %d times, want none", err, old.times()-asked)
	}
	old.Close()
	for _, name := range []string{"unknown", "waiting", "moved", "native"} {
		hashed := host.Hashes()
		err := login(t, host, legacyhttp.Name, name, "s3cret guess")
		failure, _ := fault.From(err)
		if failure == nil || failure.Kind != legacyhttp.ErrUnavailable || failure.RetryAfter == 0 {
			t.Errorf("%s, while the old system is down: %v, want unavailable", name, err)
		}
		if !errors.Is(err, strategies.ErrRefused) {
			t.Errorf("%s, while the old system is down: %v does not count as refused", name, err)
		}
		if hashed := host.Hashes() - hashed; hashed != 1 {
			t.Errorf("%s, while the old system is down: hashed %d times, want once", name, hashed)
		}
	}
	if err := login(t, host, legacyhttp.Name, "native", "correct horse"); err != nil {
		t.Errorf("a right password that is kept here, while the old system is down: %v", err)
	}
}

// Users cannot set their own name in the old system.
func TestOldNameIsTheAdministrators(t *testing.T) {
	old := newOldSystem(t)
	host := mount(t, old.config(""))
	bring(t, host, "u1", strategies.Credentials{"username": "ada"})
	err := host.Update(t.Context(), "u1", legacyhttp.Name, strategies.Actor{Kuid: "u1", Self: true}, strategies.Credentials{"oldName": "eve"})
	if !errors.Is(err, legacyhttp.ErrAdministratorsOnly) {
		t.Errorf("another name there: %v, want refused", err)
	}
}
