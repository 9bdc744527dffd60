package hooks_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/clerk/hooks"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token/tokentest"
	"github.com/gokuzzle/kuzzle/kuzzle/webhooks"
)

// copied is the knowledge of a program that keeps a copy of everything it is notified
// of.
type copied struct {
	Users         map[string]map[string]any
	Sessions      map[string]string // by id, whose
	Organizations map[string]string // by id, the name
	Members       map[string]string // by organization/user, the role
	Invitations   map[string]string // those that are open, by id, whereto
}

func newCopied() copied {
	return copied{map[string]map[string]any{}, map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}}
}

// replica is that program.
type replica struct {
	t      *testing.T
	server *httptest.Server

	mu   sync.Mutex
	seen map[string]bool
	// made counts how often each was notified as created, and not deleted since.
	made map[string]int
	// gone are organizations of which nothing counts any more.
	gone    map[string]bool
	has     copied
	changed chan struct{}
}

func newReplica(t *testing.T) *replica {
	r := &replica{t: t, seen: map[string]bool{}, made: map[string]int{}, gone: map[string]bool{}, has: newCopied(), changed: make(chan struct{}, 1)}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

// ServeHTTP implements http.Handler.
func (r *replica) ServeHTTP(_ http.ResponseWriter, req *http.Request) {
	text, _ := io.ReadAll(req.Body)
	var m struct {
		Type string
		Data map[string]any
	}
	if err := json.Unmarshal(text, &m); err != nil {
		r.t.Error(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if id := req.Header.Get("svix-id"); !r.seen[id] {
		r.seen[id] = true
		r.take(m.Type, m.Data)
	}
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

func (r *replica) take(kind string, data map[string]any) {
	text := func(name string) string { value, _ := data[name].(string); return value }
	id := text("id")
	thing, what, _ := strings.Cut(kind, ".")
	if what == "created" {
		r.made[id]++
	}
	switch thing {
	case "user":
		if what == "deleted" {
			delete(r.has.Users, id)
			r.made[id]--
			return
		}
		r.has.Users[id] = lasting(data)
	case "session":
		if what == "created" {
			r.has.Sessions[id] = text("user_id")
			return
		}
		delete(r.has.Sessions, id)
	case "organization":
		if what == "deleted" {
			delete(r.has.Organizations, id)
			r.gone[id] = true
			maps.DeleteFunc(r.has.Members, func(key, _ string) bool { return strings.HasPrefix(key, id+"/") })
			maps.DeleteFunc(r.has.Invitations, func(_, of string) bool { return of == id })
			return
		}
		r.has.Organizations[id] = text("name")
	case "organizationMembership":
		inside, _ := data["organization"].(map[string]any)
		person, _ := data["public_user_data"].(map[string]any)
		key := inside["id"].(string) + "/" + person["user_id"].(string)
		if what == "deleted" || r.gone[inside["id"].(string)] {
			delete(r.has.Members, key)
			return
		}
		r.has.Members[key] = text("role")
	case "organizationInvitation":
		if of := text("organization_id"); what == "created" && !r.gone[of] {
			r.has.Invitations[id] = of
			return
		}
		delete(r.has.Invitations, id)
	default:
		r.t.Errorf("told of %s", kind)
	}
}

// lasting returns a user without the parts whose changes are not notified.
func lasting(user map[string]any) map[string]any {
	user = maps.Clone(user)
	for _, name := range []string{"last_sign_in_at", "last_active_at", "verification_attempts_remaining", "lockout_expires_in_seconds"} {
		delete(user, name)
	}
	return user
}

// node is one process: the domain, and the sender of messages.
type node struct {
	*accountstest.Bench
	hooks *webhooks.Webhooks
	make  resource.Maker
}

// told is the domain's outbox.
type told struct{ *hooks.Outbox }

var _ accounts.Outbox = told{}

// Messages implements users.Outbox.
func (t told) Messages(of users.Told) ([]storage.Document, error) { return t.User(of) }

// newNode is a process on a store, whose domain reaches it through another if that is
// not nil.
func newNode(t *testing.T, store, through storage.Store, name string) *node {
	t.Helper()
	sealer := tokentest.Sealer(t)
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	n := &node{hooks: webhooks.New(webhooks.Options{
		Store: store, Sealer: sealer, Client: client, Private: true, TryFor: time.Hour, MaxWaiting: 10_000,
		Node: name, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})}
	outbox := hooks.New(n.hooks, sealer.Derive)
	n.Bench = accountstest.NewOn(t, store, func(o *accounts.Options) {
		if through != nil {
			accountstest.Through(o, through)
		}
		o.Outbox = told{outbox}
	})
	n.make = resource.Maker{Registry: n.Registry, Now: time.Now, Rules: new(rules.InForce)}
	n.make.Rules.Set(rules.Rules{})
	outbox.Tell(n.Accounts, n.make, resource.Organizations{
		Image: func(*users.User) string { return "" }, Logo: func(*organizations.Organization) string { return "" },
	})
	if err := n.hooks.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n
}

// follows notifies a replica of everything on a node, until the test ends.
func (n *node) follows(t *testing.T, r *replica) {
	t.Helper()
	if _, err := n.hooks.Create(t.Context(), r.server.URL, hooks.Format.Name, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { n.hooks.Run(ctx) })
	t.Cleanup(func() { cancel(); ended.Wait() })
}

// truth returns the present state.
func (n *node) truth(t *testing.T) copied {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	has := newCopied()
	each := func(in storage.Collection, use func(doc storage.Document)) {
		t.Helper()
		must(n.Store.Refresh(t.Context(), in))
		walker := storage.NewWalker(n.Store, in)
		for {
			page, err := walker.Next(t.Context())
			if must(err); len(page) == 0 {
				return
			}
			for i := range page {
				use(page[i].Document)
			}
		}
	}
	each(storage.Users, func(doc storage.Document) {
		u, err := users.ReadUser(doc)
		must(err)
		shown, err := n.make.User(u)
		must(err)
		text, err := json.Marshal(shown)
		must(err)
		var read map[string]any
		must(json.Unmarshal(text, &read))
		has.Users[u.Kuid] = lasting(read)
	})
	each(storage.Sessions, func(doc storage.Document) {
		s, err := sessions.Manage(n.Sessions).Find(t.Context(), doc.ID)
		if !errors.Is(err, storage.ErrNotFound) {
			must(err)
			has.Sessions["sess_"+strings.ReplaceAll(doc.ID, "-", "")] = s.Kuid
		}
	})
	each(storage.Organizations, func(doc storage.Document) {
		o, err := n.Organizations.Organization(t.Context(), doc.ID)
		if !errors.Is(err, organizations.ErrNotFound) {
			must(err)
			has.Organizations[o.ID] = o.Name
		}
	})
	must(n.Store.Refresh(t.Context(), storage.Memberships))
	must(n.Store.Refresh(t.Context(), storage.OrganizationInvitations))
	all := organizations.Page{Size: 1000}
	members, _, err := n.Organizations.Members.List(t.Context(), organizations.Among{Page: all})
	must(err)
	for _, m := range members {
		has.Members[m.Organization+"/"+m.Kuid] = m.Role
	}
	open, _, err := n.Organizations.Invitations.List(t.Context(), organizations.Invited{Statuses: []string{organizations.Pending}, Page: all})
	must(err)
	for _, i := range open {
		has.Invitations[i.ID] = i.Organization
	}
	return has
}

// told waits until the node has notified everything, and compares the replica with the
// present state. Each creation is notified once.
func (n *node) told(t *testing.T, what string, r *replica) {
	t.Helper()
	for late := time.Now().Add(2 * time.Minute); n.waits(t); {
		if time.Now().After(late) {
			t.Fatalf("%s: messages wait", what)
		}
		n.hooks.Written()
		select {
		case <-r.changed:
		case <-time.After(10 * time.Millisecond):
		}
	}
	// A process's caches lag behind the changes of other processes.
	want := newNode(t, n.Store, nil, "judge").truth(t)
	r.mu.Lock()
	defer r.mu.Unlock()
	if diff := cmp.Diff(want, r.has); diff != "" {
		t.Fatalf("%s: what there is and what was told (-is +told):\n%s", what, diff)
	}
	for id, times := range r.made {
		if times > 1 {
			t.Errorf("%s: %s was told to be created %d times", what, id, times)
		}
	}
}

// waits reports whether there is a message that was not sent, or a note not followed.
func (n *node) waits(t *testing.T) bool {
	t.Helper()
	if carrier, is := n.Store.(storage.Carrier); is {
		if moved, err := carrier.Carry(t.Context(), 100); err != nil || moved > 0 {
			return true
		}
	}
	left, err := n.Store.Walk(t.Context(), storage.Outbox, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	return len(left) > 0
}
