package users_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/strategies"
)

func TestCaseSensitiveNames(t *testing.T) {
	b := accountstest.New(t, accountstest.CaseSensitive)
	b.Create(t, accountstest.Person("jane", "a first password"))
	b.Create(t, accountstest.Person("Jane", "another password"))
	_, err := b.Credentials.Create(t.Context(), accountstest.Admin, accountstest.Person("Jane", "a third password"))
	accountstest.WantFault(t, err, strategies.ErrTaken)
	for name, password := range map[string]string{"jane": "a first password", "Jane": "another password"} {
		if _, err := b.Login(t, name, password); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, password := range map[string]string{"JANE": "a first password", "jane ": "a first password", "Jane": "a first password"} {
		_, err := b.Login(t, name, password)
		accountstest.WantFault(t, err, strategies.ErrRefused)
	}
}

// TestNamingIsFixed checks that the rule of the first start stays.
func TestNamingIsFixed(t *testing.T) {
	for _, first := range []bool{false, true} {
		b := accountstest.New(t, func(opts *accounts.Options) { opts.CaseSensitive = first })
		b.Unboot(t)
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
	b := accountstest.New(t, accountstest.CaseSensitive)
	if err := b.Names.FixNaming(t.Context()); err == nil {
		t.Error("data without a record was taken for case-sensitive")
	}
	b.Names.CaseSensitive = false
	if err := b.Names.FixNaming(t.Context()); err != nil {
		t.Error(err)
	}
}
