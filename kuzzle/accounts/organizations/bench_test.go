package organizations_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest/engines"
)

var prefixes = estest.NewPrefixes("organizations")

// office is a bench whose users are in organizations.
type office struct{ *accountstest.Bench }

func onEach(t *testing.T, test func(t *testing.T, o office)) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		test(t, office{accountstest.NewOn(t, store, nil)})
	})
}

// enter creates users without credentials, which needs no hash.
func (o office) enter(t *testing.T, kuids ...string) {
	t.Helper()
	for _, kuid := range kuids {
		o.Create(t, credentials.NewUser{ID: kuid, Content: map[string]any{"profileIds": []any{"default"}}})
	}
}

func (o office) found(t *testing.T, no organizations.NewOrganization) organizations.Organization {
	t.Helper()
	if no.Name == "" {
		no.Name = "Acme"
	}
	made, err := o.Organizations.Create(t.Context(), accountstest.Admin, no)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (o office) add(t *testing.T, organization, kuid, role string) error {
	t.Helper()
	_, err := o.Organizations.Members.Add(t.Context(), accountstest.Admin, organization, organizations.NewMember{Kuid: kuid, Role: role})
	return err
}

func (o office) mustAdd(t *testing.T, organization, role string, kuids ...string) {
	t.Helper()
	for _, kuid := range kuids {
		if err := o.add(t, organization, kuid, role); err != nil {
			t.Fatal(err)
		}
	}
}

// members returns the roles of an organization's members by kuid, from its list.
func (o office) members(t *testing.T, organization string) map[string]string {
	t.Helper()
	listed, total, err := o.Organizations.Members.List(t.Context(), organizations.Among{Organization: organization, Page: organizations.Page{Size: 1000}})
	if err != nil {
		t.Fatal(err)
	}
	if total != int64(len(listed)) {
		t.Errorf("%d memberships are listed, and %d counted", len(listed), total)
	}
	roles := map[string]string{}
	for _, m := range listed {
		roles[m.Kuid] = m.Role
	}
	return roles
}

// wantCounted checks that an organization's numbers are those of its list, and returns the roles by
// kuid.
func (o office) wantCounted(t *testing.T, organization string) map[string]string {
	t.Helper()
	roles, admins := o.members(t, organization), 0
	for _, role := range roles {
		if role == organizations.Admin {
			admins++
		}
	}
	now, err := o.Organizations.Organization(t.Context(), organization)
	if err != nil {
		t.Fatal(err)
	}
	if now.Members != len(roles) || now.Admins != admins {
		t.Errorf("%d members and %d administrators are counted, and there are %d and %d", now.Members, now.Admins, len(roles), admins)
	}
	return roles
}

// at runs functions concurrently, and returns their errors.
func at(n int, do func(i int) error) []error {
	var wait sync.WaitGroup
	ended := make([]error, n)
	for i := range ended {
		wait.Go(func() { ended[i] = do(i) })
	}
	wait.Wait()
	return ended
}

// wantOnly checks that each error is nil or one of the given ones, and returns the number of nils.
func wantOnly(t *testing.T, ended []error, allowed ...*fault.Kind) (done int) {
	t.Helper()
	for _, err := range ended {
		is := err == nil
		for _, kind := range allowed {
			is = is || errors.Is(err, kind)
		}
		if !is {
			t.Errorf("got %v", err)
		}
		if err == nil {
			done++
		}
	}
	return done
}

// through returns a new domain over a store before the bench's own.
func (o office) through(t *testing.T, store storage.Store) office {
	t.Helper()
	return office{o.Through(t, store, nil)}
}
