package importer_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/token/tokentest"
	"github.com/gokuzzle/kuzzle/strategies/backupcode"
	"github.com/gokuzzle/kuzzle/strategies/local"
	"github.com/gokuzzle/kuzzle/strategies/totp"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		os.Exit(importAsChild(dir))
	}
	code := m.Run()
	stopNode()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

var admin = users.Actor{Kuid: "root", Open: true}

// bench is a domain over a real store.
type bench struct {
	*accounts.Accounts
	store storage.Store
}

func newBench(t testing.TB, dir string) *bench {
	t.Helper()
	store, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// Another folder is another instance, with a key of its own.
	return newBenchOn(t, store, dir)
}

// newBenchOn makes the domain over a store, which it closes, with the master key
// of an instance.
func newBenchOn(t testing.TB, store storage.Store, instance string) *bench {
	t.Helper()
	master := sha256.Sum256([]byte(instance))
	sealer, err := token.NewSealer(master[:])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b := accountstest.NewOn(t, store, func(o *accounts.Options) {
		o.Sealer, o.Sessions = sealer, token.NewSessions(token.NewKeyring(&tokentest.Keys{}, sealer, o.Now))
	})
	b.UseImporting(t)
	b.Use(t, totp.Name, totp.New)
	b.Use(t, backupcode.Name, backupcode.New)
	return &bench{b.Accounts, store}
}

func (b *bench) users() int64 {
	return b.store.Info(context.Background()).Counts[storage.Users]
}

// bring imports a text and answers the report.
func (b *bench) bring(t testing.TB, from io.Reader, o importer.Options) (importer.Progress, string, error) {
	t.Helper()
	return bringTo(t, importer.Into(b.Accounts, operator), from, o)
}

func bringTo(t testing.TB, sink importer.Sink, from io.Reader, o importer.Options) (importer.Progress, string, error) {
	t.Helper()
	var report bytes.Buffer
	run := importer.Run{From: from, Options: o, Sink: sink, Report: importer.NewReport(&report)}
	p, err := run.Do(t.Context())
	if closed := run.Report.Close(); closed != nil {
		t.Error(closed)
	}
	return p, report.String(), err
}

// refused returns the lines of a report about rows, without those about members of the file
// that have no meaning here.
func refused(report string) string {
	var lines strings.Builder
	for line := range strings.Lines(report) {
		if !strings.Contains(line, `"reason":"left out, because it has no meaning here`) {
			lines.WriteString(line)
		}
	}
	return lines.String()
}

func (b *bench) login(t testing.TB, name, password string) error {
	t.Helper()
	_, _, err := b.Logins.Login(t.Context(), users.Actor{Kuid: users.AnonymousKuid}, logins.Login{
		Strategy: local.Name, Credentials: map[string]any{"username": name, "password": password},
	})
	return err
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
