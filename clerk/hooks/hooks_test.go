package hooks_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest/engines"
)

var prefixes = estest.NewPrefixes("hooks")

// dying is a process's connection to the store. The process is killed at one of its
// commits: before it, or after it.
type dying struct {
	storage.Store
	mu          sync.Mutex
	left        int
	after, dead bool
}

var errDead = errors.New("killed")

func (d *dying) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left--; d.left >= 0 && !d.dead {
		return d.Store.Commit(ctx, change)
	}
	if d.after && !d.dead {
		if _, err := d.Store.Commit(ctx, change); err != nil {
			return storage.Rev{}, err
		}
	}
	d.dead = true
	return storage.Rev{}, errDead
}

func (d *dying) CommitMany(ctx context.Context, changes []storage.Change) []storage.Result {
	results := make([]storage.Result, len(changes))
	for i := range changes {
		results[i].Rev, results[i].Err = d.Commit(ctx, changes[i])
	}
	return results
}

const password = "correct horse"

// act is an action on a user of that name, or on an organization with the user's name.
// prepare, which may be nil, makes what it needs.
type act struct {
	name    string
	prepare func(t *testing.T, n *node, name string) string
	do      func(t *testing.T, n *node, name, with string) error
}

// entered makes a user with a session and a second one, and returns the id of the latter.
func entered(t *testing.T, n *node, name string) string {
	n.Enter(t, name)
	_, by := n.Enter(t, name)
	return by.SessionID
}

// logout ends a session, or all of its user's.
func logout(everywhere bool) func(t *testing.T, n *node, name, id string) error {
	return func(t *testing.T, n *node, name, id string) error {
		return n.Sessions.Logout(t.Context(), users.Actor{Kuid: name, SessionID: id}, everywhere)
	}
}

// founded makes an organization of three: its founder, another administrator and a member.
func founded(t *testing.T, n *node, name string) string {
	for _, suffix := range []string{"", "-2", "-3", "-4"} {
		n.Create(t, credentials.NewUser{ID: name + suffix, Content: map[string]any{"profileIds": []any{"default"}}})
	}
	o, err := n.Organizations.Create(t.Context(), accountstest.Admin, organizations.NewOrganization{Name: name, CreatedBy: name})
	for suffix, role := range map[string]string{"-2": organizations.Admin, "-3": organizations.Member} {
		if err == nil {
			_, err = n.Organizations.Members.Add(t.Context(), accountstest.Admin, o.ID, organizations.NewMember{Kuid: name + suffix, Role: role})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return o.ID
}

// invited is founded with an invitation, whose id stands behind a blank.
func invited(t *testing.T, n *node, name string) string {
	id := founded(t, n, name)
	i, err := n.Organizations.Invitations.Invite(t.Context(), accountstest.Admin, id, organizations.NewInvitation{Email: name + "@example.com", Role: organizations.Member})
	if err != nil {
		t.Fatal(err)
	}
	return id + " " + i.ID
}

func split(with string) (organization, invitation string) {
	_, _ = fmt.Sscan(with, &organization, &invitation)
	return organization, invitation
}

// acts are all actions with a change that somebody is notified of.
func acts() []act {
	admin := accountstest.Admin
	person := func(t *testing.T, n *node, name string) string {
		nu := accountstest.Person(name, password)
		nu.ID = name
		n.Create(t, nu)
		return ""
	}
	return []act{
		{"a creation", nil, func(t *testing.T, n *node, name, _ string) error {
			nu := accountstest.Person(name, password)
			nu.ID = name
			_, err := n.Credentials.Create(t.Context(), admin, nu)
			return err
		}},
		{"a change", person, func(t *testing.T, n *node, name, _ string) error {
			_, err := n.Users.Update(t.Context(), admin, name, map[string]any{"a": 1}, users.Edit{})
			return err
		}},
		{"metadata", person, func(t *testing.T, n *node, name, _ string) error {
			_, err := n.Users.UpdateMetadata(t.Context(), admin, name, map[string]any{"private": map[string]any{"crm": 7}}, 0)
			return err
		}},
		{"an import", nil, func(t *testing.T, n *node, name, _ string) error {
			rows := []imports.Row{{ID: name, Content: map[string]any{"profileIds": []any{"default"}}}, {ID: name + "-2", Content: map[string]any{"profileIds": []any{"default"}}}}
			_, err := n.Imports.Import(t.Context(), admin, imports.Import{}, rows)
			return err
		}},
		{"a merge", person, func(t *testing.T, n *node, name, _ string) error {
			rows := []imports.Row{{ID: name, Content: map[string]any{"b": 2}, Metadata: map[string]any{"public": map[string]any{"plan": "pro"}}}}
			_, err := n.Imports.Import(t.Context(), admin, imports.Import{OnConflict: imports.ConflictMerge}, rows)
			return err
		}},
		{"a user put in place of another", entered, func(t *testing.T, n *node, name, _ string) error {
			return n.Imports.Load(t.Context(), admin, imports.Securities{
				Users: map[string]any{name: map[string]any{"content": map[string]any{"profileIds": []any{"default"}}}}, OnExisting: imports.OverwriteExisting,
			})
		}},
		{"a login", person, func(t *testing.T, n *node, name, _ string) error {
			_, err := n.Login(t, name, password)
			return err
		}},
		{"a logout", entered, logout(false)},
		{"a logout with what the session made", func(t *testing.T, n *node, name string) string {
			n.Enter(t, name)
			_, by := n.Enter(t, name)
			n.MakeToken(t, by, nil)
			return by.SessionID
		}, logout(false)},
		{"a logout everywhere", entered, logout(true)},
		{"a ban", entered, func(t *testing.T, n *node, name, _ string) error {
			_, err := n.Users.Ban(t.Context(), admin, name, false)
			return err
		}},
		{"a password", entered, func(t *testing.T, n *node, name, _ string) error {
			_, err := n.Credentials.UpdateCredentials(t.Context(), admin, name, "local", map[string]any{"password": "another horse"}, false)
			return err
		}},
		{"a deletion", entered, func(t *testing.T, n *node, name, _ string) error {
			return n.Users.Delete(t.Context(), admin, name, false)
		}},
		{"a founding", person, func(t *testing.T, n *node, name, _ string) error {
			_, err := n.Organizations.Create(t.Context(), admin, organizations.NewOrganization{Name: name, CreatedBy: name})
			return err
		}},
		{"another name", founded, func(t *testing.T, n *node, name, id string) error {
			next := name + " Inc."
			_, err := n.Organizations.Update(t.Context(), admin, id, organizations.Change{Name: &next})
			return err
		}},
		{"an addition", founded, func(t *testing.T, n *node, name, id string) error {
			_, err := n.Organizations.Members.Add(t.Context(), admin, id, organizations.NewMember{Kuid: name + "-4", Role: organizations.Member})
			return err
		}},
		{"another role", founded, func(t *testing.T, n *node, name, id string) error {
			_, err := n.Organizations.Members.SetRole(t.Context(), admin, id, name+"-2", organizations.Member)
			return err
		}},
		{"a removal", founded, func(t *testing.T, n *node, name, id string) error {
			_, err := n.Organizations.Members.Remove(t.Context(), admin, id, name+"-2")
			return err
		}},
		{"a member who leaves for good", founded, func(t *testing.T, n *node, name, _ string) error {
			return n.Users.Delete(t.Context(), admin, name+"-3", false)
		}},
		{"an invitation", founded, func(t *testing.T, n *node, name, id string) error {
			_, err := n.Organizations.Invitations.Invite(t.Context(), admin, id, organizations.NewInvitation{Email: name + "@example.com", Role: organizations.Member})
			return err
		}},
		{"a revocation", invited, func(t *testing.T, n *node, _, with string) error {
			id, invitation := split(with)
			_, err := n.Organizations.Invitations.Revoke(t.Context(), admin, id, invitation)
			return err
		}},
		{"an acceptance", invited, func(t *testing.T, n *node, name, with string) error {
			id, invitation := split(with)
			_, err := n.Organizations.Invitations.Accept(t.Context(), admin, id, invitation, name+"-4")
			return err
		}},
		{"the end of an organization", invited, func(t *testing.T, n *node, _, with string) error {
			id, _ := split(with)
			_, err := n.Organizations.Delete(t.Context(), admin, id)
			return err
		}},
	}
}

func (a act) prepared(t *testing.T, n *node, name string) string {
	if a.prepare == nil {
		return ""
	}
	return a.prepare(t, n, name)
}

// TestDeaths: a process is killed at every commit with a change. Afterwards the notified
// program knows everything that was changed, and nothing else.
func TestDeaths(t *testing.T) {
	for _, a := range acts() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			store := sqlitetest.Open(t)
			healthy, r := newNode(t, store, nil, "healthy"), newReplica(t)
			healthy.follows(t, r)
			for commit := 0; ; commit++ {
				name := fmt.Sprint("user", commit)
				with := a.prepared(t, healthy, name)
				way := &dying{Store: store, left: commit / 2, after: commit%2 == 1}
				err := a.do(t, newNode(t, store, way, "victim"), name, with)
				if !way.dead {
					if err != nil {
						t.Fatal(err)
					}
					healthy.told(t, "in the end", r)
					return
				}
				upkeep := newNode(t, store, nil, "upkeep")
				upkeep.Advance(2 * time.Minute)
				if _, err := upkeep.Organizations.Upkeep(t.Context()); err != nil {
					t.Fatal(err)
				}
				healthy.told(t, fmt.Sprintf("killed at commit %d, after it %t", commit/2, way.after), r)
			}
		})
	}
}

// TestNodes: two processes change all kinds of things at once, including the same ones,
// and in the end the notified program knows the present state.
func TestNodes(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		r := newReplica(t)
		one, two := newNode(t, store, nil, "one"), newNode(t, store, nil, "two")
		one.follows(t, r)
		if err := two.hooks.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		const crowd = 4
		shared := founded(t, one, "shared")
		var all sync.WaitGroup
		for i, a := range acts() {
			name := fmt.Sprint("user", i)
			with := a.prepared(t, one, name)
			all.Go(func() {
				if err := a.do(t, []*node{one, two}[i%2], name, with); err != nil {
					t.Errorf("%s: %v", a.name, err)
				}
			})
		}
		for i := range crowd {
			n := []*node{one, two}[i%2]
			all.Go(func() { // several do the same; one succeeds or none
				for round := range 3 {
					_, _ = n.Users.Update(t.Context(), accountstest.Admin, "shared", map[string]any{"n": round*crowd + i}, users.Edit{Retries: 20})
					_, _ = n.Organizations.Members.Add(t.Context(), accountstest.Admin, shared, organizations.NewMember{Kuid: "shared-4", Role: organizations.Member})
					_, _ = n.Organizations.Members.SetRole(t.Context(), accountstest.Admin, shared, "shared-3", []string{organizations.Admin, organizations.Member}[(round+i)%2])
					_, _ = n.Organizations.Members.Remove(t.Context(), accountstest.Admin, shared, "shared-4")
				}
			})
		}
		all.Wait()
		one.told(t, "in the end", r)
	})
}
