package legacyhttp_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/legacyhttp"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

// oldSystem stands in for the system that knows the passwords. It expects the default requests of
// [legacyhttp.Options].
type oldSystem struct {
	*httptest.Server

	mu sync.Mutex
	// known are the passwords by name.
	known map[string]string
	// asked are the requested names.
	asked []string
	// requests are the received requests, in full.
	requests []string
	// answer replaces the default answer.
	answer func(w http.ResponseWriter, r *http.Request)
}

func newOldSystem(t *testing.T) *oldSystem {
	t.Helper()
	old := &oldSystem{known: map[string]string{}}
	old.Server = httptest.NewServer(old)
	t.Cleanup(old.Close)
	return old
}

// ServeHTTP answers 200 or 401.
func (o *oldSystem) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var in struct{ Username, Password string }
	_ = json.Unmarshal(body, &in)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = append(o.asked, in.Username)
	o.requests = append(o.requests, fmt.Sprintf("%s %s %s %s %s", r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), r.Header.Get("X-Api-Key"), body))
	if o.answer != nil {
		o.answer(w, r)
		return
	}
	if password, ok := o.known[in.Username]; !ok || password != in.Password {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, _ = io.WriteString(w, `{"status":"ok","user":{"name":"Ada Lovelace","email":"ada@example.org","roles":["staff","boss"]}}`)
}

func (o *oldSystem) config(more string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"url":%q,"internal":true%s}`, o.URL, more))
}

func (o *oldSystem) times() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.asked)
}

func (o *oldSystem) last() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.requests) == 0 {
		return ""
	}
	return o.requests[len(o.requests)-1]
}

func TestContract(t *testing.T) {
	old := newOldSystem(t)
	password := func(name string) string { return "correct horse " + name[strings.LastIndexByte(name, '-')+1:] }
	for n := range 50 {
		name := fmt.Sprintf("ada-%d", n)
		old.known[name] = password(name)
	}
	strategytest.Run(t, legacyhttp.New, strategytest.Fixtures{
		Config: old.config(""),
		Credentials: func(n int) strategies.Credentials {
			return strategies.Credentials{"username": fmt.Sprintf("ada-%d", n), "email": fmt.Sprintf("ada-%d@example.org", n)}
		},
		Login: func(_ *strategytest.Host, created strategies.Credentials) strategies.Credentials {
			name, _ := created["username"].(string)
			return strategies.Credentials{"username": name, "password": password(name)}
		},
		Wrong: func(login strategies.Credentials) strategies.Credentials {
			login["password"] = "wrong horse"
			return login
		},
	})
}
