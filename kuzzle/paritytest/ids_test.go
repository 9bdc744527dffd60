package paritytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
)

// acceptedIDs are ids that a store, a path or a person may take for something
// else; refusedIDs are too long, cannot be said in a path, or stand for
// something already.
var (
	acceptedIDs = []string{
		strings.Repeat("a", 512), strings.Repeat("😀", 128), strings.Repeat("é", 256),
		"%2F", "a%2Fb", "%zz", "...", "+", " ", " padded ", "a?b=c", "a#b&c", "a*", "a,b",
		"\u00e9", "e\u0301", "\u202eabc", "👩‍👩‍👧", "\ufffe", "\uffff", "\ufffd", "\u200b", "\ufeff", "ß", "SS", "\u2028",
		"_search", "_mGet", "_leading", "-2", "0", "null", "{}", `"quoted"`, `back\slash`, "<b>",
	}
	// pathWords are words of paths that begin as a user's does.
	pathWords  = []string{"_search", "_mGet"}
	refusedIDs = []string{
		strings.Repeat("a", 513), strings.Repeat("😀", 128) + "a", strings.Repeat("é", 257),
		"a/b", "/", "../..", "../users/jane", ".", "..", "-1", "\n", "a\x00b", "\x7f", "\u0085",
	}
)

// ways are how an id comes to a server.
var ways = []string{"path", "query", "frame", "socket"}

// TestIDs: for every id, in every form, both stores answer the same. An accepted
// id is that user's everywhere: in paths, searches and tokens.
func TestIDs(t *testing.T) {
	p := newPair(t)
	root := withName("root")
	delete(root, "content")
	p.do(t, request{do: "security:createFirstAdmin", args: map[string]any{"_id": "root"}, body: root})
	lives := [][]string{}
	for _, app := range []*backend.App{p.embedded, p.cluster} {
		lives = append(lives, reach(t, app).lives(t))
	}
	for i, want := range lives[0] {
		if got := lives[1][i]; got != want {
			t.Errorf("\nSQLite:        %s\nElasticsearch: %s", want, got)
		}
	}
}

func withName(name string) map[string]any {
	return map[string]any{
		"content":     map[string]any{"profileIds": []any{"admin"}, "name": name},
		"credentials": map[string]any{"local": map[string]any{"username": name, "password": "correct horse"}},
	}
}

// reached is a server over the network.
type reached struct {
	address string
	client  *http.Client
	admin   string
}

// reach serves until the test ends.
func reach(t *testing.T, app *backend.App) *reached {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, listener) }()
	r := &reached{address: listener.Addr().String(), client: &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(func() {
		r.client.CloseIdleConnections()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	a, err := r.http("", http.MethodPost, "/_login/local", map[string]any{"username": "root", "password": "correct horse"})
	if err != nil || a.env.Status != 200 {
		t.Fatalf("login: %s, %v", a.text, err)
	}
	r.admin = a.env.Result.JWT
	return r
}

// said is an answer without the parts that always differ between two servers.
type said struct {
	text string
	env  struct {
		Status int `json:"status"`
		Result struct {
			ID   string `json:"_id"`
			JWT  string `json:"jwt"`
			Hits []struct {
				ID string `json:"_id"`
			} `json:"hits"`
		} `json:"result"`
	}
}

func hear(text []byte) (a said, err error) {
	var all map[string]any
	if err := errors.Join(json.Unmarshal(text, &all), json.Unmarshal(text, &a.env)); err != nil {
		return a, fmt.Errorf("%w: %s", err, text)
	}
	for _, own := range []string{"node", "requestId", "room"} {
		delete(all, own)
	}
	if result, is := all["result"].(map[string]any); is {
		delete(result, "jwt")
	}
	rest, err := json.Marshal(all)
	a.text = common(string(rest))
	return a, err
}

func (r *reached) http(token, method, path string, body any) (said, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return said{}, err
	}
	var sent io.Reader
	if body != nil {
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, "http://"+r.address+path, sent)
	if err != nil {
		return said{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := r.client.Do(request)
	if err != nil {
		return said{}, err
	}
	defer response.Body.Close()
	if text, err = io.ReadAll(response.Body); err != nil {
		return said{}, err
	}
	return hear(text)
}

// call sends an action as the administrator: in the body of a request, or over a
// socket.
func (r *reached) call(socket *websocket.Conn, do string, args map[string]any, body any) (said, error) {
	controller, action, _ := strings.Cut(do, ":")
	frame := map[string]any{"controller": controller, "action": action, "requestId": "same"}
	maps.Copy(frame, args)
	if body != nil {
		frame["body"] = body
	}
	if socket == nil {
		return r.http(r.admin, http.MethodPost, "/_query", frame)
	}
	frame["jwt"] = r.admin
	if err := socket.WriteJSON(frame); err != nil {
		return said{}, err
	}
	_, text, err := socket.ReadMessage()
	if err != nil {
		return said{}, err
	}
	return hear(text)
}

// livesAtOnce bounds how many users are under way together.
const livesAtOnce = 8

// lives creates and deletes a user with every odd id, once in every way, and
// returns the answers.
func (r *reached) lives(t *testing.T) []string {
	t.Helper()
	all := append(slices.Clone(acceptedIDs), refusedIDs...)
	heard := make([][]string, len(all))
	next := make(chan int)
	var running sync.WaitGroup
	for range livesAtOnce {
		running.Go(func() {
			socket, _, err := websocket.DefaultDialer.Dial("ws://"+r.address, nil)
			if err != nil {
				t.Error(err)
			} else {
				defer socket.Close()
			}
			for n := range next {
				if err != nil {
					continue
				}
				for i, way := range ways {
					l := life{reached: r, socket: socket, id: all[n], way: way, name: fmt.Sprint("person ", n), full: i == n%len(ways)}
					run := l.run
					if n >= len(acceptedIDs) {
						run = l.refused
					}
					if err := run(); err != nil {
						t.Errorf("%.40q by %s: %v", l.id, way, err)
					}
					heard[n] = append(heard[n], l.heard...)
				}
			}
		})
	}
	for n := range all {
		next <- n
	}
	close(next)
	running.Wait()
	return slices.Concat(heard...)
}

// life is one user's, from the creation to the end.
type life struct {
	*reached
	socket        *websocket.Conn
	id, way, name string
	// full has the user do everything, and not only come and go.
	full  bool
	heard []string
}

// note records the answer.
func (l *life) note(what string, a said, err error) (said, error) {
	l.heard = append(l.heard, fmt.Sprintf("%.40q by %s, %s: %s", l.id, l.way, what, a.text))
	return a, err
}

// send asks for an action about the user, the way that the life goes.
func (l *life) send(do string, body any) (said, error) {
	action := strings.TrimPrefix(do, "security:")
	route := map[string]struct{ method, path string }{
		"createUser": {http.MethodPost, "/_create"}, "getUser": {http.MethodGet, ""}, "updateUser": {http.MethodPut, "/_update"}, "deleteUser": {http.MethodDelete, ""},
	}[action]
	var a said
	var err error
	args := map[string]any{"_id": l.id, "refresh": "wait_for"}
	switch {
	case l.way == "path" && !slices.Contains(pathWords, l.id):
		a, err = l.http(l.admin, route.method, "/users/"+url.PathEscape(l.id)+route.path+"?refresh=wait_for", body)
	case l.way == "query" && action == "createUser":
		a, err = l.http(l.admin, route.method, "/users/_create?refresh=wait_for&_id="+url.QueryEscape(l.id), body)
	case l.way == "socket":
		a, err = l.call(l.socket, do, args, body)
	default:
		a, err = l.call(nil, do, args, body)
	}
	return l.note(action, a, err)
}

func (l *life) run() error {
	created, err := l.send("security:createUser", withName(l.name))
	if err != nil || created.env.Status != http.StatusOK || created.env.Result.ID != l.id {
		return errors.Join(fmt.Errorf("created: %s", created.text), err)
	}
	if l.full {
		err = l.used()
	}
	return errors.Join(err, l.ended())
}

// refused is for ids that nobody can have. A path that has one may be another.
func (l *life) refused() error {
	if l.way == "path" && strings.HasPrefix(l.id, ".") {
		return nil
	}
	a, err := l.send("security:createUser", withName(l.name))
	if err != nil || a.env.Status != http.StatusBadRequest {
		return errors.Join(fmt.Errorf("created: %s", a.text), err)
	}
	return nil
}

// used reads and changes the user, finds them, and has them log in.
func (l *life) used() error {
	for _, do := range []string{"security:getUser", "security:updateUser"} {
		var body any
		if do == "security:updateUser" {
			body = map[string]any{"name": "changed " + l.name}
		}
		if a, err := l.send(do, body); err != nil || a.env.Status != http.StatusOK || a.env.Result.ID != l.id {
			return errors.Join(fmt.Errorf("%s: %s", do, a.text), err)
		}
	}
	for what, body := range map[string]map[string]any{
		"ids":  {"query": map[string]any{"ids": map[string]any{"values": []any{l.id}}}},
		"term": {"query": map[string]any{"term": map[string]any{"_id": l.id}}},
	} {
		found, err := l.call(l.socket, "security:searchUsers", nil, body)
		if err != nil || len(found.env.Result.Hits) != 1 || found.env.Result.Hits[0].ID != l.id {
			return errors.Join(fmt.Errorf("found by %s: %s", what, found.text), err)
		}
	}
	many, err := l.call(l.socket, "security:mGetUsers", nil, map[string]any{"ids": []any{l.id}})
	if err != nil || len(many.env.Result.Hits) != 1 || many.env.Result.Hits[0].ID != l.id {
		return errors.Join(fmt.Errorf("one of many: %s", many.text), err)
	}
	in, err := l.http("", http.MethodPost, "/_login/local", map[string]any{"username": l.name, "password": "correct horse"})
	if in, err = l.note("login", in, err); err != nil || in.env.Result.ID != l.id {
		return errors.Join(fmt.Errorf("logged in: %s", in.text), err)
	}
	me, err := l.http(in.env.Result.JWT, http.MethodGet, "/_me", nil)
	if me, err = l.note("me", me, err); err != nil || me.env.Result.ID != l.id {
		return errors.Join(fmt.Errorf("who I am: %s", me.text), err)
	}
	return nil
}

func (l *life) ended() error {
	if a, err := l.send("security:deleteUser", nil); err != nil || a.env.Status != http.StatusOK || a.env.Result.ID != l.id {
		return errors.Join(fmt.Errorf("deleted: %s", a.text), err)
	}
	if a, err := l.send("security:getUser", nil); err != nil || a.env.Status != http.StatusNotFound {
		return errors.Join(fmt.Errorf("deleted and there: %s", a.text), err)
	}
	return nil
}
