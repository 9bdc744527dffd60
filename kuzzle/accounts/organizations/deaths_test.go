package organizations_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// TestDeaths: at whatever commit of a change of members the process is killed, another process's
// upkeep completes it. Then the numbers are right, an administrator exists, a deleted organization
// has left nothing, and all members can be changed.
func TestDeaths(t *testing.T) {
	type world struct {
		office
		acme string
	}
	for name, test := range map[string]struct {
		do func(w world, through office) error
		// want checks the state after the upkeep.
		want func(t *testing.T, w world)
	}{
		"an addition": {
			do: func(w world, through office) error { return through.add(t, w.acme, "dora", organizations.Admin) },
		},
		"a removal": {
			do: func(w world, through office) error {
				_, err := through.Organizations.Members.Remove(t.Context(), accountstest.Admin, w.acme, "bert")
				return err
			},
		},
		"a former administrator": {
			do: func(w world, through office) error {
				_, err := through.Organizations.Members.SetRole(t.Context(), accountstest.Admin, w.acme, "bert", organizations.Member)
				return err
			},
		},
		"a new administrator": {
			do: func(w world, through office) error {
				_, err := through.Organizations.Members.SetRole(t.Context(), accountstest.Admin, w.acme, "cleo", organizations.Admin)
				return err
			},
		},
		"a founding": {
			do: func(w world, through office) error {
				_, err := through.Organizations.Create(t.Context(), accountstest.Admin, organizations.NewOrganization{Name: "New", Slug: "new", CreatedBy: "dora"})
				return err
			},
			want: func(t *testing.T, w world) {
				made, err := w.Organizations.Find(t.Context(), "new")
				if err != nil {
					return // the organization was not created
				}
				if roles := w.wantCounted(t, made.ID); roles["dora"] != organizations.Admin {
					t.Errorf("the founder is not administrator among %v", roles)
				}
			},
		},
		"a deletion": {
			do: func(w world, through office) error {
				_, err := through.Organizations.Delete(t.Context(), accountstest.Admin, w.acme)
				return err
			},
			want: func(t *testing.T, w world) {
				if _, err := w.Organizations.Organization(t.Context(), w.acme); err != nil {
					w.wantNothing(t, w.acme, "anna", "bert", "cleo")
				}
			},
		},
		"a leaving user": {
			do: func(w world, through office) error {
				return through.Users.Delete(t.Context(), accountstest.Admin, "bert", false)
			},
			want: func(t *testing.T, w world) {
				if _, err := w.Users.Read(t.Context(), "bert"); err != nil && w.members(t, w.acme)["bert"] != "" {
					t.Error("a deleted user is a member")
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 0; ; n++ {
				w := world{office: office{accountstest.New(t, nil)}}
				w.enter(t, "anna", "bert", "cleo", "dora")
				w.acme = w.found(t, organizations.NewOrganization{CreatedBy: "anna"}).ID
				w.mustAdd(t, w.acme, organizations.Admin, "bert")
				w.mustAdd(t, w.acme, organizations.Member, "cleo")
				store := &accountstest.Dying{Store: w.Store, Left: n / 2, After: n%2 == 1}
				err := test.do(w, w.through(t, store))
				if !store.Dead {
					if err != nil {
						t.Fatal(err)
					}
					return
				}
				w.recovers(t, fmt.Sprintf("killed at commit %d, after it %t", n/2, store.After), func() {
					if test.want != nil {
						test.want(t, w)
					}
					if _, err := w.Organizations.Organization(t.Context(), w.acme); err == nil {
						w.wantUsable(t, w.acme)
					}
				})
			}
		})
	}
}

// recovers runs the upkeep twice, and checks the result.
func (o office) recovers(t *testing.T, when string, judge func()) {
	t.Helper()
	for _, of := range storage.Collections {
		if err := o.Store.Refresh(t.Context(), of); err != nil {
			t.Fatal(err)
		}
	}
	o.Advance(2 * time.Minute)
	if _, err := o.Organizations.Upkeep(t.Context()); err != nil {
		t.Errorf("%s: %v", when, err)
	}
	if n, err := o.Organizations.Upkeep(t.Context()); n != 0 || err != nil {
		t.Errorf("%s: the upkeep leaves %d for the next, %v", when, n, err)
	}
	judge()
	if t.Failed() {
		t.Fatal(when)
	}
}

// wantUsable checks that an organization counts right, has an administrator, and lets its members
// be changed.
func (o office) wantUsable(t *testing.T, organization string) {
	t.Helper()
	roles := o.wantCounted(t, organization)
	if roles["anna"] != organizations.Admin {
		t.Errorf("no administrator among %v", roles)
	}
	for _, kuid := range []string{"bert", "cleo", "dora"} {
		if _, err := o.Users.Read(t.Context(), kuid); err != nil {
			continue
		}
		if roles[kuid] == "" {
			if err := o.add(t, organization, kuid, organizations.Member); err != nil {
				t.Errorf("%s cannot be added: %v", kuid, err)
			}
		}
		if _, err := o.Organizations.Members.Remove(t.Context(), accountstest.Admin, organization, kuid); err != nil {
			t.Errorf("%s cannot be removed: %v", kuid, err)
		}
	}
	if roles := o.wantCounted(t, organization); len(roles) != 1 {
		t.Errorf("left are %v", roles)
	}
}
