package accounts_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/exporter"
	files "github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/external"
	"github.com/gokuzzle/kuzzle/strategies/local"
)

// belonging is a dependent that records its calls.
type belonging struct {
	told []string
	// has maps users to their part.
	has map[string]any
}

var _ users.Dependent = (*belonging)(nil)

func (*belonging) Collections() []storage.Collection { return nil }

func (d *belonging) Ended(_ context.Context, kuid string) { d.told = append(d.told, "ended "+kuid) }

func (d *belonging) Sweep(_ context.Context, u *users.User) {
	d.told = append(d.told, fmt.Sprintf("swept %s of %t", u.Kuid, u.Incarnation != ""))
}

func (d *belonging) Clear(context.Context) error {
	d.told = append(d.told, "cleared")
	return nil
}

func (*belonging) Name() string { return "belonging" }

func (d *belonging) Export(_ context.Context, u *users.User, _ bool) (any, error) {
	return d.has[u.Kuid], nil
}

func (d *belonging) Restore(_ context.Context, kuid string, belongings any) error {
	if d.has == nil {
		d.has = map[string]any{}
	}
	d.has[kuid] = belongings
	return nil
}

// TestDependentsLeaveWithTheirUser checks that dependents' data is exported with users and
// restored, even if a row comes twice.
func TestDependentsLeaveWithTheirUser(t *testing.T) {
	b := accountstest.New(t, nil)
	b.Enter(t, "jdoe")
	from := &belonging{has: map[string]any{"jdoe": map[string]any{"team": "red"}}}
	b.Users.Depend(from)
	var file bytes.Buffer
	pages := func(ctx context.Context, after string) (exporter.Page, error) {
		written, next, err := b.Imports.Export(ctx, after, false)
		return exporter.Page{Users: written, Next: next}, err
	}
	if _, _, err := exporter.JSON(t.Context(), pages, &file); err != nil {
		t.Fatal(err)
	}
	other, to := accountstest.New(t, nil), &belonging{}
	other.Use(t, external.Name, external.New)
	other.Users.Depend(to)
	bring := func(text string) {
		report, err := files.OpenReport(filepath.Join(t.TempDir(), "report"), 0)
		if err != nil {
			t.Fatal(err)
		}
		defer report.Close()
		run := files.Run{From: strings.NewReader(text), Options: files.Options{Format: "json"}, Sink: files.Into(other.Accounts, accountstest.Admin), Report: report}
		if p, err := run.Do(t.Context()); err != nil || p.Failed > 0 {
			t.Fatalf("brought %+v, %v", p, err)
		}
	}
	for range 2 {
		to.has = nil
		bring(file.String())
		if diff := cmp.Diff(from.has, to.has); diff != "" {
			t.Errorf("brought (-want +got):\n%s\nof %s", diff, file.String())
		}
	}
	row := imports.Row{ID: "other", Content: map[string]any{"profileIds": []any{"default"}}}
	for _, name := range []string{"sessions", "flows", "", "nothing"} {
		row.Belongings = map[string]any{name: 1}
		results, err := other.Imports.Import(t.Context(), accountstest.Admin, imports.Import{}, []imports.Row{row})
		if err != nil || !errors.Is(results[0].Err, users.ErrBelongings) {
			t.Errorf("%s: %v, %v, want a refusal", name, results, err)
		}
		if _, err := other.Users.User(t.Context(), row.ID); !errors.Is(err, users.ErrUserNotFound) {
			t.Errorf("%s: the refused row left a user: %v", name, err)
		}
	}
}

// TestDependents checks that every end or deletion of a user reaches the dependents.
func TestDependents(t *testing.T) {
	ended, swept := []string{"ended jdoe"}, []string{"ended jdoe", "swept jdoe of true"}
	securities := imports.Securities{OnExisting: imports.OverwriteExisting, Users: map[string]any{
		"jdoe": map[string]any{"content": map[string]any{"profileIds": []any{"default"}}},
	}}
	row := func(b *accountstest.Bench, banned int64) imports.Row {
		return imports.Row{ID: "jdoe", Content: map[string]any{"profileIds": []any{"default"}}, Standing: users.Standing{BannedAt: banned}}
	}
	for _, test := range []struct {
		name string
		do   func(t *testing.T, b *accountstest.Bench, by users.Actor) error
		want []string
	}{
		{"a change of content", func(t *testing.T, b *accountstest.Bench, by users.Actor) error {
			_, err := b.Users.Update(t.Context(), accountstest.Admin, "jdoe", map[string]any{"a": 1.0}, users.Edit{})
			return err
		}, nil},
		{"a lock", func(t *testing.T, b *accountstest.Bench, by users.Actor) error {
			_, err := b.Users.Lock(t.Context(), accountstest.Admin, "jdoe", nil, false)
			return err
		}, nil},
		{"a ban", func(t *testing.T, b *accountstest.Bench, by users.Actor) error {
			_, err := b.Users.Ban(t.Context(), accountstest.Admin, "jdoe", false)
			return err
		}, ended},
		{"a logout everywhere", func(t *testing.T, b *accountstest.Bench, by users.Actor) error {
			return b.Sessions.Logout(t.Context(), by, true)
		}, ended},
		{"revokeTokens", func(t *testing.T, b *accountstest.Bench, by users.Actor) error {
			return b.Sessions.RevokeTokens(t.Context(), accountstest.Admin, "jdoe")
		}, ended},
		{"a password", func(t *testing.T, b *accountstest.Bench, by users.Actor) error {
			_, err := b.Credentials.UpdateCredentials(t.Context(), accountstest.Admin, "jdoe", "local", map[string]any{"password": "battery staple"}, false)
			return err
		}, ended},
		{"the end of a password", func(t *testing.T, b *accountstest.Bench, by users.Actor) error {
			return b.Credentials.DeleteCredentials(t.Context(), accountstest.Admin, "jdoe", "local", nil, false)
		}, ended},
		{"a reset by token", func(t *testing.T, b *accountstest.Bench, by users.Actor) error {
			made, err := b.Act(t, "getResetPasswordToken", strategies.Call{Args: map[string]any{"_id": "jdoe"}})
			if err != nil {
				return err
			}
			_, err = b.Act(t, "reset", strategies.Call{Body: map[string]any{"token": made.(local.ResetToken).ResetToken, "password": "battery staple"}})
			return err
		}, ended},
		{"an import that bans", func(t *testing.T, b *accountstest.Bench, by users.Actor) error {
			_, err := b.Imports.Import(t.Context(), accountstest.Admin, imports.Import{OnConflict: imports.ConflictMerge}, []imports.Row{row(b, imports.SincePresent)})
			return err
		}, ended},
		{"an import with credentials", func(t *testing.T, b *accountstest.Bench, by users.Actor) error {
			with := row(b, 0)
			with.Credentials = map[string]any{"external": map[string]any{"accounts": []any{"old:1"}}}
			how := imports.Import{OnConflict: imports.ConflictMerge, MergeCredentials: true}
			_, err := b.Imports.Import(t.Context(), accountstest.Admin, how, []imports.Row{with})
			return err
		}, ended},
		{"a load over the user", func(t *testing.T, b *accountstest.Bench, by users.Actor) error {
			return b.Imports.Load(t.Context(), accountstest.Admin, securities)
		}, swept},
		{"a deletion", func(t *testing.T, b *accountstest.Bench, by users.Actor) error {
			return b.Users.Delete(t.Context(), accountstest.Admin, "jdoe", false)
		}, swept},
		{"a reset of everything", func(t *testing.T, b *accountstest.Bench, by users.Actor) error {
			_, err := b.Care.Reset(t.Context(), accountstest.Admin)
			return err
		}, append(slices.Clone(swept), "cleared")},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := accountstest.NewImporting(t, nil)
			_, by := b.Enter(t, "jdoe")
			d := &belonging{}
			b.Users.Depend(d)
			if err := test.do(t, b, by); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, d.told); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCollectionsHaveOwners checks that every collection belongs to the instance, to users, or to a
// dependent that names it. Entries of the outbox about users, deleted ones included, expire.
func TestCollectionsHaveOwners(t *testing.T) {
	b := accountstest.New(t, nil)
	owned := []storage.Collection{storage.Users, storage.Profiles, storage.Roles, storage.Settings, storage.Outbox}
	for _, d := range b.Users.Dependents() {
		owned = append(owned, d.Collections()...)
	}
	for _, in := range storage.Collections {
		if !slices.Contains(owned, in) {
			t.Errorf("nobody removes what deleted users leave in %s: have a users.Dependent do it", in)
		}
	}
}
