package importer_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// kuzzle2 is what testdata/kuzzle2.mjs made.
type kuzzle2 struct {
	Indexes map[string]map[string]json.RawMessage
	Logins  map[string]struct{ Kuid, Password string }
	Tokens  map[string]string
}

func readKuzzle2(t *testing.T) (k kuzzle2) {
	t.Helper()
	if err := json.Unmarshal(testdata(t, "kuzzle2.json"), &k); err != nil {
		t.Fatal(err)
	}
	return k
}

func (b *bench) bringSource(t *testing.T, run importer.Run) (importer.Progress, []reportLine, error) {
	t.Helper()
	var report bytes.Buffer
	run.Report = importer.NewReport(&report)
	if run.Sink == nil {
		run.Sink = importer.Into(b.Accounts, operator)
	}
	p, err := run.Do(t.Context())
	if err := run.Report.Close(); err != nil {
		t.Fatal(err)
	}
	return p, reportLines(t, report.String()), err
}

// TestKuzzle2: everything that concerns users in a Kuzzle 2 server comes over,
// and works: passwords, API keys, rights.
func TestKuzzle2(t *testing.T) {
	k := readKuzzle2(t)
	server := kuzzleServer{"kztest", k.Indexes}
	server.fill(t)
	cluster := importer.Cluster{Addresses: elasticNode(t).Addresses}
	for name, open := range map[string]func() *bench{
		"sqlite": func() *bench { return newBench(t, t.TempDir()) }, "elasticsearch": func() *bench { return newCluster(t) },
	} {
		t.Run(name, func(t *testing.T) {
			b := open()
			left := []reportLine{
				{2, "roles.anonymous", "security.import.protected"}, {3, "roles.default", "security.import.protected"},
				{6, "profiles.anonymous", "security.import.protected"}, {7, "profiles.default", "security.import.protected"},
				{0, "users.kuid-orphaned", "profileIds"}, {0, "users.kuid-twin", "username"},
				{0, "api-keys.expired", "security.import.key_expired"}, {0, "api-keys.of-a-ghost", "security.user.not_found"},
			}
			for _, turn := range []struct {
				name string
				o    importer.Options
				want importer.Counts
			}{
				{"first", importer.Options{}, importer.Counts{Rows: 23, Created: 13, Unchanged: 2, Skipped: 5, Failed: 3}},
				{"again", importer.Options{}, importer.Counts{Rows: 23, Unchanged: 15, Skipped: 5, Failed: 3}},
			} {
				p, lines, err := b.bringSource(t, importer.Run{Source: cluster.Kuzzle(server.index), Options: turn.o})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(turn.want, p.Counts); diff != "" {
					t.Errorf("%s: counts (-want +got):\n%s", turn.name, diff)
				}
				if diff := cmp.Diff(names(left), names(lines)); diff != "" {
					t.Errorf("%s: report (-want +got):\n%s", turn.name, diff)
				}
				if want := []string{"1 credentials of the local plugin belong to no user and were left out"}; cmp.Diff(want, p.Remarks) != "" {
					t.Errorf("%s: got remarks %q, want %q", turn.name, p.Remarks, want)
				}
			}
			b.checkKuzzle2(t, k)
		})
	}
}

// names are report lines in any order and without their numbers, which the
// cluster gives.
func names(lines []reportLine) []string {
	var list []string
	for _, l := range lines {
		list = append(list, l.Of+" "+l.Field)
	}
	slices.Sort(list)
	return list
}

func (b *bench) checkKuzzle2(t *testing.T, k kuzzle2) {
	t.Helper()
	for name, l := range k.Logins {
		if err := b.login(t, name, l.Password); err != nil {
			t.Errorf("login of %s: %v", name, err)
		}
		if err := b.login(t, name, "old "+l.Password); err == nil {
			t.Errorf("%s logs in with another password", name)
		}
	}
	for token, kuid := range k.Tokens {
		v, err := b.Sessions.Verify(t.Context(), token)
		if (err == nil) != (kuid != "") || err == nil && v.User.Kuid != kuid {
			t.Errorf("an API key of %q is %q's: %v", kuid, v.User.Kuid, err)
		}
	}
	u, err := b.Users.User(t.Context(), "kuid-stretched")
	if err != nil {
		t.Fatal(err)
	}
	var content struct {
		Fullname string
		Info     struct{ CreatedAt int64 } `json:"_kuzzle_info"`
	}
	if err := json.Unmarshal(u.Content, &content); err != nil || content.Fullname != "Ada Lovelace" || content.Info.CreatedAt != 1700000000000 {
		t.Errorf("got %s, %v", u.Content, err)
	}
	if want := []string{"readers", "default"}; !slices.Equal(u.Profiles, want) {
		t.Errorf("got profiles %q, want %q", u.Profiles, want)
	}
	role, err := b.Users.Rights.Role(t.Context(), "anonymous")
	if err != nil || strings.Contains(string(role.Source), `"*"`) {
		t.Errorf("strangers may do what they could in Kuzzle: %s, %v", role.Source, err)
	}
}

// TestKuzzle2DryRun: it tells the same and writes nothing.
func TestKuzzle2DryRun(t *testing.T) {
	k := readKuzzle2(t)
	server := kuzzleServer{"kzdry", k.Indexes}
	server.fill(t)
	b := newBench(t, t.TempDir())
	p, _, err := b.bringSource(t, importer.Run{
		Source: importer.Cluster{Addresses: elasticNode(t).Addresses}.Kuzzle(server.index), Options: importer.Options{DryRun: true},
	})
	if diff := cmp.Diff(importer.Counts{Rows: 23, Created: 13, Unchanged: 2, Skipped: 5, Failed: 3}, p.Counts); diff != "" || err != nil {
		t.Errorf("%v, counts (-want +got):\n%s", err, diff)
	}
	if got := b.users(); got != 0 {
		t.Errorf("got %d users, want none", got)
	}
	if _, err := b.Users.Rights.Role(t.Context(), "reader"); err == nil {
		t.Error("a role was written")
	}
}

// manyUsers are the indexes of a server with n users, each with a password and
// an API key.
func manyUsers(n int) kuzzleServer {
	docs := map[string]map[string]json.RawMessage{"users": {}, "credentials": {}, "keys": {}}
	for i := range n {
		kuid := fmt.Sprintf("kuid-%06d", i)
		sum := sha256.Sum256([]byte("kapikey-" + kuid))
		docs["users"][kuid] = json.RawMessage(`{"profileIds":["default"]}`)
		docs["credentials"][fmt.Sprintf("user%d", i)] = fmt.Appendf(nil, `{"kuid":%q,"userPassword":"%0128d","userSalt":"s","algorithm":"sha512","stretching":false}`, kuid, i)
		docs["keys"][fmt.Sprintf("key%d", i)] = fmt.Appendf(nil, `{"userId":%q,"expiresAt":-1,"ttl":-1,"fingerprint":%q}`, kuid, hex.EncodeToString(sum[:]))
	}
	return kuzzleServer{"kzmany", docs}
}

// TestKuzzle2Resumes: interrupted anywhere, it goes on where it was; when the
// cluster has forgotten that place, it says so.
func TestKuzzle2Resumes(t *testing.T) {
	const n = 2300
	server := manyUsers(n)
	server.fill(t)
	source := importer.Cluster{Addresses: elasticNode(t).Addresses}.Kuzzle(server.index)
	b := newBench(t, t.TempDir())
	stop := errors.New("stop")
	checkpoint := filepath.Join(t.TempDir(), "checkpoint")
	into := importer.Into(b.Accounts, operator)
	last := importer.Counts{}
	for turn, ended := 0, false; !ended; turn++ {
		left, err := importer.LoadCheckpoint(checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		calls := 0
		p, _, err := b.bringSource(t, importer.Run{Source: source, Checkpoint: checkpoint, Resume: left,
			Sink: importer.Serially(func(ctx context.Context, how imports.Import, rows importer.Batch) ([]importer.Outcome, error) {
				if calls++; calls > 1 {
					return nil, stop
				}
				return into(ctx, how, rows)()
			})})
		if ended = err == nil; err != nil && !errors.Is(err, stop) || turn > 10 {
			t.Fatal(err)
		}
		last = p.Counts
	}
	if diff := cmp.Diff(importer.Counts{Rows: 2 * n, Created: 2 * n}, last); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if got := b.users(); got != n {
		t.Errorf("got %d users, want %d", got, n)
	}
}

// TestKuzzle2Forgets: a cluster that no longer knows where an interrupted import
// was says what to do.
func TestKuzzle2Forgets(t *testing.T) {
	server := manyUsers(2300)
	server.fill(t)
	source := importer.Cluster{Addresses: elasticNode(t).Addresses}.Kuzzle(server.index)
	checkpoint := filepath.Join(t.TempDir(), "checkpoint")
	stop := errors.New("stop")
	calls := 0
	run := importer.Run{Source: source, Checkpoint: checkpoint,
		Sink: importer.Serially(func(_ context.Context, _ imports.Import, rows importer.Batch) ([]importer.Outcome, error) {
			if calls++; calls > 1 {
				return nil, stop
			}
			return make([]importer.Outcome, rows.Len()), nil
		})}
	b := newBench(t, t.TempDir())
	if _, _, err := b.bringSource(t, run); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	left, err := importer.LoadCheckpoint(checkpoint)
	if err != nil || left == nil {
		t.Fatal(left, err)
	}
	var at struct{ PIT string }
	if err := json.Unmarshal(left.Place, &at); err != nil || at.PIT == "" {
		t.Fatalf("got the place %s, %v", left.Place, err)
	}
	ask(t, http.MethodDelete, "/_pit", fmt.Appendf(nil, `{"id":%q}`, at.PIT))
	run.Resume = left
	if _, _, err := b.bringSource(t, run); err == nil || !strings.Contains(err.Error(), "run without --resume") {
		t.Errorf("got %v, want what to do", err)
	}
}

// TestKuzzle2Credentials: the cluster may ask for a name and password or an API
// key, over TLS; what is wrong is said in one line that holds no secret.
func TestKuzzle2Credentials(t *testing.T) {
	server := manyUsers(3)
	server.fill(t)
	target, err := url.Parse(elasticNode(t).Addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	guard := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, _ := r.BasicAuth()
		if name+":"+password != "reader:s3cret" && !strings.EqualFold(r.Header.Get("Authorization"), "ApiKey a2V5OnMzY3JldA==") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.Header.Del("Authorization")
		proxy.ServeHTTP(w, r)
	}))
	guard.Config.ErrorLog = log.New(io.Discard, "", 0)
	guard.StartTLS()
	defer guard.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: guard.Certificate().Raw})
	at := []string{guard.URL}
	for _, c := range []struct {
		name, index string
		cluster     importer.Cluster
		want        string
	}{
		{"name and password", "kzmany", importer.Cluster{Addresses: at, CA: ca, Username: "reader", Password: "s3cret"}, ""},
		{"API key", "kzmany", importer.Cluster{Addresses: at, CA: ca, APIKey: "a2V5OnMzY3JldA=="}, ""},
		{"wrong password", "kzmany", importer.Cluster{Addresses: at, CA: ca, Username: "reader", Password: "s3cre7"}, "refuses the credentials"},
		{"none", "kzmany", importer.Cluster{Addresses: at, CA: ca}, "refuses the credentials"},
		{"unknown CA", "kzmany", importer.Cluster{Addresses: at, Username: "reader", Password: "s3cret"}, "certificate is not trusted"},
		{"no CA", "kzmany", importer.Cluster{Addresses: at, CA: []byte("x")}, "not PEM"},
		{"no TLS there", "kzmany", importer.Cluster{Addresses: []string{"https://" + target.Host}}, "begins with http://"},
		{"nobody there", "kzmany", importer.Cluster{Addresses: []string{"http://user:s3cret@127.0.0.1:1"}}, "nothing answers"},
		{"no address", "kzmany", importer.Cluster{Addresses: []string{"127.0.0.1:9200"}}, "give each address as a URL"},
		{"no Kuzzle", "kznone", importer.Cluster{Addresses: []string{target.String()}}, "is it the cluster of a Kuzzle 2 server?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			p, _, err := b.bringSource(t, importer.Run{Source: c.cluster.Kuzzle(c.index)})
			if c.want == "" {
				if err != nil || p.Created != 6 {
					t.Errorf("got %+v, %v, want 6 created", p.Counts, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, importer.ErrCluster) {
				t.Errorf("got the error %v, want one with %q", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "s3cre") || strings.Contains(err.Error(), "\n")) {
				t.Errorf("the error holds a secret or several lines: %q", err)
			}
		})
	}
}
