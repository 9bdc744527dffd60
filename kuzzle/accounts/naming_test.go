package accounts_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

func caseSensitive(opts *accounts.Options) { opts.CaseSensitive = true }

func TestCaseSensitiveNames(t *testing.T) {
	b := newBench(t, caseSensitive)
	b.create(t, person("jane", "a first password"))
	b.create(t, person("Jane", "another password"))
	_, err := b.Credentials.Create(t.Context(), admin, person("Jane", "a third password"))
	wantFault(t, err, strategies.ErrTaken)
	for name, password := range map[string]string{"jane": "a first password", "Jane": "another password"} {
		if _, err := b.login(t, name, password); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, password := range map[string]string{"JANE": "a first password", "jane ": "a first password", "Jane": "a first password"} {
		_, err := b.login(t, name, password)
		wantFault(t, err, strategies.ErrRefused)
	}
}

// unboot makes a bench's data look as before its first start.
func (b *bench) unboot(t *testing.T) {
	t.Helper()
	doc, err := b.Users.Store.Get(t.Context(), storage.Profiles, profiles.Anonymous)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Users.Store.Commit(t.Context(), storage.Change{In: storage.Profiles, ID: doc.ID, If: doc.Rev}); err != nil {
		t.Fatal(err)
	}
}

// TestNamingIsFixed holds that the rule of the first start is the rule.
func TestNamingIsFixed(t *testing.T) {
	for _, first := range []bool{false, true} {
		b := newBench(t, func(opts *accounts.Options) { opts.CaseSensitive = first })
		b.unboot(t)
		for range 2 {
			if err := b.Names.FixNaming(t.Context()); err != nil {
				t.Errorf("begun with %t: %v", first, err)
			}
		}
		b.Names.CaseSensitive = !first
		err := b.Names.FixNaming(t.Context())
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("identifiers.caseSensitive is %t", !first)) {
			t.Errorf("begun with %t, started with %t: %v, want the setting and its value", first, !first, err)
		}
	}
}

func TestOlderDataHasFoldedNames(t *testing.T) {
	b := newBench(t, caseSensitive)
	if err := b.Names.FixNaming(t.Context()); err == nil {
		t.Error("data without a record was taken for case-sensitive")
	}
	b.Names.CaseSensitive = false
	if err := b.Names.FixNaming(t.Context()); err != nil {
		t.Error(err)
	}
}
