package clerkgo

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/clerk/clerk-sdk-go/v2"
	"github.com/clerk/clerk-sdk-go/v2/emailaddress"
	"github.com/clerk/clerk-sdk-go/v2/phonenumber"
	"github.com/clerk/clerk-sdk-go/v2/user"
)

func paramOf(meta json.RawMessage) string {
	var about struct {
		Name string `json:"param_name"`
	}
	if len(meta) > 0 && json.Unmarshal(meta, &about) != nil {
		return "unreadable meta"
	}
	return about.Name
}

func texts(values ...string) *[]string { return &values }

const password = "my-secure-password"

// everything is a user with every parameter that the client has.
func everything() *user.CreateParams {
	organizations := 3
	return &user.CreateParams{
		EmailAddresses: texts("Jane@Example.com", "work@example.com"), PhoneNumbers: texts("+12015550123"),
		Web3Wallets: texts("0x52908400098527886E0F7030069857D2E4169EE7"), Username: clerk.String("jane_doe"), Password: clerk.String(password),
		FirstName: clerk.String("Jane"), LastName: clerk.String("Doe"), ExternalID: clerk.String("ext-1"),
		UnsafeMetadata:     clerk.JSONRawMessage(json.RawMessage(`{"theme":"dark"}`)),
		PublicMetadata:     clerk.JSONRawMessage(json.RawMessage(`{"plan":"pro"}`)),
		PrivateMetadata:    clerk.JSONRawMessage(json.RawMessage(`{"crm":7}`)),
		SkipPasswordChecks: clerk.Bool(false), SkipPasswordRequirement: clerk.Bool(false), TOTPSecret: clerk.String("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
		BackupCodes: texts("code-one", "code-two"), DeleteSelfEnabled: clerk.Bool(false), CreateOrganizationEnabled: clerk.Bool(true),
		CreateOrganizationsLimit: &organizations, LegalAcceptedAt: clerk.String("2024-01-01T00:00:00Z"), SkipLegalChecks: clerk.Bool(false),
		CreatedAt: clerk.String("2023-05-06T07:08:09Z"),
	}
}

// TestUser takes a user through the whole life.
func TestUser(t *testing.T) {
	made := must(user.Create(background, everything()))(t)
	if made.Object != "user" || *made.Username != "jane_doe" || *made.ExternalID != "ext-1" || *made.FirstName+*made.LastName != "JaneDoe" || made.CreatedAt != 1683356889000 {
		t.Errorf("made %s", made.Response.RawJSON)
	}
	if len(made.EmailAddresses) != 2 || made.EmailAddresses[0].EmailAddress != "Jane@example.com" || *made.PrimaryEmailAddressID != made.EmailAddresses[0].ID ||
		made.EmailAddresses[0].Verification.Status != "verified" || *made.PrimaryPhoneNumberID != made.PhoneNumbers[0].ID || *made.PrimaryWeb3WalletID != made.Web3Wallets[0].ID {
		t.Errorf("made with the identifiers %s", made.Response.RawJSON)
	}
	if !made.PasswordEnabled || !made.TOTPEnabled || !made.BackupCodeEnabled || !made.TwoFactorEnabled || made.DeleteSelfEnabled || *made.CreateOrganizationsLimit != 3 || made.LegalAcceptedAt != nil {
		t.Errorf("made with the factors and flags %s", made.Response.RawJSON)
	}
	if string(made.PublicMetadata)+string(made.PrivateMetadata)+string(made.UnsafeMetadata) != `{"plan":"pro"}{"crm":7}{"theme":"dark"}` {
		t.Errorf("made with the metadata %s %s %s", made.PublicMetadata, made.PrivateMetadata, made.UnsafeMetadata)
	}
	read := must(user.Get(background, made.ID))(t)
	if string(read.Response.RawJSON) != string(made.Response.RawJSON) {
		t.Errorf("read %s,\nmade %s", read.Response.RawJSON, made.Response.RawJSON)
	}
	refusedDoubles(t)
	verifies(t, made.ID)
	stands(t, made.ID)
	updates(t, made)
	moves(t, made.ID)
	gone := must(user.Delete(background, made.ID))(t)
	if gone.Object != "user" || gone.ID != made.ID || !gone.Deleted {
		t.Errorf("deleted: %+v", gone)
	}
	_, err := user.Get(background, made.ID)
	refused(t, err, 404, "resource_not_found")
	_, err = user.Delete(background, made.ID)
	refused(t, err, 404, "resource_not_found")
	must(user.Delete(background, must(user.Create(background, everything()))(t).ID))(t)
}

// refusedDoubles tries each identifier again, and values that are none.
func refusedDoubles(t *testing.T) {
	t.Helper()
	only := func(edit func(*user.CreateParams)) error {
		params := &user.CreateParams{EmailAddresses: texts("other@example.com"), Password: clerk.String(password)}
		edit(params)
		_, err := user.Create(background, params)
		return err
	}
	for code, edit := range map[string]func(*user.CreateParams){
		"form_identifier_exists email_address": func(p *user.CreateParams) { p.EmailAddresses = texts("JANE@example.com") },
		"form_identifier_exists phone_number":  func(p *user.CreateParams) { p.PhoneNumbers = texts("+12015550123") },
		"form_identifier_exists username":      func(p *user.CreateParams) { p.Username = clerk.String("JANE_doe") },
		"form_identifier_exists external_id":   func(p *user.CreateParams) { p.ExternalID = clerk.String("ext-1") },
		"form_identifier_exists web3_wallet":   func(p *user.CreateParams) { p.Web3Wallets = texts("0x52908400098527886e0f7030069857d2e4169ee7") },
		"form_password_pwned password":         func(p *user.CreateParams) { p.Password = clerk.String("password") },
		"form_password_digest_invalid_code password_digest": func(p *user.CreateParams) {
			p.Password, p.PasswordHasher, p.PasswordDigest = nil, clerk.String("bcrypt"), clerk.String("x")
		},
		"invalid_totp_secret_code totp_secret":     func(p *user.CreateParams) { p.TOTPSecret = clerk.String("1") },
		"form_disallow_future_date created_at":     func(p *user.CreateParams) { p.CreatedAt = clerk.String("2923-05-06T07:08:09Z") },
		"form_param_value_invalid public_metadata": func(p *user.CreateParams) { p.PublicMetadata = clerk.JSONRawMessage(json.RawMessage(`[1]`)) },
		"form_username_invalid_character username": func(p *user.CreateParams) { p.Username = clerk.String("jane doe") },
	} {
		refused(t, only(edit), 422, code)
	}
	if n := must(user.Count(background, &user.ListParams{EmailAddresses: []string{"other@example.com"}}))(t); n.TotalCount != 0 {
		t.Errorf("%d users were made by requests that were refused", n.TotalCount)
	}
}

// verifies tries password and second factors; the client has no call of its own for the
// latter.
func verifies(t *testing.T, id string) {
	t.Helper()
	if right := must(user.VerifyPassword(background, &user.VerifyPasswordParams{UserID: id, Password: password}))(t); !right.Verified {
		t.Error("the right password is not verified")
	}
	_, err := user.VerifyPassword(background, &user.VerifyPasswordParams{UserID: id, Password: "wrong"})
	refused(t, err, 422, "incorrect_password password")
	var code struct {
		clerk.APIResource
		CodeType string `json:"code_type"`
	}
	try := func(text string) error {
		req := clerk.NewAPIRequest(http.MethodPost, "/users/"+id+"/verify_totp")
		req.SetParams(&struct {
			clerk.APIParams
			Code string `json:"code"`
		}{Code: text})
		return clerk.GetBackend().Call(background, req, &code)
	}
	if err := try("code-one"); err != nil || code.CodeType != "backup_code" {
		t.Errorf("a backup code: %q, %v", code.CodeType, err)
	}
	refused(t, try("code-one"), 422, "totp_incorrect_code code")
	if gone := must(user.DeleteBackupCode(background, id))(t); gone.UserID != id {
		t.Errorf("backup codes deleted of %q", gone.UserID)
	}
	must(user.DeleteTOTP(background, id))(t)
	must(user.DeleteMFA(background, &user.DeleteMFAParams{ID: id}))(t)
	refused(t, try("123456"), 400, "totp_disabled")
	if u := must(user.Get(background, id))(t); u.TwoFactorEnabled || u.TOTPEnabled || u.BackupCodeEnabled {
		t.Errorf("factors are left: %s", u.Response.RawJSON)
	}
}

// stands bans and locks, and takes both back, each twice.
func stands(t *testing.T, id string) {
	t.Helper()
	for range 2 {
		if u := must(user.Ban(background, id))(t); !u.Banned {
			t.Error("not banned")
		}
	}
	for range 2 {
		if u := must(user.Unban(background, id))(t); u.Banned {
			t.Error("still banned")
		}
	}
	if u := must(user.Lock(background, id))(t); !u.Locked || u.LockoutExpiresInSeconds == nil {
		t.Errorf("not locked: %s", u.Response.RawJSON)
	}
	if u := must(user.Unlock(background, id))(t); u.Locked {
		t.Error("still locked")
	}
	for _, call := range []func() (*clerk.User, error){
		func() (*clerk.User, error) { return user.Ban(background, "user_none") }, func() (*clerk.User, error) { return user.Unlock(background, "user_none") },
	} {
		_, err := call()
		refused(t, err, 404, "resource_not_found")
	}
}

func updates(t *testing.T, made *clerk.User) {
	t.Helper()
	raw := func(text string) *json.RawMessage { return clerk.JSONRawMessage(json.RawMessage(text)) }
	u := must(user.Update(background, made.ID, &user.UpdateParams{
		FirstName: clerk.String("Janet"), PrimaryEmailAddressID: &made.EmailAddresses[1].ID, PublicMetadata: raw(`{"plan":"free","a":{"b":1}}`), Password: clerk.String(password + "-2"),
	}))(t)
	if *u.FirstName != "Janet" || *u.PrimaryEmailAddressID != made.EmailAddresses[1].ID || string(u.PublicMetadata) != `{"a":{"b":1},"plan":"free"}` {
		t.Errorf("updated to %s", u.Response.RawJSON)
	}
	u = must(user.UpdateMetadata(background, made.ID, &user.UpdateMetadataParams{PublicMetadata: raw(`{"plan":null,"a":{"c":2}}`)}))(t)
	if string(u.PublicMetadata) != `{"a":{"b":1,"c":2}}` || string(u.PrivateMetadata) != `{"crm":7}` {
		t.Errorf("merged to %s", u.Response.RawJSON)
	}
	_, err := user.Update(background, made.ID, &user.UpdateParams{PrimaryEmailAddressID: clerk.String("idn_none")})
	refused(t, err, 422, "form_resource_not_found primary_email_address_id")
	_, err = user.Update(background, "user_none", &user.UpdateParams{FirstName: clerk.String("x")})
	refused(t, err, 404, "resource_not_found")
	must(user.Update(background, made.ID, &user.UpdateParams{}))(t)
}

// moves adds addresses and numbers, and takes them away.
func moves(t *testing.T, id string) {
	t.Helper()
	address := must(emailaddress.Create(background, &emailaddress.CreateParams{UserID: &id, EmailAddress: clerk.String("third@example.com"), Verified: clerk.Bool(false)}))(t)
	if address.Object != "email_address" || address.EmailAddress != "third@example.com" || must(emailaddress.Get(background, address.ID))(t).ID != address.ID {
		t.Errorf("the address %+v", address)
	}
	address = must(emailaddress.Update(background, address.ID, &emailaddress.UpdateParams{Verified: clerk.Bool(true), Primary: clerk.Bool(true)}))(t)
	if u := must(user.Get(background, id))(t); address.Verification.Status != "verified" || *u.PrimaryEmailAddressID != address.ID {
		t.Errorf("after verifying it: %s", u.Response.RawJSON)
	}
	if gone := must(emailaddress.Delete(background, address.ID))(t); gone.Object != "email_address" || !gone.Deleted {
		t.Errorf("deleted: %+v", gone)
	}
	_, err := emailaddress.Get(background, address.ID)
	refused(t, err, 404, "resource_not_found")
	number := must(phonenumber.Create(background, &phonenumber.CreateParams{UserID: &id, PhoneNumber: clerk.String("+12015550124"), Verified: clerk.Bool(true)}))(t)
	if number.Object != "phone_number" || must(phonenumber.Get(background, number.ID))(t).PhoneNumber != "+12015550124" {
		t.Errorf("the number %+v", number)
	}
	must(phonenumber.Update(background, number.ID, &phonenumber.UpdateParams{ReservedForSecondFactor: clerk.Bool(true)}))(t)
	must(phonenumber.Delete(background, number.ID))(t)
	_, err = phonenumber.Create(background, &phonenumber.CreateParams{UserID: &id, PhoneNumber: clerk.String("12")})
	refused(t, err, 422, "form_param_format_invalid phone_number")
	has := must(user.Get(background, id))(t)
	if gone := must(user.DeleteWeb3Wallet(background, id, has.Web3Wallets[0].ID))(t); gone.Object != "web3_wallet" || !gone.Deleted {
		t.Errorf("deleted: %+v", gone)
	}
	_, err = user.DeletePasskey(background, id, "idn_none")
	refused(t, err, 404, "passkey_not_registered")
	_, err = user.DeleteExternalAccount(background, &user.DeleteExternalAccountParams{UserID: id, ID: "eac_none"})
	refused(t, err, 404, "external_account_not_found")
	shown := must(user.UpdateProfileImage(background, id, &user.UpdateProfileImageParams{File: picture{bytes.NewReader([]byte("GIF89ax"))}}))(t)
	if !shown.HasImage || *shown.ImageURL == "" || must(user.DeleteProfileImage(background, id))(t).HasImage {
		t.Errorf("with an image: %s", shown.Response.RawJSON)
	}
}

// TestUserList lists by every filter and order that the client has.
func TestUserList(t *testing.T) {
	var ids []string
	for i, name := range []string{"anna", "bert", "cora"} {
		made := must(user.Create(background, &user.CreateParams{
			EmailAddresses: texts(name + "@list.example"), Username: clerk.String(name + "_list"), FirstName: &name, LastName: clerk.String("Lister"),
			PhoneNumbers: texts([]string{"+12015550131", "+12015550132", "+12015550133"}[i]), ExternalID: clerk.String("list-" + name), Password: clerk.String(password),
			CreatedAt: clerk.String([]string{"2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z", "2020-01-03T00:00:00Z"}[i]),
		}))(t)
		ids = append(ids, made.ID)
	}
	must(user.Ban(background, ids[1]))(t)
	const day1, day3 = 1577836800000, 1578009600000
	for name, row := range map[string]struct {
		params user.ListParams
		want   []int
	}{
		"oldest first":     {user.ListParams{NameQuery: clerk.String("lister"), OrderBy: clerk.String("+created_at")}, []int{0, 1, 2}},
		"newest first":     {user.ListParams{NameQuery: clerk.String("lister")}, []int{2, 1, 0}},
		"by name, down":    {user.ListParams{NameQuery: clerk.String("lister"), OrderBy: clerk.String("-first_name")}, []int{2, 1, 0}},
		"by address":       {user.ListParams{EmailAddresses: []string{"bert@list.example"}}, []int{1}},
		"by part of it":    {user.ListParams{EmailAddressQuery: clerk.String("bert@LIST")}, []int{1}},
		"by number":        {user.ListParams{PhoneNumbers: []string{"+12015550133"}}, []int{2}},
		"by part of one":   {user.ListParams{PhoneNumberQuery: clerk.String("5550133")}, []int{2}},
		"by names":         {user.ListParams{Usernames: []string{"anna_list", "cora_list"}}, []int{2, 0}},
		"by part of names": {user.ListParams{UsernameQuery: clerk.String("nna_li")}, []int{0}},
		"by external ids":  {user.ListParams{ExternalIDs: []string{"list-cora", "list-none"}}, []int{2}},
		"by ids":           {user.ListParams{UserIDs: ids[:2]}, []int{1, 0}},
		"by all texts":     {user.ListParams{Query: clerk.String("cora@list")}, []int{2}},
		"banned":           {user.ListParams{UserIDs: ids, Banned: clerk.Bool(true)}, []int{1}},
		"not banned":       {user.ListParams{UserIDs: ids, Banned: clerk.Bool(false)}, []int{2, 0}},
		"between":          {user.ListParams{UserIDs: ids, CreatedAtAfter: clerk.Int64(day1), CreatedAtBefore: clerk.Int64(day3)}, []int{1}},
		"a page":           {user.ListParams{ListParams: clerk.ListParams{Limit: clerk.Int64(1), Offset: clerk.Int64(1)}, NameQuery: clerk.String("lister")}, []int{1}},
		"by a wallet":      {user.ListParams{Web3Wallets: []string{"0x52908400098527886E0F7030069857D2E4169EE8"}}, nil},
		"never seen":       {user.ListParams{UserIDs: ids, LastActiveAtAfter: clerk.Int64(day1)}, nil},
	} {
		list, err := user.List(background, &row.params)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []int
		for _, u := range list.Users {
			got = append(got, slices.Index(ids, u.ID))
		}
		total := int64(len(row.want))
		if row.params.Limit != nil {
			total = 3
		}
		if !slices.Equal(got, row.want) || list.TotalCount != total {
			t.Errorf("%s: %v of %d, want %v of %d", name, got, list.TotalCount, row.want, total)
		}
	}
	_, err := user.List(background, &user.ListParams{ListParams: clerk.ListParams{Limit: clerk.Int64(501)}})
	refused(t, err, 422, "form_param_value_too_large limit")
	_, err = user.List(background, &user.ListParams{OrderBy: clerk.String("shoe_size")})
	refused(t, err, 422, "form_param_value_invalid order_by")
	for _, id := range ids {
		must(user.Delete(background, id))(t)
	}
}
