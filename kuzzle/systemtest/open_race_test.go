package systemtest

import (
	"context"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// held has requests that were let in wait before they act. Their ids begin with
// "late".
func (s *server) held(t *testing.T, event string) (arrived chan struct{}, release func()) {
	t.Helper()
	arrived, gate := make(chan struct{}, 100), make(chan struct{})
	s.app.On(event, func(ctx context.Context, e *api.Event) error {
		if id, _ := e.Request.Args["_id"].(string); len(id) < 4 || id[:4] != "late" {
			return nil
		}
		arrived <- struct{}{}
		select {
		case <-gate:
		case <-ctx.Done():
		}
		return nil
	})
	return arrived, func() { close(gate) }
}

// TestOpenRequestComesLate: a request that was let in while the server was open,
// and writes when the first administrator exists, is refused and leaves nothing.
func TestOpenRequestComesLate(t *testing.T) {
	t.Parallel()
	for _, late := range []struct {
		do, id, gone string
		body         map[string]any
	}{
		{"security:createUser", "late-admin", "security:getUser", map[string]any{"content": map[string]any{"profileIds": []any{"admin"}}}},
		{"security:createUser", "late-user", "security:getUser", map[string]any{"content": map[string]any{"profileIds": []any{"default"}}}},
		{"security:createOrReplaceProfile", "late-profile", "security:getProfile", map[string]any{"policies": []any{map[string]any{"roleId": "admin"}}}},
		{"security:createOrReplaceRole", "late-role", "security:getRole", map[string]any{"controllers": map[string]any{"*": map[string]any{"actions": map[string]any{"*": true}}}}},
	} {
		t.Run(late.id, func(t *testing.T) {
			eachProtocol(t, func(t *testing.T, protocol string) {
				s := start(t, dev)
				arrived, release := s.held(t, api.OnAuthorized)
				answers := make(chan answer, 1)
				c := s.client(t, protocol)
				go func() {
					answers <- perform(t, c, "", late.do, map[string]any{"_id": late.id}, late.body)
				}()
				<-arrived
				boss := perform(t, s.client(t, "http"), "", "security:createFirstAdmin", map[string]any{"_id": "boss"}, map[string]any{
					"content":     map[string]any{},
					"credentials": map[string]any{"local": map[string]any{"username": "boss", "password": "correct horse"}},
				})
				if boss.status != 200 {
					t.Errorf("the first administrator: %s", boss.raw)
				}
				release()
				wantError(t, "the late request", <-answers, 401, "security.rights.unauthorized")
				jwt := loggedIn(t, c, "boss")
				if a := perform(t, c, jwt, late.gone, map[string]any{"_id": late.id}, nil); a.status != 404 {
					t.Errorf("what the late request wrote: %s", a.raw)
				}
			})
		})
	}
}

// TestOpenRequestGoesOn: the creation of the first administrator ends running work.
func TestOpenRequestGoesOn(t *testing.T) {
	t.Parallel()
	s := start(t, dev)
	user := func(profile string) map[string]any {
		return map[string]any{"content": map[string]any{"profileIds": []any{profile}}}
	}
	a := perform(t, s.client(t, "http"), "", "admin:loadSecurities", nil, map[string]any{
		"users": map[string]any{"anna": user("admin"), "bert": user("default"), "carl": user("admin")},
	})
	if a.status != 200 {
		t.Fatalf("%s", a.raw)
	}
	for _, id := range []string{"anna", "bert", "carl"} {
		if env := s.operate(t, "security", "getUser", map[string]any{"_id": id}, nil); env["status"] != 200.0 {
			t.Errorf("%s: %v", id, env)
		}
	}
}

// TestOpenImportComesLate: a job that was begun while the server was open brings in
// nobody once the first administrator exists.
func TestOpenImportComesLate(t *testing.T) {
	t.Parallel()
	s := start(t, dev)
	c := s.client(t, "http")
	job := perform(t, c, "", "import:create", nil, map[string]any{"source": "old"})
	id := map[string]any{"_id": job.text("result._id")}
	if job.status != 200 {
		t.Fatalf("%s", job.raw)
	}
	s.operate(t, "security", "createFirstAdmin", map[string]any{"_id": "boss"}, map[string]any{
		"content": map[string]any{}, "credentials": map[string]any{"local": map[string]any{"username": "boss", "password": "correct horse"}},
	})
	boss := loggedIn(t, c, "boss")
	sent := perform(t, c, boss, "import:upload", id, map[string]any{"text": "kuid,username,profiles\nevil,evil,admin\n", "end": true})
	if sent.status != 200 {
		t.Fatalf("%s", sent.raw)
	}
	var got answer
	for deadline := time.Now().Add(answerWithin); ; {
		got = perform(t, c, boss, "import:get", id, nil)
		if state := got.text("result.state"); state != "open" && state != "running" || time.Now().After(deadline) {
			break
		}
	}
	if failed := got.at("result.failed"); failed != 1.0 {
		t.Errorf("the job: %s", got.raw)
	}
	if a := perform(t, c, boss, "security:getUser", map[string]any{"_id": "evil"}, nil); a.status != 404 {
		t.Errorf("the user of the late job: %s", a.raw)
	}
}
