package backend

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// line leads one server to the cluster, and can be cut.
type line struct {
	net.Listener
	to string

	mu    sync.Mutex
	isCut bool
	// silent is closed when bytes flow again; nil while they do.
	silent chan struct{}
	conns  map[net.Conn]bool
	ended  sync.WaitGroup
}

func newLine(t *testing.T, address string) *line {
	t.Helper()
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &line{Listener: listener, to: to.Host, conns: map[net.Conn]bool{}}
	w.ended.Go(w.accept)
	t.Cleanup(func() {
		_ = w.Close()
		w.silence(false)
		w.cut(true)
		w.ended.Wait()
	})
	return w
}

func (w *line) address() string { return "http://" + w.Addr().String() }

func (w *line) accept() {
	for {
		conn, err := w.Accept()
		if err != nil {
			return
		}
		w.ended.Go(func() { w.carry(conn) })
	}
}

func (w *line) carry(conn net.Conn) {
	defer conn.Close()
	on, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer on.Close()
	if !w.keep(conn, on) {
		return
	}
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{conn, on}, {on, conn}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], quietly{way[1], w})
			_ = conn.Close()
			_ = on.Close()
		})
	}
	both.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, conn)
	delete(w.conns, on)
}

func (w *line) keep(conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, conn := range conns {
		if !w.isCut {
			w.conns[conn] = true
		}
	}
	return !w.isCut
}

// cut ends every connection and lets no other through, until it is mended.
func (w *line) cut(is bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.isCut = is
	for conn := range w.conns {
		_ = conn.Close()
	}
}

// silence loses everything that is sent, and tells nobody, until it ends.
func (w *line) silence(is bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case is && w.silent == nil:
		w.silent = make(chan struct{})
	case !is && w.silent != nil:
		close(w.silent)
		w.silent = nil
	}
}

// quietly reads from a connection, and hands over nothing while there is silence.
type quietly struct {
	net.Conn
	line *line
}

func (q quietly) Read(p []byte) (int, error) {
	n, err := q.Conn.Read(p)
	q.line.mu.Lock()
	silent := q.line.silent
	q.line.mu.Unlock()
	if silent != nil {
		<-silent
	}
	return n, err
}

// TestNodes: three servers know each other and share the limits, and a
// disconnected one does not use its caches.
func TestNodes(t *testing.T) {
	share := oneCluster(t)
	var cable *line
	apps := startServers(t, 3, func(i int, cfg *config.Config) {
		share(cfg)
		if i == 2 {
			cable = newLine(t, cfg.Elasticsearch.Addresses[0])
			cfg.Elasticsearch.Addresses = []string{cable.address()}
		}
	})
	here, there, far := apps[0], apps[1], apps[2]
	must(t, here, "", "security", "createFirstAdmin", map[string]any{"_id": "root", "reset": true}, map[string]any{
		"credentials": map[string]any{"local": map[string]any{"username": "root", "password": "correct horse"}},
	})
	within(t, 10*time.Second, "every server knows the three", func() bool {
		return !slices.ContainsFunc(apps, func(app *App) bool { return len(shownNodes(t, app)) != 3 })
	})

	t.Run("an upper bound is shared out", func(t *testing.T) { testSharedRate(t, here, there, far) })
	t.Run("failed logins count everywhere", func(t *testing.T) { testSharedThrottle(t, here, there) })
	t.Run("a creation is found elsewhere at once", func(t *testing.T) { testFoundElsewhere(t, here, there) })
	must(t, here, "", "security", "createProfile", map[string]any{"_id": "people"}, map[string]any{"policies": []any{map[string]any{"roleId": "default"}}})
	t.Run("a server that is cut off", func(t *testing.T) { testCutOff(t, here, far, cable.cut) })
	t.Run("a server that is cut off in silence", func(t *testing.T) { testCutOff(t, here, far, cable.silence) })
	t.Run("a server that ends is not listed", func(t *testing.T) {
		if err := far.Close(); err != nil {
			t.Error(err)
		}
		within(t, 5*time.Second, "two are left", func() bool { return len(shownNodes(t, here)) == 2 })
	})
}

// within waits until something is so.
func within(t *testing.T, most time.Duration, what string, is func() bool) {
	t.Helper()
	began := time.Now()
	for ; !is(); time.Sleep(2 * time.Millisecond) {
		if time.Since(began) > most {
			t.Fatalf("%s: not within %s", what, most)
		}
	}
	t.Logf("%s: after %s", what, time.Since(began).Round(time.Millisecond))
}

// shownNodes are the ids that server:info shows, its own among them.
func shownNodes(t *testing.T, app *App) []string {
	t.Helper()
	info := must(t, app, "", "server", "info", nil, nil)
	var ids []string
	own := 0
	for _, listed := range info["serverInfo"].(map[string]any)["kuzzle"].(map[string]any)["nodes"].([]any) {
		node := listed.(map[string]any)
		id, self := node["id"].(string), node["self"].(bool)
		if self != (id == app.node) {
			t.Errorf("%s says of %s that it is itself: %v", app.node, id, self)
		}
		if self {
			own++
		}
		ids = append(ids, id)
	}
	if own != 1 {
		t.Errorf("%s lists itself %d times", app.node, own)
	}
	return ids
}

func testSharedRate(t *testing.T, apps ...*App) {
	here := apps[0]
	must(t, here, "", "security", "createProfile", map[string]any{"_id": "slow"}, map[string]any{
		"rateLimit": 6, "policies": []any{map[string]any{"roleId": "default"}},
	})
	createUser(t, here, "slow", "slow")
	token := login(t, here, "slow")
	for _, app := range apps {
		share := app.nodes.share()
		if share.Of != len(apps) {
			t.Errorf("%s shares with %d, want %d", app.node, share.Of, len(apps))
		}
	}
	// In a window of a second three servers of one rank each allow two.
	for _, app := range apps {
		allowed, began := 0, time.Now()
		for time.Since(began) < 900*time.Millisecond {
			if err := current(t, app, token); err == nil {
				allowed++
			} else if !errors.Is(err, api.ErrTooManyRequests) {
				t.Fatal(err)
			}
		}
		// The time lies in at most two windows.
		if allowed < 2 || allowed > 4 {
			t.Errorf("%s allows %d requests, want its part of 2 in each window", app.node, allowed)
		}
	}
}

func testSharedThrottle(t *testing.T, here, there *App) {
	createUser(t, here, "victim", "default")
	guess := func(app *App, name, password string) error {
		req := &api.Request{ID: "r", Controller: "auth", Action: "login", Args: map[string]any{"strategy": "local"},
			Body: map[string]any{"username": name, "password": password},
			Peer: &api.Peer{Protocol: api.HTTP, Addr: netip.MustParseAddr("203.0.113.9")}}
		if res := app.Dispatch(t.Context(), req); res.Err != nil {
			return res.Err
		}
		return nil
	}
	for _, name := range []string{"victim", "nobody"} {
		told := 0
		for i := range 12 {
			app := []*App{here, there}[i%2]
			err := guess(app, name, fmt.Sprint("wrong ", i))
			if errors.Is(err, throttle.ErrTooManyLogins) {
				break
			}
			if err == nil {
				t.Fatal("a wrong password logged in")
			}
			told++
		}
		if want := throttle.Defaults().Pair.Free; told != want {
			t.Errorf("%s: two servers told of %d wrong passwords, want %d as one does", name, told, want)
		}
		for _, app := range []*App{here, there} {
			if err := guess(app, name, "correct horse"); !errors.Is(err, throttle.ErrTooManyLogins) {
				t.Errorf("%s: the next attempt: got %v, want %v", name, err, throttle.ErrTooManyLogins)
			}
		}
	}
}

// testFoundElsewhere: a visible change is found on the other server as soon as it
// is acknowledged.
func testFoundElsewhere(t *testing.T, here, there *App) {
	for i := range 20 {
		id := fmt.Sprint("fresh-", i)
		must(t, here, "", "security", "createUser", map[string]any{"_id": id, "refresh": "wait_for"}, map[string]any{
			"content": map[string]any{"profileIds": []any{"default"}},
		})
		found := must(t, there, "", "security", "searchUsers", nil, map[string]any{"query": map[string]any{"ids": map[string]any{"values": []any{id}}}})
		if got := fmt.Sprint(found["total"]); got != "1" {
			t.Errorf("user %d: found %s, want 1", i, got)
		}
	}
}

// testCutOff: a revoked token works for at most a second on a disconnected
// server; then that server reports that it cannot answer, and recovers after the
// reconnection.
func testCutOff(t *testing.T, here, far *App, away func(is bool)) {
	createUser(t, here, "lost", "people")
	token := login(t, here, "lost")
	within(t, 5*time.Second, "the far server hears", far.nodes.shared.Current)
	if err := current(t, far, token); err != nil {
		t.Fatal(err)
	}
	away(true)
	defer away(false)
	must(t, here, "", "security", "revokeTokens", map[string]any{"_id": "lost"}, nil)
	revoked := time.Now()
	for {
		asked := time.Now()
		err := current(t, far, token)
		if errors.Is(err, storage.ErrUnavailable) {
			t.Logf("refused after %s", time.Since(asked).Round(time.Millisecond))
			break
		}
		if err != nil {
			t.Fatalf("got %v, want %v", err, storage.ErrUnavailable)
		}
		if late := asked.Sub(revoked); late > binding {
			t.Fatalf("what was revoked %s ago still works on the server that is cut off", late)
		}
	}
	t.Logf("the server that is cut off trusts nothing after %s", time.Since(revoked).Round(time.Millisecond))
	if far.Ready() == nil {
		t.Error("the server that is cut off is ready")
	}
	away(false)
	within(t, 20*time.Second, "it hears again", func() bool { return ended(current(t, far, token)) })
	must(t, here, "", "security", "deleteUser", map[string]any{"_id": "lost"}, nil)
}
