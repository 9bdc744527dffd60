package organizations_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// TestMembershipsGoAlong checks that a file of users has their memberships and organizations, that
// another instance creates missing organizations, and that a repeated row changes nothing. Private
// metadata is exported only with secrets.
func TestMembershipsGoAlong(t *testing.T) {
	t.Parallel()
	from, to := office{accountstest.New(t, nil)}, office{accountstest.New(t, nil)}
	from.enter(t, "anna", "bert")
	acme := from.found(t, organizations.NewOrganization{
		CreatedBy: "anna", Slug: "acme", MaxMemberships: 2, Metadata: map[string]any{"public": map[string]any{"plan": "pro"}, "private": map[string]any{"crm": 7.0}},
	})
	from.mustAdd(t, acme.ID, organizations.Member, "bert")
	to.found(t, organizations.NewOrganization{Slug: "acme"}) // the slug is taken there
	to.enter(t, "anna", "bert")
	for _, kuid := range []string{"anna", "bert"} {
		u, err := from.Users.Read(t.Context(), kuid)
		if err != nil {
			t.Fatal(err)
		}
		open, err := from.Users.Belongings(t.Context(), u, false)
		if text, _ := users.Encode(open); err != nil || bytes.Contains(text, []byte("crm")) || !bytes.Contains(text, []byte("plan")) {
			t.Errorf("written without secrets: %s, %v", text, err)
		}
		all, err := from.Users.Belongings(t.Context(), u, true)
		for range 2 {
			if err == nil {
				err = to.Users.Restore(t.Context(), kuid, all)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"anna": organizations.Admin, "bert": organizations.Member}
	if diff := cmp.Diff(want, to.wantCounted(t, acme.ID)); diff != "" {
		t.Errorf("brought (-want +got):\n%s", diff)
	}
	now, err := to.Organizations.Organization(t.Context(), acme.ID)
	if err != nil || now.MaxMemberships != 2 || now.CreatedBy != "anna" || string(now.Metadata.Private) != `{"crm":7}` || !strings.HasPrefix(now.Slug, "acme-") {
		t.Errorf("brought %+v, %v", now, err)
	}
	for _, wrong := range []any{"x", []any{map[string]any{"role": organizations.Member}}, []any{map[string]any{"organization": map[string]any{"id": "org_a/b", "name": "A"}}}} {
		accountstest.WantFault(t, to.Users.Restore(t.Context(), "anna", map[string]any{"memberships": wrong}), users.ErrBelongings)
	}
	if _, err := to.Care.Reset(t.Context(), accountstest.Admin); err != nil {
		t.Fatal(err)
	}
	for _, in := range []storage.Collection{storage.Organizations, storage.Memberships} {
		if left, err := to.Store.Walk(t.Context(), in, "", 10); err != nil || len(left) > 0 {
			t.Errorf("a reset leaves %d in %s, %v", len(left), in, err)
		}
	}
}

// TestInvitations checks that an address has at most one open invitation to an organization, which
// is accepted, revoked or expires, once.
func TestInvitations(t *testing.T) {
	t.Parallel()
	o := office{accountstest.New(t, nil)}
	o.enter(t, "anna", "bert", "cleo")
	acme := o.found(t, organizations.NewOrganization{CreatedBy: "anna", MaxMemberships: 3}).ID
	all := o.Organizations.Invitations
	invite := func(email string) (organizations.Invitation, error) {
		return all.Invite(t.Context(), accountstest.Admin, acme, organizations.NewInvitation{
			Email: email, Role: organizations.Member, Inviter: "anna", Days: 1, Metadata: map[string]any{"public": map[string]any{"desk": 4.0}},
		})
	}
	must := func(i organizations.Invitation, err error) organizations.Invitation {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	if done := wantOnly(t, at(5, func(int) error { _, err := invite("bert@example.com"); return err }), organizations.ErrInvited); done != 1 {
		t.Errorf("one address was invited %d times at once", done)
	}
	_, err := invite("BERT@example.com")
	accountstest.WantFault(t, err, organizations.ErrInvited)
	must(invite("cleo@example.com"))
	_, err = invite("dora@example.com")
	accountstest.WantFault(t, err, organizations.ErrMembershipLimit)
	open, total, err := all.List(t.Context(), organizations.Invited{Organization: acme, Statuses: []string{organizations.Pending}, Page: organizations.Page{Order: organizations.ByEmail, Size: 10}})
	if err != nil || total != 2 || open[0].Email != "bert@example.com" || open[1].Inviter != "anna" {
		t.Fatalf("open are %+v, %d, %v", open, total, err)
	}
	m, err := all.Accept(t.Context(), accountstest.Admin, acme, open[0].ID, "bert")
	if err != nil || m.Role != organizations.Member || string(m.Metadata.Public) != `{"desk":4}` {
		t.Errorf("accepted as %+v, %v", m, err)
	}
	_, err = all.Accept(t.Context(), accountstest.Admin, acme, open[0].ID, "cleo")
	accountstest.WantFault(t, err, organizations.ErrNotPending)
	_, err = all.Revoke(t.Context(), accountstest.Admin, acme, open[0].ID)
	accountstest.WantFault(t, err, organizations.ErrNotPending)
	if i := must(all.Revoke(t.Context(), accountstest.Admin, acme, open[1].ID)); i.Status != organizations.Revoked {
		t.Errorf("revoked: %+v", i)
	}
	second := must(invite("cleo@example.com")) // the address is free again
	o.Advance(25 * time.Hour)
	_, err = all.Accept(t.Context(), accountstest.Admin, acme, second.ID, "cleo")
	accountstest.WantFault(t, err, organizations.ErrNotPending)
	third := must(invite("cleo@example.com")) // also after the other one expired
	for status, want := range map[string]string{
		organizations.Pending: third.ID, organizations.Accepted: open[0].ID, organizations.Revoked: open[1].ID, organizations.Expired: second.ID,
	} {
		listed, _, err := all.List(t.Context(), organizations.Invited{Organization: acme, Statuses: []string{status}, Page: organizations.Page{Size: 10}})
		if err != nil || len(listed) != 1 || listed[0].ID != want {
			t.Errorf("%s are %+v, want %s, %v", status, listed, want, err)
		}
	}
	for fault, ni := range map[string]organizations.NewInvitation{
		organizations.ErrEmail.ID(): {Email: "nowhere", Role: organizations.Member}, organizations.ErrRole.ID(): {Email: "a@example.com", Role: "org:king"},
		organizations.ErrInviter.ID(): {Email: "a@example.com", Role: organizations.Member, Inviter: "cleo"},
		organizations.ErrDays.ID():    {Email: "a@example.com", Role: organizations.Member, Days: 366},
	} {
		if _, err := all.Invite(t.Context(), accountstest.Admin, acme, ni); err == nil || !strings.HasPrefix(err.Error(), fault) {
			t.Errorf("%+v: got %v, want %s", ni, err, fault)
		}
	}
	if _, err := o.Organizations.Delete(t.Context(), accountstest.Admin, acme); err != nil {
		t.Fatal(err)
	}
	o.wantNothing(t, acme, "anna", "bert", "cleo")
}

// TestUpkeepRemovesStale checks that memberships of deleted users and invitations to deleted
// organizations are removed, even if the deletion was killed.
func TestUpkeepRemovesStale(t *testing.T) {
	t.Parallel()
	o := office{accountstest.New(t, nil)}
	o.enter(t, "anna", "bert")
	acme := o.found(t, organizations.NewOrganization{CreatedBy: "anna"}).ID
	o.mustAdd(t, acme, organizations.Admin, "bert")
	// Delete the user without the domain, and create another one with the same kuid.
	for range 2 {
		doc, err := o.Store.Get(t.Context(), storage.Users, "bert")
		if err == nil {
			_, err = o.Store.Commit(t.Context(), storage.Change{In: storage.Users, ID: "bert", If: doc.Rev})
		}
		if err != nil {
			t.Fatal(err)
		}
		o.enter(t, "bert")
	}
	if _, err := o.Organizations.Members.Membership(t.Context(), acme, "bert"); err == nil {
		t.Error("who was made anew is a member")
	}
	i, err := o.Organizations.Invitations.Invite(t.Context(), accountstest.Admin, acme, organizations.NewInvitation{Email: "a@example.com", Role: organizations.Member})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := o.Organizations.Upkeep(t.Context()); n != 1 || err != nil {
		t.Errorf("the upkeep mended %d, %v, want the one membership", n, err)
	}
	if roles := o.wantCounted(t, acme); len(roles) != 1 {
		t.Errorf("members are %v", roles)
	}
	doc, err := o.Store.Get(t.Context(), storage.Organizations, acme)
	if err == nil {
		_, err = o.Store.Commit(t.Context(), storage.Change{In: storage.Organizations, ID: acme, If: doc.Rev})
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, err := o.Organizations.Upkeep(t.Context()); n != 1 || err != nil {
		t.Errorf("the upkeep mended %d, %v, want the one invitation %s", n, err, i.ID)
	}
}

// TestSlugs checks that a missing slug is derived from the name.
func TestSlugs(t *testing.T) {
	t.Parallel()
	o := office{accountstest.New(t, nil)}
	for name, want := range map[string]string{
		"Ärzte & Co. KG": "arzte-co-kg", "東京": "org", "  --  A": "a", strings.Repeat("long ", 51): strings.TrimSuffix(strings.Repeat("long-", 50), "-")[:246],
	} {
		made := o.found(t, organizations.NewOrganization{Name: name})
		if strings.TrimSuffix(made.Slug, "-") != strings.TrimSuffix(want, "-") {
			t.Errorf("%q: got %q, want %q", name, made.Slug, want)
		}
	}
	for _, name := range []string{" ", "a\nb", strings.Repeat("é", organizations.MaxName+1)} {
		_, err := o.Organizations.Create(t.Context(), accountstest.Admin, organizations.NewOrganization{Name: name})
		accountstest.WantFault(t, err, organizations.ErrName)
	}
	for _, slug := range []string{"-a", "a-", "A", "a b", "a_b", strings.Repeat("a", organizations.MaxSlug+1)} {
		_, err := o.Organizations.Create(t.Context(), accountstest.Admin, organizations.NewOrganization{Name: "A", Slug: slug})
		accountstest.WantFault(t, err, organizations.ErrSlug)
	}
}

// TestSeatsOfDeletedOrganizations checks that creators who deleted many older organizations may create
// as many again, and no more.
func TestSeatsOfDeletedOrganizations(t *testing.T) {
	o := office{accountstest.New(t, nil)}
	const most, gone = 110, 55
	limit := most
	for kuid, d := range map[string]users.Details{"limited": {OrganizationsLimit: &limit}, "unlimited": {}} {
		o.Create(t, credentials.NewUser{ID: kuid, Details: d, Content: map[string]any{"profileIds": []any{"default"}}})
		create := func() (string, error) {
			made, err := o.Organizations.Create(t.Context(), accountstest.Admin, organizations.NewOrganization{Name: "Many", CreatedBy: kuid})
			return made.ID, err
		}
		var ids []string
		for range most {
			id, err := create()
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		for _, id := range ids[:gone] {
			if _, err := o.Organizations.Delete(t.Context(), accountstest.Admin, id); err != nil {
				t.Fatal(err)
			}
		}
		for n := range gone {
			if _, err := create(); err != nil {
				t.Fatalf("%s, creation %d after the deletions: %v", kuid, n, err)
			}
		}
	}
	_, err := o.Organizations.Create(t.Context(), accountstest.Admin, organizations.NewOrganization{Name: "Many", CreatedBy: "limited"})
	accountstest.WantFault(t, err, organizations.ErrCreationLimit)
}
