package systemtest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// The bodies that the published pages about creating a user send: curl's as it stands,
// and those of the SDK's calls as it sends them.
const (
	curlBody = `{
  "email_address": ["test@example.com"],
  "password": "my-secure-password"
}`
	sdkBody      = `{"first_name":"Test","last_name":"User","email_address":["testclerk123@gmail.com"],"password":"password"}`
	sdkShortBody = `{"email_address":["test@example.com"],"password":"password"}`
)

// TestReferencePagesOfClerk sends the requests of Clerk's published pages, and compares the
// answers with theirs.
func TestReferencePagesOfClerk(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	made := s.curl(t, "POST /v1/users", curlBody)
	id, _ := made.object["id"].(string)
	if made.status != http.StatusOK || !strings.HasPrefix(id, "user_") {
		t.Fatalf("curl creates: %d %s", made.status, made.body)
	}
	if login := s.kuzzle(t, "POST", "/_login/local", `{"username":"test@example.com","password":"my-secure-password"}`); login.status != http.StatusOK {
		t.Errorf("the user logs in: %d %s", login.status, login.body)
	}
	gone := s.curl(t, "DELETE /v1/users/"+id, "")
	if gone.status != http.StatusOK || gone.object["object"] != "user" || gone.object["id"] != id || gone.object["deleted"] != true {
		t.Errorf("curl deletes: %d %s", gone.status, gone.body)
	}
	for _, body := range []string{sdkBody, sdkShortBody} {
		s.refuse(t, "POST", "/users", []clerkRefusal{{"the password of the examples", body, 422, []string{"form_password_pwned password"}}})
		passing := strings.TrimSuffix(body, "}") + `,"skip_password_checks":true}`
		s.call(t, "DELETE", "/users/"+s.make(t, "/users", passing), "")
	}
	s.refuse(t, "DELETE", "/users/user_123", []clerkRefusal{{"the SDK deletes", "", 404, []string{"resource_not_found"}}})

	// The digests that stand in the pages, with the password where one is known.
	for i, row := range []struct{ hasher, digest, password string }{
		{"md5", "5f4dcc3b5aa765d61d8327deb882cf99", "password"},
		{"sha256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "test"},
		{"argon2i", "$argon2i$v=19$m=4096,t=3,p=1$4t6CL3P7YiHBtwESXawI8Hm20zJj4cs7/4/G3c187e0$m7RQFczcKr5bIR0IIxbpO2P0tyrLjf3eUW3M3QSwnLc", ""},
		{"argon2id", "$argon2id$v=19$m=64,t=4,p=8$Z2liZXJyaXNo$iGXEpMBTDYQ8G/71tF0qGjxRHEmR3gpGULcE93zUJVU", ""},
	} {
		id := s.make(t, "/users", fmt.Sprintf(`{"email_address":["digest%d@example.com"],"password_hasher":%q,"password_digest":%q}`, i, row.hasher, row.digest))
		wrong := []clerkRefusal{{row.hasher, `{"password":"not it"}`, 422, []string{"incorrect_password password"}}}
		s.refuse(t, "POST", "/users/"+id+"/verify_password", wrong)
		if row.password == "" {
			continue
		}
		if a := s.call(t, "POST", "/users/"+id+"/verify_password", `{"password":"`+row.password+`"}`); a.object["verified"] != true {
			t.Errorf("%s: %d %s", row.hasher, a.status, a.body)
		}
	}
}

// curl sends a request as curl does when the pages' options are given to it: the headers
// have no blank behind the colon.
func (s clerkServer) curl(t *testing.T, line, body string) clerkAnswer {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	head := fmt.Sprintf("%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\nAuthorization:Bearer %s\r\nContent-Type:application/json\r\n", line, s.addr, clerkKey)
	if body != "" {
		head += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	if _, err := io.WriteString(conn, head+"\r\n"+body); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	a := clerkAnswer{status: res.StatusCode, header: res.Header}
	if a.body, err = io.ReadAll(res.Body); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(a.body, &a.object); err != nil {
		t.Fatalf("%s: %s: %v", line, a.body, err)
	}
	return a
}

// TestConnector makes the calls of a no-code connector, with the headers of its client:
// no version, and a content type only beside a body.
func TestConnector(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	headers := []string{"User-Agent", "axios/1.7", "Accept", "application/json, text/plain, */*"}
	call := func(verb, path, body string) clerkAnswer {
		t.Helper()
		if body == "" {
			return s.call(t, verb, path, body, append(headers, "Content-Type", "")...)
		}
		return s.call(t, verb, path, body, headers...)
	}
	made := call("POST", "/users", `{"external_id":"pd-1","first_name":"Pipe","last_name":"Dream","email_address":["pd@client.example.com"],"phone_number":["+14152939250"],
		"web3_wallet":["0x52908400098527886E0F7030069857D2E4169EE7"],"username":"pd_1","password":"Pd7#k3G0vyffrJ8w","skip_password_checks":false,"skip_password_requirement":false,
		"totp_secret":"JBSWY3DPEHPK3PXP","backup_codes":["abcd-1234"],"public_metadata":{"a":1},"private_metadata":{"b":2},"unsafe_metadata":{"c":3},"created_at":"2012-10-20T07:15:20.902Z"}`)
	id, _ := made.object["id"].(string)
	if made.status != http.StatusOK || id == "" {
		t.Fatalf("Create User: %d %s", made.status, made.body)
	}
	digest := call("POST", "/users", `{"email_address":["dig@client.example.com"],"password":null,"password_digest":"$2a$05$LhayLxezLhK1LhWvKxCyLOj0j1u.Kj0jZ0pEmm134uzrQlFvQJLF6","password_hasher":"bcrypt"}`)
	if digest.status != http.StatusOK || digest.object["password_enabled"] != true {
		t.Errorf("Create User with a digest: %d %s", digest.status, digest.body)
	}

	// For every error, the connector reads errors[0].meta.param_name or param_names[0].
	for name, body := range map[string]string{
		"bad created_at": `{"email_address":["new@client.example.com"],"password":"Pd7#k3G0vyffrJ8w","created_at":"soon"}`,
		"bad digest":     `{"email_address":["new@client.example.com"],"password":null,"password_digest":"x","password_hasher":"bcrypt"}`,
		"a duplicate":    `{"email_address":["pd@client.example.com"],"password":"Pd7#k3G0vyffrJ8w"}`,
		"bad metadata":   `{"email_address":["new@client.example.com"],"password":"Pd7#k3G0vyffrJ8w","public_metadata":[1]}`,
		"no password":    `{"email_address":["new@client.example.com"]}`,
		"weak password":  `{"email_address":["new@client.example.com"],"password":"abc"}`,
		"nothing":        `{}`,
		"no JSON":        `{`,
		"too large":      `{"first_name":"` + strings.Repeat("x", 2<<20) + `"}`,
	} {
		a := call("POST", "/users", body)
		errors := a.errors()
		if a.status < 400 || len(errors) == 0 || !strings.Contains(errors[0], " ") {
			t.Errorf("Create User, %s: %d %s names no parameter first", name, a.status, a.body)
		}
	}

	email, _ := made.object["primary_email_address_id"].(string)
	changed := call("PATCH", "/users/"+id, `{"external_id":"pd2-1","first_name":"Changed","primary_email_address_id":"`+email+`","notify_primary_email_address_changed":false,
		"username":"pd_2","password":"Pd7#k3G0vyffrJ8w2","skip_password_checks":true,"sign_out_of_other_sessions":true,"public_metadata":{"d":4},"unsafe_metadata":{},
		"delete_self_enabled":true,"create_organization_enabled":true,"created_at":"2013-10-20T07:15:20.902Z"}`)
	if public, _ := json.Marshal(changed.object["public_metadata"]); changed.status != http.StatusOK || string(public) != `{"d":4}` || changed.object["first_name"] != "Changed" {
		t.Errorf("Update User: %d %s", changed.status, changed.body)
	}
	if a := call("GET", "/users/"+id, ""); a.object["external_id"] != "pd2-1" {
		t.Errorf("Get User: %d %s", a.status, a.body)
	}
	var listed []struct{ ID string }
	if a := call("GET", "/users?limit=500&offset=0", ""); json.Unmarshal(a.body, &listed) != nil || len(listed) != 2 {
		t.Errorf("the list to choose a user from: %d %s", a.status, a.body)
	}

	// It asks for page after page until one is empty.
	memberships := func() (pages int, names []string) {
		t.Helper()
		for page := 1; page < 20; page++ {
			a := call("GET", fmt.Sprintf("/users/%s/organization_memberships?page=%d", id, page), "")
			data, ok := a.object["data"].([]any)
			if !ok {
				t.Fatalf("page %d: %d %s", page, a.status, a.body)
			}
			if len(data) == 0 {
				return page, names
			}
			for _, one := range data {
				names = append(names, one.(map[string]any)["organization"].(map[string]any)["name"].(string))
			}
		}
		t.Fatal("the pages have no end")
		return 0, nil
	}
	if pages, names := memberships(); pages != 1 || names != nil {
		t.Errorf("without an organization: %d pages of %v", pages, names)
	}
	for _, name := range []string{"One", "Two"} {
		s.make(t, "/organizations", `{"name":"`+name+`","created_by":"`+id+`"}`)
	}
	pages, names := memberships()
	slices.Sort(names)
	if pages != 2 || !slices.Equal(names, []string{"One", "Two"}) {
		t.Errorf("with two organizations: %d pages of %v", pages, names)
	}
	if a := call("DELETE", "/users/"+id, ""); a.status != http.StatusOK || a.object["deleted"] != true {
		t.Errorf("Delete User: %d %s", a.status, a.body)
	}
	if a := call("GET", "/users/"+id, ""); a.status != http.StatusNotFound {
		t.Errorf("Get User, deleted: %d %s", a.status, a.body)
	}
}
