package backend

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/logtest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies/totp/totptest"
)

// doomedVariable tells a process of this test's binary to be a server, and with
// which settings.
const doomedVariable = "KUZZLE_TEST_DOOMED"

// fatal is a store that kills its process right after a commit, the last of a given
// number. The process's work after the commit stays undone.
type fatal struct {
	storage.Store
	left *atomic.Int32
}

func (f fatal) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	rev, err := f.Store.Commit(ctx, change)
	if err == nil && f.left.Load() > 0 && f.left.Add(-1) == 0 {
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill()
		}
		select {}
	}
	return rev, err
}

// TestDoomedServer is the process that is killed. It says where it listens, and reads
// at which commit to die.
func TestDoomedServer(t *testing.T) {
	text := os.Getenv(doomedVariable)
	if text == "" {
		return
	}
	cfg := config.Default()
	if err := json.Unmarshal([]byte(text), &cfg); err != nil {
		t.Fatal(err)
	}
	var left atomic.Int32
	app, err := New(WithConfig(cfg), WithTerminal(nil), func(b *builder) error {
		b.store = func(s storage.Store) storage.Store { return fatal{s, &left} }
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("at %s\n", listener.Addr())
	go func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			n, _ := strconv.Atoi(lines.Text())
			left.Store(int32(n))
			fmt.Println("armed")
		}
		os.Exit(0) // the test has ended
	}()
	if err := app.Serve(t.Context(), listener); err != nil {
		t.Fatal(err)
	}
}

// mailed is a mail with the token of a reset.
type mailed struct{ to, text string }

// deaths are servers, one after the other, on one store.
type deaths struct {
	*testing.T
	settings string
	mails    chan mailed
	root     string // a session of an administrator
	users    int
	// sdk sends the requests of users, nil for plain HTTP.
	sdk *sdkBridge

	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
	log   *logtest.Log
	base  string
	ended chan struct{}
}

func newDeaths(t *testing.T, configure func(*config.Config)) *deaths {
	d := &deaths{T: t, mails: make(chan mailed, 100)}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m struct{ Kind, To, Text string }
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		if m.Kind == "password-reset" {
			d.mails <- mailed{m.To, m.Text}
		}
	}))
	t.Cleanup(hook.Close)
	var elastic config.Config
	if configure != nil {
		configure(&elastic)
	}
	settings := map[string]any{
		"dev": true, "data": t.TempDir(), "masterKey": string(masterKey), "audit": map[string]any{"file": "off"},
		"passwords": map[string]any{"argon2Memory": 64 << 10, "argon2Passes": 1},
		"notify":    map[string]any{"mail": "webhook", "webhook": map[string]any{"url": hook.URL}},
		"strategies": map[string]any{"local": map[string]any{
			"resetPasswordUrl": "https://app.example.com/reset#{token}",
		}},
	}
	if len(elastic.Elasticsearch.Addresses) > 0 {
		settings["elasticsearch"] = map[string]any{"addresses": elastic.Elasticsearch.Addresses, "prefix": elastic.Elasticsearch.Prefix}
	}
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	d.settings = string(text)
	d.start()
	t.Cleanup(func() {
		_ = d.cmd.Process.Kill()
		<-d.ended
	})
	d.must(d.ask("POST", "/_createFirstAdmin/root?reset=true", "", map[string]any{"credentials": credentialsOf("root", first)}))
	d.root = d.must(d.ask("POST", "/_login/local", "", map[string]any{"username": "root", "password": first}))["jwt"].(string)
	all := map[string]any{"actions": map[string]any{"*": true}}
	d.must(d.ask("POST", "/roles/enroller/_create", d.root, map[string]any{"controllers": map[string]any{"auth": all, "totp": all, "backup-code": all}}))
	d.must(d.ask("POST", "/profiles/enrollers/_create", d.root, map[string]any{"policies": []any{map[string]any{"roleId": "enroller"}}}))
	d.must(d.ask("PUT", "/roles/anonymous", d.root, map[string]any{"controllers": map[string]any{
		"auth": map[string]any{"actions": map[string]any{"login": true}}, "server": map[string]any{"actions": map[string]any{"publicApi": true}}, "kuzzle-plugin-auth-passport-local/password": all,
	}}))
	// Servers share a limit for as long as each of them may be alive, the dead too.
	d.must(d.ask("PUT", "/profiles/anonymous", d.root, map[string]any{"rateLimit": 0, "policies": []any{map[string]any{"roleId": "anonymous"}}}))
	return d
}

// start starts the next server.
func (d *deaths) start() {
	d.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestDoomedServer$")
	cmd.Env = append(os.Environ(), doomedVariable+"="+d.settings)
	d.log = &logtest.Log{}
	cmd.Stderr = d.log
	in, err := cmd.StdinPipe()
	if err != nil {
		d.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		d.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		d.Fatal(err)
	}
	ended := make(chan struct{})
	d.cmd, d.in, d.out, d.ended = cmd, in, bufio.NewScanner(out), ended
	d.base = "http://" + d.line("at ")
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it is killed
	}()
}

// line waits for the server to say something.
func (d *deaths) line(prefix string) string {
	d.Helper()
	for d.out.Scan() {
		if rest, ok := strings.CutPrefix(d.out.Text(), prefix); ok {
			return rest
		}
	}
	d.Fatalf("the server ended: %s", d.log)
	return ""
}

// heard is what came back: nothing but err where nobody answered.
type heard struct {
	status int
	id     string
	result map[string]any
	err    error
}

var doomedClient = &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}

func (d *deaths) ask(method, path, token string, body any) heard {
	d.Helper()
	if d.sdk != nil {
		return d.sdk.ask(d, method, path, token, body)
	}
	text, err := json.Marshal(body)
	if err != nil {
		d.Fatal(err)
	}
	req, err := http.NewRequestWithContext(d.Context(), method, d.base+path, bytes.NewReader(text))
	if err != nil {
		d.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := doomedClient.Do(req)
	if err != nil {
		return heard{err: err}
	}
	defer res.Body.Close()
	var env struct {
		Error  *struct{ ID string }
		Result json.RawMessage
	}
	if err := json.NewDecoder(res.Body).Decode(&env); err != nil {
		return heard{err: err}
	}
	r := heard{status: res.StatusCode}
	if env.Error != nil {
		r.id = env.Error.ID
	}
	_ = json.Unmarshal(env.Result, &r.result) // others are of no interest
	return r
}

func (d *deaths) must(r heard) map[string]any {
	d.Helper()
	if r.err != nil || r.status != 200 {
		d.Fatalf("%d %s, %v", r.status, r.id, r.err)
	}
	return r.result
}

// want checks that an answer came, with one of the statuses, and returns it.
func (d *deaths) want(what string, r heard, statuses ...int) int {
	d.Helper()
	for _, status := range statuses {
		if r.err == nil && r.status == status {
			return status
		}
	}
	d.Fatalf("%s: %d %s, %v; want one of %v", what, r.status, r.id, r.err, statuses)
	return 0
}

const (
	first  = "correct horse battery"
	second = "battery staple correct"
)

func credentialsOf(name, password string) map[string]any {
	return map[string]any{"local": map[string]any{"username": name, "password": password}}
}

// mortalUser is a user with their credentials and tokens.
type mortalUser struct {
	*deaths
	name   string
	secret string
	at     time.Time // when secret was drawn
	codes  []string
}

func (d *deaths) user() *mortalUser {
	d.Helper()
	d.users++
	u := &mortalUser{deaths: d, name: fmt.Sprintf("user-%d@example.com", d.users)}
	d.must(d.ask("POST", "/users/"+u.kuid()+"/_create", d.root, map[string]any{
		"content": map[string]any{"profileIds": []any{"enrollers"}}, "credentials": credentialsOf(u.name, first),
	}))
	return u
}

func (u *mortalUser) kuid() string { return strings.TrimSuffix(u.name, "@example.com") }

func (u *mortalUser) login(password string) heard {
	u.Helper()
	return u.ask("POST", "/_login/local", "", map[string]any{"username": u.name, "password": password})
}

// session logs in without a factor.
func (u *mortalUser) session() string {
	u.Helper()
	token, ok := u.must(u.login(first))["jwt"].(string)
	if !ok {
		u.Fatal("a factor is asked for")
	}
	return token
}

// asked logs in and returns the factors that are asked for, and the challenge.
func (u *mortalUser) asked(password string) (factors, challenge string) {
	u.Helper()
	result := u.must(u.login(password))
	challenge, _ = result["challenge"].(string)
	list, _ := result["factors"].([]any)
	return strings.Trim(fmt.Sprint(list...), "[]"), challenge
}

func (u *mortalUser) finish(factor, challenge, code string) heard {
	u.Helper()
	return u.ask("POST", "/_login/"+factor, "", map[string]any{"challenge": challenge, "code": code})
}

// again logs in with a code of a factor.
func (u *mortalUser) again(factor, code string) heard {
	u.Helper()
	_, challenge := u.asked(first)
	return u.finish(factor, challenge, code)
}

// code is that of the app at the enrolment, or so many steps later.
func (u *mortalUser) code(steps int) string {
	u.Helper()
	return totptest.Code(u, u.secret, u.at.Add(time.Duration(steps)*totptest.Step))
}

func (u *mortalUser) begin(session, factor string) heard {
	u.Helper()
	r := u.ask("POST", map[string]string{"totp": "/_me/totp/_enrol", "backup-code": "/_me/backup-codes/_draw"}[factor], session, nil)
	if secret, ok := r.result["secret"].(string); ok {
		u.secret, u.at = secret, time.Now()
	}
	if codes, ok := r.result["codes"].([]any); ok {
		u.codes = nil
		for _, code := range codes {
			u.codes = append(u.codes, code.(string))
		}
	}
	return r
}

func (u *mortalUser) confirm(session, factor string, begun heard) heard {
	u.Helper()
	code := ""
	if factor == "totp" {
		code = u.code(0)
	} else {
		code = u.codes[0]
	}
	return u.ask("POST", "/_me/credentials/"+factor+"/_create", session, map[string]any{"enrolment": begun.result["enrolment"], "code": code})
}

func (u *mortalUser) enrol(session, factor string) {
	u.Helper()
	begun := u.begin(session, factor)
	u.must(begun)
	u.must(u.confirm(session, factor, begun))
}

func (u *mortalUser) left() any {
	u.Helper()
	return u.must(u.ask("GET", "/credentials/backup-code/"+u.kuid(), u.root, nil))["left"]
}

func (u *mortalUser) alive(session string) bool {
	u.Helper()
	return u.want("the session", u.ask("GET", "/_me", session, nil), 200, 401) == 200
}

var mailedToken = regexp.MustCompile(`https://app\.example\.com/reset#([A-Z2-7]+)`)

// mailed waits for the token of a reset; doomed, it is "" when the server has died.
func (u *mortalUser) mailed(doomed bool) string {
	u.Helper()
	var died <-chan struct{}
	if doomed {
		died = u.ended
	}
	for late := time.After(time.Minute); ; {
		select {
		case mail := <-u.mails:
			// A server that is killed in the middle sends a mail twice.
			if mail.to != u.name {
				continue
			}
			found := mailedToken.FindStringSubmatch(mail.text)
			if found == nil {
				u.Fatalf("no token: %s", mail.text)
			}
			return found[1]
		case <-died:
			return ""
		case <-late:
			u.Fatal("no mail came")
		}
	}
}

// TestKilledAtEveryCommit kills a server, a separate process, after every commit of work
// with second factors, of a ban and of a reset by mail. The next server finds each of
// them whole or not at all, or its owner can continue: no code and no challenge counts
// twice, acknowledged changes exist, and no banned user is let in.
func TestKilledAtEveryCommit(t *testing.T) {
	plain := func(*deaths) {}
	t.Run("sqlite", func(t *testing.T) { dieOften(t, nil, losses, plain) })
	// A start on a cluster takes a second: .ci/long tries all.
	onCluster := losses[:1]
	if os.Getenv("LOSSTEST_FULL") != "" {
		onCluster = losses
	}
	t.Run("elasticsearch", func(t *testing.T) { dieOften(t, oneCluster(t), onCluster, plain) })
}

// dieOften has servers on one store die at every commit of losses. by says how their
// users talk to them.
func dieOften(t *testing.T, configure func(*config.Config), losses []loss, by func(*deaths)) {
	t.Helper()
	t.Parallel()
	d := newDeaths(t, configure)
	by(d)
	for _, l := range losses {
		commits := 0
		for killed := true; killed; {
			commits++
			killed = d.lose(l, commits)
		}
		t.Logf("%s: %d deaths", l.name, commits-1)
		if commits == 1 {
			t.Errorf("%s: no commit was met", l.name)
		}
	}
}

// lose has the server die after a commit of what is lost; killed is false if there
// are not so many.
func (d *deaths) lose(l loss, commit int) (killed bool) {
	d.Helper()
	failed := d.Failed()
	defer func() {
		if d.Failed() && !failed {
			d.Logf("%s, killed after commit %d", l.name, commit)
		}
	}()
	steps, check := l.try(d.user())
	if _, err := fmt.Fprintln(d.in, commit); err != nil {
		d.Fatal(err)
	}
	d.line("armed")
	for _, step := range steps {
		r := step()
		if r.err == nil && r.status != 200 {
			d.Fatalf("%s: %d %s", l.name, r.status, r.id)
		}
		if r.err != nil {
			killed = true
			break
		}
	}
	// The answer may be out, and the death still on its way: of a reset's mail.
	if !killed {
		if _, err := fmt.Fprintln(d.in, 0); err == nil && d.out.Scan() {
			check(true)
			return false
		}
	}
	<-d.ended
	if status, ok := d.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		d.Fatalf("the server ended by itself: %s", d.log)
	}
	d.start()
	check(false)
	return true
}
