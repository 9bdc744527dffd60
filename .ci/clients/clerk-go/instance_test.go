package clerkgo

import (
	"testing"

	"github.com/clerk/clerk-sdk-go/v2"
	"github.com/clerk/clerk-sdk-go/v2/allowlistidentifier"
	"github.com/clerk/clerk-sdk-go/v2/blocklistidentifier"
	"github.com/clerk/clerk-sdk-go/v2/instancesettings"
	"github.com/clerk/clerk-sdk-go/v2/user"
)

// TestInstance changes settings of the instance, and what follows from them.
func TestInstance(t *testing.T) {
	leaked := func(address string) (*clerk.User, error) {
		return user.Create(background, &user.CreateParams{EmailAddresses: texts(address), Password: clerk.String("password")})
	}
	_, err := leaked("leaked1@example.com")
	refused(t, err, 422, "form_password_pwned password")
	if err := instancesettings.Update(background, &instancesettings.UpdateParams{HIBP: clerk.Bool(false), SupportEmail: clerk.String("help@example.com")}); err != nil {
		t.Fatal(err)
	}
	made := must(leaked("leaked2@example.com"))(t)
	must(user.Delete(background, made.ID))(t)
	if err := instancesettings.Update(background, &instancesettings.UpdateParams{HIBP: clerk.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	_, err = leaked("leaked3@example.com")
	refused(t, err, 422, "form_password_pwned password")

	limited := must(instancesettings.UpdateRestrictions(background, &instancesettings.UpdateRestrictionsParams{
		Blocklist: clerk.Bool(true), BlockDisposableEmailDomains: clerk.Bool(true), IgnoreDotsForGmailAddresses: clerk.Bool(false),
	}))(t)
	if limited.Allowlist || !limited.Blocklist || limited.BlockEmailSubaddresses || !limited.BlockDisposableEmailDomains || limited.IgnoreDotsForGmailAddresses {
		t.Errorf("restricted to %s", limited.Response.RawJSON)
	}
	must(instancesettings.UpdateRestrictions(background, &instancesettings.UpdateRestrictionsParams{
		Blocklist: clerk.Bool(false), BlockDisposableEmailDomains: clerk.Bool(false),
	}))(t)
}

// TestLists keeps identifiers on both lists.
func TestLists(t *testing.T) {
	allowed := must(allowlistidentifier.Create(background, &allowlistidentifier.CreateParams{Identifier: clerk.String("*@example.org"), Notify: clerk.Bool(false)}))(t)
	blocked := must(blocklistidentifier.Create(background, &blocklistidentifier.CreateParams{Identifier: clerk.String("+12015550123")}))(t)
	if allowed.IdentifierType != "email_address" || blocked.IdentifierType != "phone_number" {
		t.Errorf("made %s and %s", allowed.Response.RawJSON, blocked.Response.RawJSON)
	}
	_, err := blocklistidentifier.Create(background, &blocklistidentifier.CreateParams{Identifier: clerk.String("+12015550123")})
	refused(t, err, 400, "duplicate_record")
	friends, strangers := must(allowlistidentifier.List(background, &allowlistidentifier.ListParams{}))(t), must(blocklistidentifier.List(background, &blocklistidentifier.ListParams{}))(t)
	if friends.TotalCount != 1 || friends.AllowlistIdentifiers[0].ID != allowed.ID || strangers.TotalCount != 1 || strangers.BlocklistIdentifiers[0].ID != blocked.ID {
		t.Errorf("listed %s and %s", friends.Response.RawJSON, strangers.Response.RawJSON)
	}
	must(allowlistidentifier.Delete(background, allowed.ID))(t)
	must(blocklistidentifier.Delete(background, blocked.ID))(t)
	_, err = allowlistidentifier.Delete(background, allowed.ID)
	refused(t, err, 404, "resource_not_found")
}
