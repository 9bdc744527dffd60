package clerkgo

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/clerk/clerk-sdk-go/v2"
	"github.com/clerk/clerk-sdk-go/v2/actortoken"
	"github.com/clerk/clerk-sdk-go/v2/invitation"
	"github.com/clerk/clerk-sdk-go/v2/organization"
	"github.com/clerk/clerk-sdk-go/v2/organizationinvitation"
	"github.com/clerk/clerk-sdk-go/v2/signintoken"
	"github.com/clerk/clerk-sdk-go/v2/user"
)

// redeem logs in with a ticket, as a frontend does, and returns the user's id.
func redeem(t *testing.T, ticket string) (kuid string, status int) {
	t.Helper()
	body := must(json.Marshal(map[string]string{"ticket": ticket, "password": password}))(t)
	res := must(http.Post(api+"/_login/ticket", "application/json", bytes.NewReader(body)))(t)
	defer res.Body.Close()
	var answer struct {
		Result struct {
			ID string `json:"_id"`
		}
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer.Result.ID, res.StatusCode
}

// ticketOf is the ticket of a link.
func ticketOf(t *testing.T, link string) string {
	t.Helper()
	return must(url.Parse(link))(t).Query().Get("ticket")
}

// accept redeems the ticket of a link, once, for a user whose address is then verified.
func accept(t *testing.T, link, address string) {
	t.Helper()
	id, status := redeem(t, ticketOf(t, link))
	if status != http.StatusOK {
		t.Fatalf("the ticket is answered %d", status)
	}
	t.Cleanup(func() { must(user.Delete(background, id))(t) })
	made := must(user.Get(background, id))(t)
	if made.EmailAddresses[0].EmailAddress != address || made.EmailAddresses[0].Verification.Status != "verified" {
		t.Errorf("the user is %s", made.Response.RawJSON)
	}
	if _, status := redeem(t, ticketOf(t, link)); status != http.StatusUnauthorized {
		t.Errorf("a second time it is answered %d", status)
	}
}

// TestInvitations takes invitations through their life.
func TestInvitations(t *testing.T) {
	metadata := clerk.JSONRawMessage(json.RawMessage(`{"team":"red"}`))
	made := must(invitation.Create(background, &invitation.CreateParams{EmailAddress: "go@example.com", PublicMetadata: metadata, Notify: clerk.Bool(false), ExpiresInDays: clerk.Int64(3)}))(t)
	if made.Status != "pending" || string(made.PublicMetadata) != `{"team":"red"}` || *made.ExpiresAt <= made.CreatedAt {
		t.Errorf("made %s", made.Response.RawJSON)
	}
	_, err := invitation.Create(background, &invitation.CreateParams{EmailAddress: "go@example.com"})
	refused(t, err, 400, "duplicate_record")
	many := must(invitation.BulkCreate(background, &invitation.BulkCreateParams{Invitations: []*invitation.CreateParams{
		{EmailAddress: "go1@example.com", Notify: clerk.Bool(false)}, {EmailAddress: "go2@example.com"},
	}}))(t)
	if len(many.Invitations) != 2 {
		t.Fatalf("made %+v", many)
	}
	if ended := must(invitation.Revoke(background, many.Invitations[0].ID))(t); !ended.Revoked || ended.Status != "revoked" {
		t.Errorf("revoked %s", ended.Response.RawJSON)
	}
	_, err = invitation.Revoke(background, many.Invitations[0].ID)
	refused(t, err, 400, "invitation_already_revoked")
	accept(t, made.URL, "go@example.com")
	list := must(invitation.List(background, &invitation.ListParams{Query: clerk.String("go"), Statuses: []string{"accepted", "pending"}, OrderBy: clerk.String("+email_address")}))(t)
	if list.TotalCount != 2 || list.Invitations[1].ID != made.ID || list.Invitations[1].Status != "accepted" {
		t.Errorf("listed %s", list.Response.RawJSON)
	}
}

// TestTokens logs in by tokens.
func TestTokens(t *testing.T) {
	id := someone(t, "tickets")
	made := must(signintoken.Create(background, &signintoken.CreateParams{UserID: &id, ExpiresInSeconds: clerk.Int64(60)}))(t)
	if in, status := redeem(t, made.Token); in != id || made.Status != "pending" || ticketOf(t, *made.URL) != made.Token {
		t.Errorf("the token of %s is answered %d %s", id, status, in)
	}
	_, err := signintoken.Revoke(background, made.ID)
	refused(t, err, 400, "sign_in_token_cannot_be_revoked_code")
	acting := must(actortoken.Create(background, &actortoken.CreateParams{UserID: &id, Actor: json.RawMessage(`{"sub":"user_boss"}`)}))(t)
	if ended := must(actortoken.Revoke(background, acting.ID))(t); ended.Status != "revoked" || string(ended.Actor) != `{"sub":"user_boss"}` {
		t.Errorf("revoked %s", ended.Response.RawJSON)
	}
	if _, status := redeem(t, acting.Token); status != http.StatusUnauthorized {
		t.Errorf("a revoked token is answered %d", status)
	}
	_, err = actortoken.Create(background, &actortoken.CreateParams{UserID: &id, Actor: json.RawMessage(`{}`)})
	refused(t, err, 422, "form_param_value_invalid actor")
}

// TestOrganizationInvitations invites into an organization.
func TestOrganizationInvitations(t *testing.T) {
	owner := someone(t, "inviter")
	org := must(organization.Create(background, &organization.CreateParams{Name: clerk.String("Inviting"), CreatedBy: &owner}))(t)
	made := must(organizationinvitation.Create(background, &organizationinvitation.CreateParams{
		OrganizationID: org.ID, EmailAddress: clerk.String("member-go@example.com"), Role: clerk.String("org:member"), InviterUserID: &owner,
	}))(t)
	var shown struct{ URL string }
	if err := json.Unmarshal(made.Response.RawJSON, &shown); err != nil || made.Status != "pending" {
		t.Fatalf("made %s, %v", made.Response.RawJSON, err)
	}
	accept(t, shown.URL, "member-go@example.com")
	if now := must(organizationinvitation.Get(background, &organizationinvitation.GetParams{OrganizationID: org.ID, ID: made.ID}))(t); now.Status != "accepted" {
		t.Errorf("accepted %s", now.Response.RawJSON)
	}
	must(organization.Delete(background, org.ID))(t)
}
