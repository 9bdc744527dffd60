package imports_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies/external"
)

func TestImport(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	anna, changed := accountstest.ImportedRow("1", "anna"), accountstest.ImportedRow("1", "anna")
	changed.Content["name"] = "Anna"
	clash := accountstest.ImportedRow("9", "ANNA")
	for _, step := range []struct {
		name  string
		how   imports.Import
		rows  []imports.Row
		want  []string
		users int64
	}{
		{"a dry run writes nothing", imports.Import{DryRun: true}, []imports.Row{anna}, []string{"created"}, 0},
		{"rows stand alone", imports.Import{}, []imports.Row{
			anna, clash, accountstest.ImportedRow("2", "bert"), accountstest.ImportedRow("2", "bert"),
			{Content: map[string]any{"profileIds": []any{"nobodys"}}},
			{Content: map[string]any{"profileIds": []any{}}},
			{Content: map[string]any{"profileIds": []any{"default"}}, Credentials: map[string]any{"magic": map[string]any{}}},
			{Content: map[string]any{"profileIds": []any{"default"}}, CreatedAt: time.Now().Add(24 * time.Hour)},
		}, []string{
			"created", "failed security.credentials.identifier_taken", "created", "unchanged",
			"failed security.profile.not_found", "failed security.user.no_profile",
			"failed security.credentials.unknown_strategy", "failed api.assert.invalid_argument",
		}, 2},
		{"the same again", imports.Import{}, []imports.Row{anna, accountstest.ImportedRow("2", "bert")}, []string{"unchanged", "unchanged"}, 2},
		{"a dry run of it", imports.Import{DryRun: true}, []imports.Row{anna, clash}, []string{"unchanged", "failed security.credentials.identifier_taken"}, 2},
		{"another row of the same key", imports.Import{}, []imports.Row{changed}, []string{"failed security.import.user_differs"}, 2},
		{"skipped", imports.Import{OnConflict: imports.ConflictSkip}, []imports.Row{changed}, []string{"skipped security.import.user_differs"}, 2},
		{"merged", imports.Import{OnConflict: imports.ConflictMerge}, []imports.Row{changed}, []string{"merged"}, 2},
		{"merged before", imports.Import{OnConflict: imports.ConflictMerge}, []imports.Row{changed}, []string{"unchanged"}, 2},
	} {
		t.Run(step.name, func(t *testing.T) {
			if diff := cmp.Diff(step.want, b.Bring(t, step.how, step.rows...)); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
			if got := b.Count(t); got != step.users {
				t.Errorf("got %d users, want %d", got, step.users)
			}
		})
	}
	if _, err := b.Login(t, "anna", "password"); err != nil {
		t.Errorf("the password that was brought: %v", err)
	}
}

// TestMergeCredentials checks that a merge changes credentials only on request, and that the
// sessions end then.
func TestMergeCredentials(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	row := accountstest.ImportedRow("1", "anna")
	b.Bring(t, imports.Import{}, row)
	token, err := b.Login(t, "anna", "password")
	if err != nil {
		t.Fatal(err)
	}
	row.Credentials = map[string]any{
		"local":    map[string]any{"username": "anna", "password": "another"},
		"external": map[string]any{"accounts": []any{"old:1", "google:7"}},
	}
	how := imports.Import{OnConflict: imports.ConflictMerge}
	b.Bring(t, how, row)
	if _, err := b.Login(t, "anna", "another"); err == nil {
		t.Error("a merge changed the password")
	}
	if _, err := b.Credentials.CredentialsByID(t.Context(), "google:7", "external"); err == nil {
		t.Error("a merge linked an account")
	}
	row.Content["again"] = true
	how.MergeCredentials = true
	if got := b.Bring(t, how, row); got[0] != "merged" {
		t.Fatalf("got %v, want merged", got)
	}
	if _, err := b.Login(t, "anna", "another"); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if _, err := b.Sessions.CheckToken(t.Context(), token); err == nil {
		t.Error("a session outlived its password")
	}
	b.Store.Refresh(t.Context(), storage.Users)
	if _, err := b.Credentials.CredentialsByID(t.Context(), "google:7", "external"); err != nil {
		t.Errorf("the linked account is not found: %v", err)
	}
}

// TestImportKeeps checks that all parts of a row are stored, that private data is not shown, and
// that second factors cannot be read in the store.
func TestImportKeeps(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	row := accountstest.ImportedRow("1", "anna")
	row.CreatedAt = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	row.Private = map[string]any{"plan": "classified"}
	row.Factors = map[string]any{"totpSecret": "JBSWY3DPEHPK3PXP"}
	results, err := b.Imports.Import(t.Context(), accountstest.Admin, imports.Import{}, []imports.Row{row})
	if err != nil || results[0].Err != nil {
		t.Fatal(err, results[0].Err)
	}
	kuid := results[0].Kuid
	u, err := b.Users.User(t.Context(), kuid)
	if err != nil {
		t.Fatal(err)
	}
	var content struct {
		Info struct{ CreatedAt int64 } `json:"_kuzzle_info"`
	}
	if err := json.Unmarshal(u.Content, &content); err != nil || content.Info.CreatedAt != row.CreatedAt.UnixMilli() {
		t.Errorf("got createdAt %d (%v), want %d", content.Info.CreatedAt, err, row.CreatedAt.UnixMilli())
	}
	doc, err := b.Store.Get(t.Context(), storage.Users, kuid)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"classified", "JBSWY3DPEHPK3PXP", accountstest.MD5OfPassword} {
		for name, part := range map[string]json.RawMessage{"content": doc.Content, "account": doc.Account} {
			if bytes.Contains(part, []byte(secret)) {
				t.Errorf("%s holds %s", name, secret)
			}
		}
	}
	if bytes.Contains(doc.Auth, []byte("JBSWY3DPEHPK3PXP")) || bytes.Contains(doc.Auth, []byte(accountstest.MD5OfPassword)) {
		t.Error("a second factor or a weak digest lies open in the store")
	}
	factors, err := b.Imports.Factors(t.Context(), kuid)
	if err != nil || factors["totpSecret"] != "JBSWY3DPEHPK3PXP" {
		t.Errorf("got factors %v, %v", factors, err)
	}
	// Another change of the user keeps them.
	if _, err := b.Users.Update(t.Context(), accountstest.Admin, kuid, map[string]any{"x": 1.0}, users.Edit{}); err != nil {
		t.Fatal(err)
	}
	if factors, _ = b.Imports.Factors(t.Context(), kuid); factors["totpSecret"] != "JBSWY3DPEHPK3PXP" {
		t.Error("an update lost the second factor")
	}
}

// TestImportEvents checks that a batch has one event.
func TestImportEvents(t *testing.T) {
	var mu sync.Mutex
	var got []events.Data
	bus := events.NewBus(nil, time.Now)
	bus.Subscribe(events.All, func(_ context.Context, e events.Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Name != events.UserImported {
			t.Errorf("got an event %s", e.Name)
		}
		got = append(got, e.Data)
	})
	b := accountstest.NewImporting(t, func(o *accounts.Options) { o.Events = bus })
	rows := []imports.Row{accountstest.ImportedRow("1", "anna"), accountstest.ImportedRow("2", "anna")}
	for i := range 1000 {
		rows = append(rows, accountstest.ImportedRow(fmt.Sprint("n", i), fmt.Sprint("name", i)))
	}
	b.Bring(t, imports.Import{Source: "old"}, rows...)
	mu.Lock()
	defer mu.Unlock()
	want := []events.Data{{events.Count: 1001, events.Failures: 1, events.Source: "old"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestImportsTellOfRights checks that all rows of a batch with the same further profiles share one
// event, and that rows with only everybody's rights have none.
func TestImportsTellOfRights(t *testing.T) {
	var mu sync.Mutex
	var got []events.Data
	bus := events.NewBus(nil, time.Now)
	bus.Subscribe(events.RightsGranted, func(_ context.Context, e events.Event) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, e.Data)
	})
	b := accountstest.NewImporting(t, func(o *accounts.Options) { o.Events = bus })
	rows := []imports.Row{accountstest.ImportedRow("1", "anna"), accountstest.ImportedRow("2", "bert"), accountstest.ImportedRow("3", "carl")}
	for i := range rows {
		rows[i].ID = []string{"anna", "bert", "carl"}[i]
	}
	rows[1].Content["profileIds"] = []any{"default", "admin"}
	rows[2].Content["profileIds"] = []any{"admin"}
	b.Bring(t, imports.Import{}, rows...)
	mu.Lock()
	defer mu.Unlock()
	want := []events.Data{{events.ProfileIDs: []string{"admin"}, events.UserIDs: []string{"bert", "carl"}, events.Count: 2}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestExternalIsNotForUsers checks that users cannot link accounts themselves.
func TestExternalIsNotForUsers(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	results, err := b.Imports.Import(t.Context(), accountstest.Admin, imports.Import{}, []imports.Row{accountstest.ImportedRow("1", "anna")})
	if err != nil {
		t.Fatal(err)
	}
	self := users.Actor{Kuid: results[0].Kuid, Self: true}
	if _, err := b.Credentials.UpdateCredentials(t.Context(), self, self.Kuid, "external", map[string]any{"accounts": []any{"google:victim"}}, false); !errors.Is(err, external.ErrSelf) {
		t.Errorf("got %v, want plugin.external.not_proven", err)
	}
	// Accounts are case-sensitive, like providers' ids.
	upper, lower := accountstest.ImportedRow("ABC", "carl"), accountstest.ImportedRow("abc", "dora")
	if diff := cmp.Diff([]string{"created", "created"}, b.Bring(t, imports.Import{}, upper, lower)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if err := b.Credentials.DeleteCredentials(t.Context(), self, self.Kuid, "external", nil, false); err != nil {
		t.Errorf("deleting one's own: %v", err)
	}
}

// TestImporterKeepsTheOrder checks that of equal keys the first row wins, even if the batches of
// both are in progress at the same time.
func TestImporterKeepsTheOrder(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	im := b.Imports.Importer(accountstest.Admin)
	const batches, users = 5, 700 // more than one write has
	var finish []func() ([]imports.RowResult, error)
	for n := range batches {
		rows := make([]imports.Row, users)
		for i := range rows {
			rows[i] = accountstest.ImportedRow(fmt.Sprint(i), fmt.Sprintf("user%d", i))
			rows[i].Content["batch"] = float64(n)
		}
		finish = append(finish, im.Begin(t.Context(), imports.Import{OnConflict: imports.ConflictSkip}, rows))
	}
	for n, wait := range finish {
		results, err := wait()
		if err != nil {
			t.Fatal(err)
		}
		want := imports.RowSkipped
		if n == 0 {
			want = imports.RowCreated
		}
		for i, r := range results {
			if r.Status != want {
				t.Fatalf("batch %d, row %d: got %s (%v), want %s", n, i, r.Status, r.Err, want)
			}
		}
	}
	if got := b.Count(t); got != users {
		t.Errorf("got %d users, want %d", got, users)
	}
}
