package systemtest

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
)

// viewed is a field of a user.
type viewed struct {
	name string
	// shown are texts of which a view has one where it shows the field: the value, or
	// where that is a word the member with it.
	shown []string
	// search is the name in a search, for value.
	search string
	value  any
	// member is the name for updateSelf, and next another value.
	member string
	next   any
}

// viewedUser has every field, each with a value of its own.
const viewedUser = `{"username":"view_username","external_id":"view-external","email_address":["view@mail.example"],"phone_number":["+12015550177"],
	"web3_wallet":["0x52908400098527886E0F7030069857D2E4169EE7"],"first_name":"Viewfirst","last_name":"Viewlast","locale":"de-CH","timezone":"Europe/Zurich",
	"public_metadata":{"k":"view-public"},"private_metadata":{"k":"view-private"},"unsafe_metadata":{"k":"view-unsafe"},
	"password_hasher":"bcrypt","password_digest":"$2y$10$OWdRCd0yDJNdykD20stMxOl6iJ1qfaCQBjgg2GUU7AIykFom1ziJa","totp_secret":"JBSWY3DPEHPK3PXP",
	"backup_codes":["$2a$04$LhayLxezLhK1LhWvKxCyLOj0j1u.Kj0jZ0pEmm134uzrQlFvQJLF6"],"created_at":"2023-05-06T07:08:09.123Z","legal_accepted_at":"2024-01-01T00:00:00.456Z",
	"delete_self_enabled":false,"create_organization_enabled":false,"create_organizations_limit":7654,"bypass_client_trust":true}`

// fieldsOf are those of the user with an id, and a picture with a hash.
func fieldsOf(id, picture string) []viewed {
	return []viewed{
		{"id", []string{id}, "_id", id, "_id", "another"},
		{"content", []string{"viewcontent"}, "note", "viewcontent", "note", "view-written"},
		{"profiles", []string{`["admin","default"]`}, "profileIds", "admin", "profileIds", []string{"anonymous"}},
		{"username", []string{"view_username"}, "_account.username", "view_username", "username", "view_written"},
		{"e-mail addresses", []string{"view@mail.example"}, "_account.email", "view@mail.example", "emailAddresses", []string{"written@mail.example"}},
		{"phone numbers", []string{"+12015550177"}, "_account.phone", "+12015550177", "phoneNumbers", []string{"+12015550178"}},
		{"wallets", []string{"0x52908400098527886E0F7030069857D2E4169EE7"}, "_account.wallet", "0x52908400098527886e0f7030069857d2e4169ee7", "web3Wallets", []string{}},
		{"external id", []string{"view-external"}, "_account.externalId", "view-external", "externalId", "written"},
		{"first name", []string{"Viewfirst"}, "_account.firstName", "viewfirst", "firstName", "Written"},
		{"last name", []string{"Viewlast"}, "_account.lastName", "viewlast", "lastName", "Written"},
		{"locale", []string{"de-CH"}, "_account.locale", "de-CH", "locale", "en"},
		{"timezone", []string{"Europe/Zurich"}, "_account.timezone", "Europe/Zurich", "timezone", "Europe/Paris"},
		{"picture", []string{picture}, "_account.picture.hash", picture, "imageUrl", "https://example.com/x.png"},
		{"public metadata", []string{"view-public"}, "_account.metadata.public.k", "view-public", "publicMetadata", map[string]any{"k": "written"}},
		{"private metadata", []string{"view-private"}, "_account.metadata.private.k", "view-private", "privateMetadata", map[string]any{"k": "written"}},
		{"unsafe metadata", []string{"view-unsafe"}, "_account.metadata.unsafe.k", "view-unsafe", "unsafeMetadata", map[string]any{"k": "written"}},
		{"created at", []string{"1683356889123"}, "_kuzzle_info.createdAt", 1683356889123, "createdAt", 1},
		{"legal consent", []string{"1704067200456"}, "_account.legalAcceptedAt", 1704067200456, "legalAcceptedAt", 1},
		{"may delete itself", []string{`"delete_self_enabled":false`, `"deleteSelf":false`}, "_account.deleteSelf", false, "deleteSelfEnabled", true},
		{"may make organizations", []string{`"create_organization_enabled":false`, `"createOrganizations":false`}, "_account.createOrganizations", false, "createOrganizationEnabled", true},
		{"organizations at most", []string{`"create_organizations_limit":7654`, `"organizationsLimit":7654`}, "_account.organizationsLimit", 7654, "createOrganizationsLimit", 1},
		{"trust in clients", []string{`"bypass_client_trust":true`, `"trustClients":true`}, "_account.trustClients", true, "bypassClientTrust", false},
		{"password digest", []string{"OWdRCd0yDJNdykD20stMxOl6iJ1qfaCQBjgg"}, "_account.credentials.digest-import.passwordDigest", "$2y$10$OWdRCd0yDJNdykD20stMxOl6iJ1qfaCQBjgg2GUU7AIykFom1ziJa", "passwordDigest", "x"},
		{"authenticator secret", []string{"JBSWY3DPEHPK3PXP"}, "_account.credentials.totp.secret", "JBSWY3DPEHPK3PXP", "totpSecret", "JBSWY3DPEHPK3PXQ"},
		{"backup codes", []string{"LhayLxezLhK1LhWvKxCyLOj0j1u"}, "_account.credentials.backup-code.codes", "x", "backupCodes", []string{"x"}},
	}
}

// standingOf returns the fields of a banned or locked user.
func standingOf() []viewed {
	return []viewed{
		{"ban", []string{`"banned":true`, `"bannedAt":`}, "_account.banned", true, "banned", false},
		{"lock", []string{`"locked":true`, `"lockedAt":`}, "_account.locked", true, "locked", false},
	}
}

const viewsFile = "../accounts/views.md"

// The words of its table, and its columns that are no texts to look through.
const (
	isShown, isSearched, isWritten, isNever = "shown", "searched", "written", "never"

	searching, writing = "searchUsers", "updateSelf"
)

// columns are the views, in the order of the table.
var columns = []string{"getUser", searching, "getCurrentUser", writing, "Clerk's User", "session token", "webhook", "Clerk's webhook", "export", "export with digests"}

// table returns the observations in the form of the file.
func table(rows [][]string) string {
	var b strings.Builder
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(append([]string{"field"}, columns...))
	b.WriteString("|" + strings.Repeat("---|", 1+len(columns)) + "\n")
	for _, row := range rows {
		line(row)
	}
	return b.String()
}

// TestViews compares every cell of the table of fields and views with the server.
func TestViews(t *testing.T) {
	t.Parallel()
	s := startClerk(t, privateHooks)
	s.set(t, "clerk.legalConsent", "required") // consent is shown where it is asked for
	id := s.make(t, "/users", viewedUser)
	body, contentType := form(t, "file", "\x89PNG\r\n\x1a\nview")
	image := s.call(t, "POST", "/users/"+id+"/profile_image", body, "Content-Type", contentType)
	address, _ := image.object["image_url"].(string)
	picture := address[strings.LastIndex(address, "/")+1:]
	if image.status != 200 || len(picture) < 16 {
		t.Fatalf("a picture: %d %s", image.status, image.body)
	}
	s.operate(t, "security", "updateUser", map[string]any{"_id": id, "refresh": "wait_for"}, map[string]any{"note": "viewcontent", "profileIds": []string{"admin", "default"}})
	key := s.operate(t, "security", "createApiKey", map[string]any{"userId": id}, map[string]any{"description": "views"})
	token := "Bearer " + key["result"].(map[string]any)["_source"].(map[string]any)["token"].(string)

	var got [][]string
	views := s.viewsOf(t, id)
	s.hook(t, id, views)
	views["getCurrentUser"] = string(s.kuzzle(t, "GET", "/_me", "", "Authorization", token).body)
	claims, _ := s.claims(t, "/sessions/"+s.session(t, id, "")+"/tokens", "", secondTokens)
	views["session token"] = string(mustJSON(claims))
	for _, field := range fieldsOf(id, picture) {
		row := s.row(t, id, field, views)
		before := s.account(t, id)
		written, _ := json.Marshal(map[string]any{field.member: field.next})
		if a := s.kuzzle(t, "PUT", "/_me", string(written), "Authorization", token); a.status == 200 && field.search == field.member {
			row[writing] = isWritten // into the content, as the name says
		}
		if s.account(t, id) != before {
			row[writing] = isWritten
		}
		got = append(got, cells(field, row))
	}
	for _, action := range []string{"ban", "lock"} {
		if a := s.call(t, "POST", "/users/"+id+"/"+action, ""); a.status != 200 {
			t.Fatalf("%s: %d %s", action, a.status, a.body)
		}
	}
	views = s.viewsOf(t, id)
	s.hook(t, id, views)
	views["getCurrentUser"], views["session token"] = "", "" // there are none
	for _, field := range standingOf() {
		got = append(got, cells(field, s.row(t, id, field, views)))
	}
	text, err := os.ReadFile(viewsFile)
	if err != nil {
		t.Fatal(err)
	}
	_, want, _ := strings.Cut(string(text), "\n\n|")
	if diff := cmp.Diff("|"+want, table(got)); diff != "" {
		t.Errorf("%s and the server (-want +got):\n%s\nThe table would be:\n%s", viewsFile, diff, table(got))
	}
}

// cells are a field's, in the order of the columns.
func cells(field viewed, row map[string]string) []string {
	all := []string{field.name}
	for _, column := range columns {
		all = append(all, row[column])
	}
	return all
}

// viewsOf returns the views that users who manage others have of a user.
func (s clerkServer) viewsOf(t *testing.T, id string) map[string]string {
	t.Helper()
	text := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	export := func(digests bool) string {
		page, err := s.app.Operate(t.Context(), backend.AdminRequest{Export: &backend.ExportPage{Digests: digests}})
		if err != nil {
			t.Fatal(err)
		}
		return string(page)
	}
	return map[string]string{
		"getUser":             text(s.operate(t, "security", "getUser", map[string]any{"_id": id}, nil)),
		searching:             text(s.operate(t, "security", "searchUsers", nil, map[string]any{"query": map[string]any{"ids": map[string]any{"values": []string{id}}}})),
		"Clerk's User":        string(s.call(t, "GET", "/users/"+id, "").body),
		"export":              export(false),
		"export with digests": export(true),
	}
}

// hook adds to the views of a user those of programs that are told of a change.
func (s clerkServer) hook(t *testing.T, id string, views map[string]string) {
	t.Helper()
	plain, clerk := newReceiver(t), s.clerkHook(t, "user.updated")
	s.addHook(t, plain, "user.updated")
	s.operate(t, "security", "updateUser", map[string]any{"_id": id}, map[string]any{"note": "viewcontent"})
	plain.await("of a change", func(took, _ []told) bool {
		if len(took) > 0 {
			views["webhook"] = took[0].raw
		}
		return len(took) > 0
	})
	for _, e := range clerk.await(1)[:1] {
		views["Clerk's webhook"] = e.raw
	}
}

// row returns the values of a field in the views, and whether a search finds the user
// by it.
func (s clerkServer) row(t *testing.T, id string, field viewed, views map[string]string) map[string]string {
	t.Helper()
	row := map[string]string{writing: isNever}
	for name, view := range views {
		row[name] = isNever
		if slices.ContainsFunc(field.shown, func(text string) bool { return strings.Contains(view, text) }) {
			row[name] = isShown
		}
	}
	found, err := json.Marshal(s.operate(t, "security", "searchUsers", nil, map[string]any{"query": map[string]any{"term": map[string]any{field.search: field.value}}}))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(found), id) {
		row[searching] = strings.TrimPrefix(strings.Replace(row[searching], isNever, "", 1)+", "+isSearched, ", ")
	}
	return row
}

// account is all that is kept of a user beside the content, but for the time of the
// last change.
func (s clerkServer) account(t *testing.T, id string) string {
	t.Helper()
	shown := s.call(t, "GET", "/users/"+id, "").object
	delete(shown, "updated_at")
	source := s.operate(t, "security", "getUser", map[string]any{"_id": id}, nil)["result"].(map[string]any)["_source"].(map[string]any)
	text, err := json.Marshal([]any{shown, source["profileIds"]})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
