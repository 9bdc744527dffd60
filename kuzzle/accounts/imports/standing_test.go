package imports_test

import (
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// TestLocksMeet checks that of two locks the longer one stays, and that an expired lock is not
// imported.
func TestLocksMeet(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	hour := b.Now.Add(time.Hour).UnixMilli()
	brings := func(id string, was, row, want users.Standing) {
		t.Helper()
		first, second := accountstest.ImportedRow(id, "u"+id), accountstest.ImportedRow(id, "u"+id)
		first.Standing, second.Standing = was, row
		second.Content["name"] = "changed"
		kuid := merging(t, b, imports.Import{}, first, second)
		if got := b.Exported(t, kuid).Standing; got != want {
			t.Errorf("%s: got %+v, want %+v", id, got, want)
		}
	}
	begun := b.Now.UnixMilli() - 1000
	none, short, long, good := users.Standing{}, users.Standing{LockedAt: begun, LockedUntil: hour}, users.Standing{LockedAt: begun + 1, LockedUntil: hour + 1}, users.Standing{LockedAt: begun + 2}
	brings("1", none, short, short)
	brings("2", short, long, users.Standing{LockedAt: begun, LockedUntil: hour + 1})
	brings("3", long, short, long)
	brings("4", short, good, users.Standing{LockedAt: begun})
	brings("5", good, long, good)
	brings("6", good, none, good)
	brings("7", none, users.Standing{LockedAt: begun, LockedUntil: b.Now.UnixMilli()}, none)
	brings("8", short, users.Standing{BannedAt: begun}, users.Standing{BannedAt: begun, LockedAt: begun, LockedUntil: hour})
	brings("9", none, users.Standing{LockedUntil: hour}, users.Standing{LockedAt: b.Now.UnixMilli(), LockedUntil: hour})
}

// TestStandingTravels checks that an export has bans and locks, that an import restores them, and
// that a merge adds them and lifts none. A merged ban ends sessions.
func TestStandingTravels(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	row := accountstest.ImportedRow("1", "anna")
	row.Standing = users.Standing{BannedAt: imports.SincePresent, LockedAt: b.Now.UnixMilli() + 1e9}
	id := merging(t, b, imports.Import{}, accountstest.ImportedRow("1", "anna"), row)
	now := b.Now.UnixMilli()
	if got := b.Exported(t, id).Standing; got != (users.Standing{BannedAt: now, LockedAt: now}) {
		t.Errorf("brought: %+v", got)
	}
	_, err := b.Login(t, "anna", "password")
	accountstest.WantFault(t, err, users.ErrBanned)
	lifted := accountstest.ImportedRow("1", "anna")
	lifted.Content["name"] = "Anna"
	b.Bring(t, imports.Import{OnConflict: imports.ConflictMerge}, lifted)
	_, err = b.Login(t, "anna", "password")
	accountstest.WantFault(t, err, users.ErrBanned)

	b.Bring(t, imports.Import{}, accountstest.ImportedRow("2", "bert"))
	tok, err := b.Login(t, "bert", "password")
	if err != nil {
		t.Fatal(err)
	}
	banned := accountstest.ImportedRow("2", "bert")
	banned.Standing.BannedAt = imports.SincePresent
	b.Bring(t, imports.Import{OnConflict: imports.ConflictMerge}, banned)
	b.CheckTokens(t, false, tok)
}

// TestLoadingLiftsNoBan checks that a user who replaces a banned one is banned.
func TestLoadingLiftsNoBan(t *testing.T) {
	b := accountstest.New(t, nil)
	b.Enter(t, "jdoe")
	b.Ban(t, "jdoe")
	err := b.Imports.Load(t.Context(), accountstest.Admin, imports.Securities{OnExisting: imports.OverwriteExisting, Users: map[string]any{
		"jdoe": map[string]any{
			"content":     map[string]any{"profileIds": []any{"default"}},
			"credentials": map[string]any{"local": map[string]any{"username": "jdoe", "password": "battery staple"}},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Login(t, "jdoe", "battery staple")
	accountstest.WantFault(t, err, users.ErrBanned)
}

// TestPasswordChangeTravels checks that the note about a password is exported with its digest, and
// that a merge without credentials does not import it.
func TestPasswordChangeTravels(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	said := func(id string) string { return b.Exported(t, id).PasswordChange }
	bring := func(how imports.Import, row imports.Row) imports.RowResult {
		t.Helper()
		how.Source = "old"
		results, err := b.Imports.Import(t.Context(), accountstest.Admin, how, []imports.Row{row})
		if err != nil {
			t.Fatal(err)
		}
		return results[0]
	}
	row := accountstest.ImportedRow("1", "anna")
	row.PasswordChange = users.Compromised
	if got := said(bring(imports.Import{}, row).Kuid); got != users.Compromised {
		t.Errorf("brought: %q", got)
	}
	_, err := b.Login(t, "anna", "password")
	accountstest.WantFault(t, err, users.ErrCompromised)

	kuid := bring(imports.Import{}, accountstest.ImportedRow("2", "bert")).Kuid
	later := accountstest.ImportedRow("2", "bert")
	later.PasswordChange, later.Content["name"] = users.Compromised, "Bert"
	bring(imports.Import{OnConflict: imports.ConflictMerge}, later)
	if got := said(kuid); got != "" {
		t.Errorf("of a password that no merge touched: %q", got)
	}
	wrong := accountstest.ImportedRow("3", "carl")
	wrong.PasswordChange = "soon"
	accountstest.WantFault(t, bring(imports.Import{}, wrong).Err, assert.InvalidArgument)
}
