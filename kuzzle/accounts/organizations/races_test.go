package organizations_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// TestRaces checks that concurrent changes end like sequential ones.
func TestRaces(t *testing.T) {
	onEach(t, func(t *testing.T, o office) {
		for name, race := range map[string]func(*testing.T, office){
			"the last administrator stays": lastAdministratorStays, "a limit of members holds": membershipLimitHolds,
			"an organization leaves amid additions": organizationLeavesAmidAdditions, "a user leaves amid an addition": userLeavesAmidAddition,
			"a slug is taken once": sameSlugOnce, "nobody creates more than allowed": creationLimitHolds,
		} {
			t.Run(name, func(t *testing.T) { race(t, o) })
		}
	})
}

// lastAdministratorStays: of two administrators who are concurrently removed, or lose their role,
// one stays.
func lastAdministratorStays(t *testing.T, o office) {
	o.enter(t, "anna", "bert", "cleo")
	acme := o.found(t, organizations.NewOrganization{CreatedBy: "anna"}).ID
	o.mustAdd(t, acme, organizations.Member, "cleo")
	admins := []string{"anna", "bert"}
	for name, do := range map[string]func(kuid string) error{
		"removed": func(kuid string) error {
			_, err := o.Organizations.Members.Remove(t.Context(), accountstest.Admin, acme, kuid)
			return err
		},
		"made members": func(kuid string) error {
			_, err := o.Organizations.Members.SetRole(t.Context(), accountstest.Admin, acme, kuid, organizations.Member)
			return err
		},
	} {
		for _, kuid := range admins {
			_ = o.add(t, acme, kuid, organizations.Admin)
			if _, err := o.Organizations.Members.SetRole(t.Context(), accountstest.Admin, acme, kuid, organizations.Admin); err != nil {
				t.Fatal(err)
			}
		}
		ended := at(2, func(i int) error { return do(admins[i]) })
		if done := wantOnly(t, ended, organizations.ErrLastAdmin); done != 1 {
			t.Errorf("%d of two administrators were %s, want 1", done, name)
		}
		left := 0
		for _, role := range o.wantCounted(t, acme) {
			if role == organizations.Admin {
				left++
			}
		}
		if left != 1 {
			t.Errorf("%d administrators are left after two were %s at once, want 1", left, name)
		}
	}
	// The last one alone cannot be removed either.
	for kuid, role := range o.members(t, acme) {
		if role == organizations.Admin {
			_, err := o.Organizations.Members.Remove(t.Context(), accountstest.Admin, acme, kuid)
			accountstest.WantFault(t, err, organizations.ErrLastAdmin)
			_, err = o.Organizations.Members.SetRole(t.Context(), accountstest.Admin, acme, kuid, organizations.Member)
			accountstest.WantFault(t, err, organizations.ErrLastAdmin)
		}
	}
}

// membershipLimitHolds: of fifty concurrent additions as many succeed as the limit allows; the same
// user is added once.
func membershipLimitHolds(t *testing.T, o office) {
	const many, most = 50, 7
	kuids := make([]string, many)
	for i := range kuids {
		kuids[i] = fmt.Sprintf("limit%d", i)
	}
	o.enter(t, kuids...)
	acme := o.found(t, organizations.NewOrganization{MaxMemberships: most}).ID
	ended := at(many, func(i int) error { return o.add(t, acme, kuids[i], organizations.Member) })
	if done := wantOnly(t, ended, organizations.ErrMembershipLimit); done != most {
		t.Errorf("%d were added, want %d", done, most)
	}
	if roles := o.wantCounted(t, acme); len(roles) != most {
		t.Errorf("%d are members, want %d", len(roles), most)
	}
	other := o.found(t, organizations.NewOrganization{}).ID
	ended = at(10, func(int) error { return o.add(t, other, "limit1", organizations.Admin) })
	if done := wantOnly(t, ended, organizations.ErrMember); done != 1 {
		t.Errorf("one user was added %d times", done)
	}
	o.wantCounted(t, other)
}

// organizationLeavesAmidAdditions: a user who is added during the deletion of an organization is no
// member, and nothing is left of it.
func organizationLeavesAmidAdditions(t *testing.T, o office) {
	kuids := make([]string, 12)
	for i := range kuids {
		kuids[i] = fmt.Sprintf("amid%d", i)
	}
	o.enter(t, kuids...)
	acme := o.found(t, organizations.NewOrganization{CreatedBy: kuids[0], Slug: "amid"}).ID
	ended := at(len(kuids), func(i int) error {
		if i == 6 {
			_, err := o.Organizations.Delete(t.Context(), accountstest.Admin, acme)
			return err
		}
		if i%2 == 0 {
			return o.add(t, acme, kuids[i], organizations.Member)
		}
		_, err := o.Organizations.Invitations.Invite(t.Context(), accountstest.Admin, acme, organizations.NewInvitation{
			Email: kuids[i] + "@example.com", Role: organizations.Member,
		})
		return err
	})
	wantOnly(t, ended, organizations.ErrNotFound, organizations.ErrMember)
	if err := ended[6]; err != nil {
		t.Fatal(err)
	}
	o.wantNothing(t, acme, kuids...)
	o.found(t, organizations.NewOrganization{Slug: "amid"})
}

// wantNothing checks that nothing is left of an organization.
func (o office) wantNothing(t *testing.T, organization string, kuids ...string) {
	t.Helper()
	if _, err := o.Organizations.Organization(t.Context(), organization); !errors.Is(err, organizations.ErrNotFound) {
		t.Errorf("the organization: got %v", err)
	}
	for _, in := range []storage.Collection{storage.Organizations, storage.Memberships, storage.OrganizationInvitations} {
		if err := o.Store.Refresh(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	if left := o.members(t, organization); len(left) > 0 {
		t.Errorf("%v are members of nothing", left)
	}
	if theirs, _, err := o.Organizations.Members.List(t.Context(), organizations.Among{Kuids: kuids, Page: organizations.Page{Size: 100}}); err != nil || len(theirs) > 0 {
		t.Errorf("memberships left: %v, %v", theirs, err)
	}
	if _, left, err := o.Organizations.Invitations.List(t.Context(), organizations.Invited{Organization: organization, Page: organizations.Page{Size: 10}}); err != nil || left > 0 {
		t.Errorf("%d invitations left, %v", left, err)
	}
}

// userLeavesAmidAddition: a user who is deleted while being added is no member, whichever comes
// first, and neither is a new user with the same kuid.
func userLeavesAmidAddition(t *testing.T, o office) {
	for round := range 2 {
		o.enter(t, "alma", "bela")
		acme := o.found(t, organizations.NewOrganization{CreatedBy: "bela"}).ID
		ended := at(2, func(i int) error {
			if i == 0 {
				return o.Users.Delete(t.Context(), accountstest.Admin, "alma", false)
			}
			return o.add(t, acme, "alma", organizations.Admin)
		})
		if ended[0] != nil {
			t.Fatal(ended[0])
		}
		wantOnly(t, ended[1:], users.ErrUserNotFound)
		if roles := o.wantCounted(t, acme); len(roles) != 1 {
			t.Fatalf("round %d: members are %v", round, roles)
		}
		o.enter(t, "alma")
		if _, err := o.Organizations.Members.Membership(t.Context(), acme, "alma"); !errors.Is(err, organizations.ErrNoMember) {
			t.Errorf("who was made anew: got %v", err)
		}
		o.mustAdd(t, acme, organizations.Member, "alma")
		// The last administrator can be deleted from the instance; the organization stays.
		for _, kuid := range []string{"bela", "alma"} {
			if err := o.Users.Delete(t.Context(), accountstest.Admin, kuid, false); err != nil {
				t.Fatal(err)
			}
		}
		if roles := o.wantCounted(t, acme); len(roles) != 0 {
			t.Errorf("members are %v", roles)
		}
	}
}

// sameSlugOnce: of concurrent creations with one slug one succeeds; without slugs each gets its
// own.
func sameSlugOnce(t *testing.T, o office) {
	create := func(slug string) func(int) error {
		return func(int) error {
			_, err := o.Organizations.Create(t.Context(), accountstest.Admin, organizations.NewOrganization{Name: "Slug Inc.", Slug: slug})
			return err
		}
	}
	if done := wantOnly(t, at(8, create("slugged")), organizations.ErrSlugTaken); done != 1 {
		t.Errorf("%d have the slug, want 1", done)
	}
	wantOnly(t, at(8, create("")))
	all, total, err := o.Organizations.Search(t.Context(), organizations.Search{Query: "slug inc", Page: organizations.Page{Size: 100}})
	if err != nil || total != 9 {
		t.Fatalf("%d organizations, %v", total, err)
	}
	for _, one := range all {
		if found, err := o.Organizations.Find(t.Context(), one.Slug); err != nil || found.ID != one.ID {
			t.Errorf("by slug %s: %v, %v", one.Slug, found.ID, err)
		}
	}
}

// creationLimitHolds: a user who may create three organizations has three after ten concurrent
// creations, and may create another after a deletion.
func creationLimitHolds(t *testing.T, o office) {
	most, no := 3, false
	for kuid, d := range map[string]users.Details{"few": {OrganizationsLimit: &most}, "none": {CreateOrganizations: &no}} {
		o.Create(t, credentials.NewUser{ID: kuid, Details: d, Content: map[string]any{"profileIds": []any{"default"}}})
	}
	create := func(kuid string) error {
		_, err := o.Organizations.Create(t.Context(), accountstest.Admin, organizations.NewOrganization{Name: "Few", CreatedBy: kuid})
		return err
	}
	if done := wantOnly(t, at(10, func(int) error { return create("few") }), organizations.ErrCreationLimit); done != most {
		t.Errorf("%d were created, want %d", done, most)
	}
	accountstest.WantFault(t, create("few"), organizations.ErrCreationLimit)
	accountstest.WantFault(t, create("none"), organizations.ErrCreationOff)
	accountstest.WantFault(t, create("nobody"), organizations.ErrCreator)
	theirs, total, err := o.Organizations.Search(t.Context(), organizations.Search{Of: []string{"few"}, Page: organizations.Page{Size: 10}})
	if err != nil || total != int64(most) {
		t.Fatalf("%d organizations, %v", total, err)
	}
	if _, err := o.Organizations.Delete(t.Context(), accountstest.Admin, theirs[1].ID); err != nil {
		t.Fatal(err)
	}
	if err := create("few"); err != nil {
		t.Error(err)
	}
	accountstest.WantFault(t, create("few"), organizations.ErrCreationLimit)
}
