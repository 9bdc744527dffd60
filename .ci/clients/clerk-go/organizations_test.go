package clerkgo

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/clerk/clerk-sdk-go/v2"
	"github.com/clerk/clerk-sdk-go/v2/organization"
	"github.com/clerk/clerk-sdk-go/v2/organizationinvitation"
	"github.com/clerk/clerk-sdk-go/v2/organizationmembership"
	"github.com/clerk/clerk-sdk-go/v2/user"
)

// someone makes a user whose address is of a name.
func someone(t *testing.T, name string) string {
	t.Helper()
	made := must(user.Create(background, &user.CreateParams{EmailAddresses: texts(name + "@example.com"), Password: clerk.String(password)}))(t)
	t.Cleanup(func() {
		if _, err := user.Delete(background, made.ID); err != nil {
			t.Error(err)
		}
	})
	return made.ID
}

// TestOrganization takes an organization through its life, with its members.
func TestOrganization(t *testing.T) {
	owner, other := someone(t, "owner"), someone(t, "other")
	made := must(organization.Create(background, &organization.CreateParams{
		Name: clerk.String("Acme"), Slug: clerk.String("acme-go"), CreatedBy: &owner, MaxAllowedMemberships: clerk.Int64(5),
		PublicMetadata: clerk.JSONRawMessage(json.RawMessage(`{"tier":1}`)),
	}))(t)
	if made.Object != "organization" || made.Name != "Acme" || must(organization.Get(background, "acme-go"))(t).ID != made.ID {
		t.Errorf("made %s", made.Response.RawJSON)
	}
	made = must(organization.Update(background, made.ID, &organization.UpdateParams{Name: clerk.String("Acme Ltd")}))(t)
	made = must(organization.UpdateMetadata(background, made.ID, &organization.UpdateMetadataParams{PublicMetadata: clerk.JSONRawMessage(json.RawMessage(`{"more":true}`))}))(t)
	if made.Name != "Acme Ltd" || string(made.PublicMetadata) != `{"more":true,"tier":1}` {
		t.Errorf("changed to %s", made.Response.RawJSON)
	}
	list := must(organization.List(background, &organization.ListParams{Query: clerk.String("acme"), UserIDs: []string{owner}, IncludeMembersCount: clerk.Bool(true)}))(t)
	if list.TotalCount != 1 || list.Organizations[0].ID != made.ID {
		t.Errorf("listed %s", list.Response.RawJSON)
	}
	members(t, made.ID, owner, other)
	logo(t, made.ID)
	if pending := must(organizationinvitation.List(background, &organizationinvitation.ListParams{OrganizationID: made.ID, Statuses: texts("pending")}))(t); pending.TotalCount != 0 {
		t.Errorf("invited %s", pending.Response.RawJSON)
	}
	_, err := organizationinvitation.Get(background, &organizationinvitation.GetParams{OrganizationID: made.ID, ID: "orginv_none"})
	refused(t, err, 404, "resource_not_found")
	if gone := must(organization.Delete(background, made.ID))(t); gone.Object != "organization" || !gone.Deleted {
		t.Errorf("deleted: %+v", gone)
	}
	_, err = organization.Get(background, made.ID)
	refused(t, err, 404, "resource_not_found")
}

func members(t *testing.T, org, owner, other string) {
	t.Helper()
	joined := must(organizationmembership.Create(background, &organizationmembership.CreateParams{OrganizationID: org, UserID: &other, Role: clerk.String("org:member")}))(t)
	if joined.Role != "org:member" || joined.Organization.ID != org || joined.PublicUserData.UserID != other {
		t.Errorf("joined: %s", joined.Response.RawJSON)
	}
	_, err := organizationmembership.Create(background, &organizationmembership.CreateParams{OrganizationID: org, UserID: &other, Role: clerk.String("org:member")})
	refused(t, err, 400, "already_a_member_in_organization")
	joined = must(organizationmembership.Update(background, &organizationmembership.UpdateParams{OrganizationID: org, UserID: other, Role: clerk.String("org:admin")}))(t)
	if joined.Role != "org:admin" {
		t.Errorf("promoted: %s", joined.Response.RawJSON)
	}
	all := must(organizationmembership.List(background, &organizationmembership.ListParams{OrganizationID: org, OrderBy: clerk.String("+created_at")}))(t)
	if all.TotalCount != 2 || all.OrganizationMemberships[0].PublicUserData.UserID != owner {
		t.Errorf("members: %s", all.Response.RawJSON)
	}
	if own := must(user.ListOrganizationMemberships(background, other, &user.ListOrganizationMembershipsParams{}))(t); own.TotalCount != 1 {
		t.Errorf("memberships: %s", own.Response.RawJSON)
	}
	must(organizationmembership.Delete(background, &organizationmembership.DeleteParams{OrganizationID: org, UserID: other}))(t)
	_, err = organizationmembership.Delete(background, &organizationmembership.DeleteParams{OrganizationID: org, UserID: owner})
	refused(t, err, 400, "organization_minimum_permissions_needed")
}

// picture is a file that has a picture.
type picture struct{ *bytes.Reader }

func (picture) Close() error { return nil }

func logo(t *testing.T, org string) {
	t.Helper()
	const gif = "GIF89ax"
	made := must(organization.UpdateLogo(background, org, &organization.UpdateLogoParams{File: picture{bytes.NewReader([]byte(gif))}}))(t)
	if !made.HasImage || made.ImageURL == nil {
		t.Fatalf("with a logo: %s", made.Response.RawJSON)
	}
	res, err := http.Get(*made.ImageURL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if shown, err := io.ReadAll(res.Body); err != nil || string(shown) != gif {
		t.Errorf("the logo is %q (%v)", shown, err)
	}
	_, err = organization.UpdateLogo(background, org, &organization.UpdateLogoParams{File: picture{bytes.NewReader([]byte("only text"))}})
	refused(t, err, 400, "request_body_invalid")
	if made = must(organization.DeleteLogo(background, org))(t); made.HasImage {
		t.Errorf("without a logo: %s", made.Response.RawJSON)
	}
	_, err = organization.DeleteLogo(background, org)
	refused(t, err, 404, "image_not_found")
}
