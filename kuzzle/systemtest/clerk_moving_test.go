package systemtest

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/exporter"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/strategies/totp/totptest"
)

// movedPassword is the one of users in the importer's files.
const movedPassword = "correct horse battery staple 42!"

// movedSecret is Alice's authenticator app there.
const movedSecret = "JBSWY3DPEHPK3PXP"

// unwrapped keeps weak digests unwrapped, as they otherwise are only until the server has
// time.
func unwrapped(set *settings) { set.Imported = map[string]any{"wrap": "off"} }

// moveIn imports an export of Clerk.
func (s clerkServer) moveIn(t *testing.T) importer.Progress {
	t.Helper()
	var files []importer.File
	for _, name := range []string{"clerk-export.csv", "clerk-users-1.json", "clerk-users-2.json", "clerk-organizations.json", "clerk-memberships.ndjson", "clerk-invitations.json"} {
		text, err := os.ReadFile(filepath.Join("../importer/testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, importer.File{Name: name, From: bytes.NewReader(text)})
	}
	source, err := importer.JoinClerk(t.Context(), files, importer.Options{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var report bytes.Buffer
	run := importer.Run{Source: source, Sink: s.app.Imports(), Report: importer.NewReport(&report)}
	p, err := run.Do(t.Context())
	if err != nil || p.Created != 11 {
		t.Fatalf("%v, %+v, %s", err, p, report.String())
	}
	return p
}

// TestClerkMoving moves users from Clerk to here and back: their ids, passwords, apps and
// all other values in Clerk's API are the same, and so is its reading of an export.
func TestClerkMoving(t *testing.T) {
	t.Parallel()
	s := startClerk(t, unwrapped)
	s.moveIn(t)
	list := s.users(t)
	if diff := cmp.Diff([]string{"user_2aLice", "user_2bOb", "user_2cArol", "user_2dAve", "user_2eRin"}, slices.Sorted(maps.Keys(list))); diff != "" {
		t.Fatalf("users (-want +got):\n%s", diff)
	}
	alice := list["user_2aLice"]
	for field, want := range map[string]any{
		"external_id": "app-1", "username": "alice", "first_name": "Alice", "last_name": "Ames", "locale": "en-GB", "password_enabled": true, "totp_enabled": true,
		"two_factor_enabled": true, "backup_code_enabled": false, "created_at": 1600000000000.0, "last_sign_in_at": 1705000000000.0,
		"public_metadata": map[string]any{"plan": "pro"}, "private_metadata": map[string]any{"crm": 7.0}, "unsafe_metadata": map[string]any{"theme": "dark"},
		"delete_self_enabled": false, "create_organizations_limit": 3.0, "banned": false, "locked": false,
	} {
		if diff := cmp.Diff(want, alice[field]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", field, diff)
		}
	}
	accounts := alice["external_accounts"].([]any)
	if len(accounts) != 1 || accounts[0].(map[string]any)["provider"] != "oauth_google" || accounts[0].(map[string]any)["provider_user_id"] != "10987" {
		t.Errorf("accounts at providers: %v", accounts)
	}
	if list["user_2dAve"]["locked"] != true {
		t.Error("Dave is not locked")
	}
	s.proveMoved(t, "user_2aLice", "user_2bOb")
	s.call(t, "GET", "/users/user_2aLice/organization_memberships", "").want(t, "memberships", map[string]any{"total_count": 2.0})

	back := startClerk(t)
	left := back.takeBack(t, s)
	if diff := cmp.Diff(map[string]int64{
		"accounts at providers": 1, "address that is not verified": 1, "content": 1, "memberships": 2,
	}, left); diff != "" {
		t.Errorf("left of the export (-want +got):\n%s", diff)
	}
	byExternal := map[string]map[string]any{}
	for _, u := range back.users(t) {
		id, _ := u["external_id"].(string)
		byExternal[id] = u
	}
	for id, was := range list {
		if external, ok := was["external_id"].(string); ok {
			id = external
		}
		is := byExternal[id]
		if is == nil {
			t.Errorf("%s did not come along", id)
			continue
		}
		if diff := cmp.Diff(sameAfterMoving(was), sameAfterMoving(is)); diff != "" {
			t.Errorf("%s (-here +there):\n%s", id, diff)
		}
	}
	aliceThere, _ := byExternal["app-1"]["id"].(string)
	bobThere, _ := byExternal["user_2bOb"]["id"].(string)
	back.proveMoved(t, aliceThere, bobThere)
}

// proveMoved verifies the passwords of Alice and Bob, and Alice's app.
func (s clerkServer) proveMoved(t *testing.T, alice, bob string) {
	t.Helper()
	proof := `{"password":"` + movedPassword + `"}`
	for _, id := range []string{alice, bob} {
		s.call(t, "POST", "/users/"+id+"/verify_password", proof).want(t, id, map[string]any{"verified": true})
		s.refuse(t, "POST", "/users/"+id+"/verify_password", []clerkRefusal{{id, `{"password":"another one"}`, 422, []string{"incorrect_password password"}}})
	}
	code := totptest.Code(t, movedSecret, s.clock.Now())
	s.call(t, "POST", "/users/"+alice+"/verify_totp", `{"code":"`+code+`"}`).want(t, "a code", map[string]any{"verified": true, "code_type": "totp"})
	if a := s.kuzzle(t, "POST", "/_login/local", `{"username":"bob@example.com","password":"`+movedPassword+`"}`); a.status != 200 {
		t.Errorf("Bob's login: %d %s", a.status, a.body)
	}
}

// users are all there are, by id, those of an import included, which an export waits for.
func (s clerkServer) users(t *testing.T) map[string]map[string]any {
	t.Helper()
	if _, err := s.app.Operate(t.Context(), backend.AdminRequest{Export: &backend.ExportPage{}}); err != nil {
		t.Fatal(err)
	}
	a := s.call(t, "GET", "/users?limit=100", "")
	var list []map[string]any
	if err := json.Unmarshal(a.body, &list); err != nil {
		t.Fatalf("%d %s", a.status, a.body)
	}
	all := map[string]map[string]any{}
	for _, u := range list {
		all[u["id"].(string)] = u
	}
	return all
}

// takeBack makes the users of an export of another server, each by one request.
func (s clerkServer) takeBack(t *testing.T, from clerkServer) map[string]int64 {
	t.Helper()
	pages := func(ctx context.Context, after string) (page exporter.Page, err error) {
		answer, err := from.app.Operate(ctx, backend.AdminRequest{Export: &backend.ExportPage{After: after, Digests: true}})
		if err == nil {
			err = json.Unmarshal(answer, &page)
		}
		return page, err
	}
	var out bytes.Buffer
	written, left, err := exporter.Clerk(t.Context(), pages, &out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if int(written) != len(lines) {
		t.Errorf("%d users are %d lines", written, len(lines))
	}
	for _, line := range lines {
		if a := s.call(t, "POST", "/users", line); a.status != 200 {
			t.Errorf("%s: %d %s", line, a.status, a.body)
		}
	}
	return left
}

// sameAfterMoving returns the parts of a user that are the same on every server.
func sameAfterMoving(u map[string]any) map[string]any {
	same := maps.Clone(u)
	for _, field := range []string{
		"id", "external_id", "external_accounts", "updated_at", "password_last_updated_at", "last_sign_in_at", "last_active_at", "mfa_enabled_at", "image_url", "profile_image_url",
		"primary_email_address_id", "primary_phone_number_id", "primary_web3_wallet_id", "verification_attempts_remaining",
	} {
		delete(same, field)
	}
	for _, field := range []string{"email_addresses", "phone_numbers", "web3_wallets"} {
		var contacts []string
		for _, one := range u[field].([]any) {
			c := one.(map[string]any)
			verification, _ := c["verification"].(map[string]any)
			if verification["status"] != "verified" && c["reserved"] != true {
				continue // Clerk takes no such address
			}
			value, _ := c[map[string]string{"email_addresses": "email_address", "phone_numbers": "phone_number", "web3_wallets": "web3_wallet"}[field]].(string)
			state, _ := verification["status"].(string)
			primary := ""
			for _, id := range []string{"primary_email_address_id", "primary_phone_number_id", "primary_web3_wallet_id"} {
				if u[id] == c["id"] {
					primary = " primary"
				}
			}
			contacts = append(contacts, value+" "+state+primary)
		}
		slices.Sort(contacts)
		same[field] = contacts
	}
	return same
}

// TestClerkExportForms exports users of all kinds to Clerk: each line is accepted there, and
// unsupported data is reported.
func TestClerkExportForms(t *testing.T) {
	t.Parallel()
	s := startClerk(t, unwrapped)
	for _, body := range []string{
		`{"email_address":["plain@example.com"],"password":"my-secure-password"}`,
		`{"email_address":["codes@example.com"],"password":"my-secure-password","totp_secret":"` + movedSecret + `","backup_codes":["aaaa-bbbb","$2b$04$n66G/MusZA76joLrxpMlx.73CjSP4xKXJiWNjYMixwA8Q5bAFj9SG"]}`,
		`{"phone_number":["+12015550123"],"username":"phone_only","password":"my-secure-password","skip_user_requirement":true,"banned":true}`,
		`{"email_address":["kept@example.com"],"email_address_identification_status":["reserved"],"skip_password_requirement":true,"locked":true,"bypass_client_trust":true,"timezone":"Europe/Paris"}`,
		`{"email_address":["weak@example.com"],"password_hasher":"md5","password_digest":"5f4dcc3b5aa765d61d8327deb882cf99","legal_accepted_at":"2024-01-01T00:00:00Z"}`,
		`{"email_address":["sha512@example.com"],"password_hasher":"sha512_crypt","password_digest":"$6$rounds=1000$saltsalt$uJSmrG5yMmLtpXbwvJ0u3ozsRyGB4OiHqxFXjyxFSxGiJ6iCq4e5sDhSHMOrZJpOZsTLGxlcnUyUWx6FINNvv1"}`,
	} {
		s.make(t, "/users", body)
	}
	// A user of Kuzzle's API, whom Clerk knows nothing to call by.
	s.operate(t, "security", "createUser", map[string]any{"_id": "nameless"}, map[string]any{"content": map[string]any{"profileIds": []any{"default"}}})
	s.operate(t, "security", "createUser", map[string]any{"_id": "short"}, map[string]any{
		"content": map[string]any{"profileIds": []any{"default"}, "town": "Oslo"}, "credentials": map[string]any{"local": map[string]any{"username": "al", "password": "my-secure-password"}},
	})
	back := startClerk(t)
	left := back.takeBack(t, s)
	for _, want := range []string{
		"password, whose digest has a format that Clerk does not accept: sha512_crypt", "everything: the user has no address and no name that Clerk accepts",
	} {
		if left[want] == 0 {
			t.Errorf("the export does not tell %q: %v", want, left)
		}
	}
	here, there := map[any]map[string]any{}, map[any]map[string]any{}
	for id, u := range s.users(t) {
		here[id] = u
	}
	for _, u := range back.users(t) {
		there[u["external_id"]] = u
	}
	if len(there) != 6 {
		t.Errorf("%d users came along, want 6", len(there))
	}
	for id, u := range there {
		was, text := here[id], string(mustJSON(u))
		if strings.Contains(text, "sha512@") { // whose digest stays
			was["password_enabled"] = false
		}
		if diff := cmp.Diff(sameAfterMoving(was), sameAfterMoving(u)); diff != "" {
			t.Errorf("%v (-here +there):\n%s", id, diff)
		}
		path := "/users/" + u["id"].(string)
		for address, proof := range map[string][2]string{
			"plain@": {"/verify_password", `{"password":"my-secure-password"}`}, "phone_only": {"/verify_password", `{"password":"my-secure-password"}`},
			"weak@": {"/verify_password", `{"password":"password"}`}, "codes@": {"/verify_totp", `{"code":"` + totptest.Code(t, movedSecret, back.clock.Now()) + `"}`},
		} {
			if strings.Contains(text, address) {
				back.call(t, "POST", path+proof[0], proof[1]).want(t, text, map[string]any{"verified": true})
			}
		}
	}
}
