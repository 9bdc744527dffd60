package systemtest

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// TestClerkInvitations takes an invitation from its mail to the user who accepts it.
func TestClerkInvitations(t *testing.T) {
	t.Parallel()
	mailing, box := mailTo(t)
	s := startClerk(t, mailing)
	made := s.call(t, "POST", "/invitations", `{"email_address":"Jane@Example.com","public_metadata":{"team":"crimson"},"expires_in_days":2}`)
	link := s.link(t, made)
	if made.object["object"] != "invitation" || made.object["email_address"] != "Jane@example.com" || made.object["status"] != "pending" || made.object["revoked"] != nil ||
		made.object["public_metadata"].(map[string]any)["team"] != "crimson" || made.object["expires_at"].(float64)-made.object["created_at"].(float64) != 2*24*3600*1000 {
		t.Errorf("made: %s", made.body)
	}
	if text := box.next(t, "invitation", "Jane@example.com"); !strings.Contains(text, link) || strings.Contains(text, "crimson") {
		t.Errorf("the mail says %s", text)
	}
	page := s.follow(t, link)
	if again := s.follow(t, link); again != page || !strings.Contains(page, `type="password" name="password"`) {
		t.Errorf("the page is %s\nand then %s", page, again)
	}
	ticket := html.UnescapeString(regexp.MustCompile(`name="ticket" value="([^"]*)"`).FindStringSubmatch(page)[1])
	for name, body := range map[string]string{"no password": `{"ticket":"` + ticket + `"}`, "a short one": `{"ticket":"` + ticket + `","password":"x"}`, "a common one": `{"ticket":"` + ticket + `","password":"password"}`} {
		if a := s.kuzzle(t, "POST", "/_login/ticket", body); a.status != 400 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	form := url.Values{"ticket": {ticket}, "password": {"my-secure-password"}}
	res, err := s.client.Post("http://"+s.addr+"/_login/ticket", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct{ Result struct{ ID, JWT string } }
	text, _ := io.ReadAll(res.Body)
	if err := json.Unmarshal([]byte(strings.Replace(string(text), `"_id"`, `"ID"`, 1)), &answer); err != nil || answer.Result.JWT == "" {
		t.Fatalf("accepted: %d %s", res.StatusCode, text)
	}
	s.seen.note(answer.Result.JWT)
	user := s.call(t, "GET", "/users/"+answer.Result.ID, "")
	address, _ := user.object["email_addresses"].([]any)[0].(map[string]any)
	verification, _ := address["verification"].(map[string]any)
	if user.object["public_metadata"].(map[string]any)["team"] != "crimson" || user.object["password_enabled"] != true ||
		verification["object"] != "verification_ticket" || verification["status"] != "verified" || verification["strategy"] != "ticket" {
		t.Errorf("the user is %s", user.body)
	}
	if one := s.sessionOf(t, answer.Result.ID); one["status"] != "active" {
		t.Errorf("the session is %v", one)
	}
	if a := s.kuzzle(t, "POST", "/_login/local", `{"username":"jane@example.com","password":"my-secure-password"}`); a.status != 200 {
		t.Errorf("the newcomer logs in: %d %s", a.status, a.body)
	}
	if a := s.kuzzle(t, "POST", "/_login/ticket", `{"ticket":"`+ticket+`","password":"my-secure-password"}`); a.status != 401 || !strings.Contains(string(a.body), "security.ticket.used") {
		t.Errorf("a second time: %d %s", a.status, a.body)
	}
	id := made.object["id"].(string)
	s.refuse(t, "POST", "/invitations/"+id+"/revoke", []clerkRefusal{{"accepted", "null", 400, []string{"invitation_already_accepted"}}})
	s.refuse(t, "POST", "/invitations", []clerkRefusal{{"a user's", `{"email_address":"JANE@example.com","notify":false}`, 422, []string{"form_identifier_exists email_address"}}})
	if a := s.call(t, "GET", "/invitations?paginated=true&status=accepted", ""); a.object["total_count"] != 1.0 {
		t.Errorf("accepted: %s", a.body)
	}
	if a := s.call(t, "POST", "/invitations", `{"email_address":"wait@example.com","template_slug":"waitlist_invitation"}`); a.status != 200 {
		t.Errorf("from the waiting list: %d %s", a.status, a.body)
	}
	box.next(t, "waitlist-invitation", "wait@example.com")
}

// link is the link of an invitation, which no log may show.
func (s clerkServer) link(t *testing.T, made clerkAnswer) string {
	t.Helper()
	link, _ := made.object["url"].(string)
	_, secret, _ := strings.Cut(link, ".0.0.1")
	_, secret, _ = strings.Cut(secret, ".")
	if made.status != 200 || secret == "" || !strings.HasPrefix(link, "http://"+s.addr+"/_login/ticket?ticket=inv_") {
		t.Fatalf("made: %d %s", made.status, made.body)
	}
	s.seen.note(secret)
	return link
}

// follow opens a link as a browser does.
func (s clerkServer) follow(t *testing.T, link string) string {
	t.Helper()
	res, text := exchange(t, s.client.Do, "GET", link, nil, "Accept", "text/html")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("following a link: %d %s", res.StatusCode, text)
	}
	return string(text)
}

// TestClerkInvitationRedirect: the link leads to the application, with the ticket.
func TestClerkInvitationRedirect(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for to, want := range map[string]string{
		"https://app.example.com/in?a=1#x": "https://app.example.com/in?__clerk_status=sign_up&__clerk_ticket=TICKET&a=1#x",
		"http://localhost:3000/":           "http://localhost:3000/?__clerk_status=sign_up&__clerk_ticket=TICKET",
	} {
		made := s.call(t, "POST", "/invitations", fmt.Sprintf(`{"email_address":"jane%d@example.com","redirect_url":%q}`, len(to), to))
		link := s.link(t, made)
		at, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.client.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := strings.Replace(res.Header.Get("Location"), at.Query().Get("ticket"), "TICKET", 1); res.StatusCode != http.StatusFound || got != want {
			t.Errorf("leads to %d %s, want %s", res.StatusCode, got, want)
		}
		s.redeemsNew(t, at.Query().Get("ticket"))
	}
}

func (s clerkServer) redeemsNew(t *testing.T, ticket string) {
	t.Helper()
	a := s.kuzzle(t, "POST", "/_login/ticket", `{"ticket":"`+ticket+`","password":"my-secure-password"}`)
	result, _ := a.object["result"].(map[string]any)
	jwt, _ := result["jwt"].(string)
	if a.status != 200 || jwt == "" {
		t.Fatalf("accepted: %d %s", a.status, a.body)
	}
	s.seen.note(jwt)
}

// TestClerkInvitationRefusals: each fault has Clerk's code, and leaves nothing.
func TestClerkInvitationRefusals(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	s.make(t, "/users", `{"email_address":["taken@example.com"],"password":"my-secure-password"}`)
	s.make(t, "/invitations", `{"email_address":"open@example.com"}`)
	big := strings.Repeat("x", 8190)
	rows := []clerkRefusal{
		{"nothing", `{}`, 422, []string{"form_param_missing email_address"}},
		{"null", `{"email_address":null}`, 422, []string{"form_param_nil email_address"}},
		{"empty", `{"email_address":""}`, 422, []string{"form_param_nil email_address"}},
		{"no address", `{"email_address":"jane"}`, 422, []string{"form_param_format_invalid email_address"}},
		{"a number", `{"email_address":1}`, 422, []string{"form_param_type_invalid email_address"}},
		{"unknown", `{"email_address":"a@example.com","x":1}`, 422, []string{"form_param_unknown x"}},
		{"no object", `{"email_address":"a@example.com","public_metadata":[]}`, 422, []string{"form_param_value_invalid public_metadata"}},
		{"too much", `{"email_address":"a@example.com","public_metadata":{"x":"` + big + `"}}`, 422, []string{"form_param_exceeds_allowed_size public_metadata"}},
		{"no days", `{"email_address":"a@example.com","expires_in_days":0}`, 422, []string{"form_param_value_invalid expires_in_days"}},
		{"too many days", `{"email_address":"a@example.com","expires_in_days":366}`, 422, []string{"form_param_value_too_large expires_in_days"}},
		{"days as text", `{"email_address":"a@example.com","expires_in_days":"1"}`, 422, []string{"form_param_type_invalid expires_in_days"}},
		{"no flag", `{"email_address":"a@example.com","notify":"yes"}`, 422, []string{"form_param_type_invalid notify"}},
		{"a script", `{"email_address":"a@example.com","redirect_url":"javascript:alert(1)"}`, 422, []string{"form_param_format_invalid redirect_url"}},
		{"in the clear", `{"email_address":"a@example.com","redirect_url":"http://app.example.com"}`, 422, []string{"form_param_format_invalid redirect_url"}},
		{"no template", `{"email_address":"a@example.com","template_slug":"x"}`, 422, []string{"form_param_value_invalid template_slug"}},
		{"a user's", `{"email_address":"Taken@example.com"}`, 422, []string{"form_identifier_exists email_address"}},
		{"invited", `{"email_address":"OPEN@example.com"}`, 400, []string{"duplicate_record"}},
	}
	s.refuse(t, "POST", "/invitations", rows)
	for i := range rows {
		if rows[i].body != `{}` {
			rows[i].body = `[{"email_address":"first@example.com"},` + rows[i].body + `]`
			continue
		}
		rows[i].body = `[{"email_address":"first@example.com"},{}]`
	}
	many := strings.Repeat(`{"email_address":"first@example.com"},`, 11)
	s.refuse(t, "POST", "/invitations/bulk", append(rows,
		clerkRefusal{"no list", `{"email_address":"a@example.com"}`, 400, []string{"request_body_invalid"}},
		clerkRefusal{"no objects", `["a@example.com"]`, 400, []string{"request_body_invalid"}},
		clerkRefusal{"a number in a list", `[5]`, 400, []string{"request_body_invalid"}},
		clerkRefusal{"null in a list", `[null]`, 400, []string{"request_body_invalid"}},
		clerkRefusal{"none", `[]`, 422, []string{"form_param_missing email_address"}},
		clerkRefusal{"too many", "[" + many[:len(many)-1] + "]", 400, []string{"bulk_size_exceeded invitations"}},
		clerkRefusal{"twice", `[{"email_address":"first@example.com"},{"email_address":"First@example.com"}]`, 400, []string{"duplicate_record"}},
	))
	for _, body := range []string{`[5]`, `[null]`, `{"a":1}`} {
		if a := s.call(t, "POST", "/invitations/bulk", body); !strings.Contains(string(a.body), "JSON array of objects") {
			t.Errorf("%s does not say what is wanted: %s", body, a.body)
		}
	}
	a := s.call(t, "POST", "/invitations/bulk", `[{"email_address":"new@example.com"},{"email_address":"open@example.com"}]`)
	meta := a.object["errors"].([]any)[0].(map[string]any)["meta"].(map[string]any)
	if list, _ := meta["email_addresses"].([]any); len(list) != 1 || list[0] != "open@example.com" {
		t.Errorf("meta: %s", a.body)
	}
	for path, want := range map[string]string{
		"?status=x": "form_param_value_invalid status", "?limit=0": "form_param_value_invalid limit", "?limit=501": "form_param_value_too_large limit", "?offset=-1": "form_param_value_invalid offset",
		"?order_by=name": "form_param_value_invalid order_by", "?offset=9999": "form_param_value_too_large offset", "?x=1": "form_param_unknown x", "?paginated=yes": "form_param_type_invalid paginated",
		"?query=" + strings.Repeat("x", 257): "form_param_exceeds_allowed_size query",
	} {
		if a := s.call(t, "GET", "/invitations"+path, ""); strings.Join(a.errors(), ",") != want {
			t.Errorf("%s: %d %v, want %s", path, a.status, a.errors(), want)
		}
	}
	none := []clerkRefusal{{"none", "", 404, []string{"resource_not_found"}}}
	s.refuse(t, "POST", "/invitations/inv_none/revoke", none)
	s.refuse(t, "DELETE", "/invitations/inv_none", none)
	for _, request := range [][2]string{{"POST", "/invitations"}, {"GET", "/invitations"}, {"POST", "/invitations/bulk"}, {"POST", "/invitations/x/revoke"}, {"DELETE", "/invitations/x"}, {"POST", "/sign_in_tokens"}, {"POST", "/sign_in_tokens/x/revoke"}, {"POST", "/actor_tokens"}, {"POST", "/actor_tokens/x/revoke"}} {
		if a := s.call(t, request[0], request[1], "{}", "Authorization", "Bearer sk_test_of_nobody_at_all"); a.status != 401 || !slices.Equal(a.errors(), []string{"clerk_key_invalid"}) {
			t.Errorf("%v with a wrong key: %d %v", request, a.status, a.errors())
		}
	}
	if got := s.invited(t, ""); !slices.Equal(got, []string{"open@example.com pending"}) {
		t.Errorf("there are %v", got)
	}
}

// invited lists invitations: the address and the status of each.
func (s clerkServer) invited(t *testing.T, query string) []string {
	t.Helper()
	var listed []map[string]any
	if err := json.Unmarshal(s.call(t, "GET", "/invitations"+query, "").body, &listed); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, one := range listed {
		all = append(all, one["email_address"].(string)+" "+one["status"].(string))
	}
	return all
}

// TestClerkInvitationList: revoked invitations are listed where they are asked for, and
// deleted ones not at all.
func TestClerkInvitationList(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	s.clock.freeze()
	var made []map[string]any
	body := `[{"email_address":"cleo@example.com","expires_in_days":1},{"email_address":"anna@example.com","notify":false},{"email_address":"bert@example.com","public_metadata":null}]`
	if err := json.Unmarshal(s.call(t, "POST", "/invitations/bulk", body).body, &made); err != nil || len(made) != 3 {
		t.Fatalf("made %v, %v", made, err)
	}
	s.clock.advance(time.Second)
	dora := s.make(t, "/invitations", `{"email_address":"dora@example.com"}`)
	s.make(t, "/invitations", `{"email_address":"dora@example.com","ignore_existing":true}`)
	bert := made[2]["id"].(string)
	if a := s.call(t, "POST", "/invitations/"+bert+"/revoke", "null"); a.status != 200 || a.object["revoked"] != true || a.object["status"] != "revoked" {
		t.Errorf("revoked: %d %s", a.status, a.body)
	}
	s.refuse(t, "POST", "/invitations/"+bert+"/revoke", []clerkRefusal{{"revoked again", "", 400, []string{"invitation_already_revoked"}}})
	if a := s.call(t, "DELETE", "/invitations/"+dora, ""); a.status != 200 || a.object["object"] != "invitation" || a.object["id"] != dora || a.object["deleted"] != true {
		t.Errorf("deleted: %d %s", a.status, a.body)
	}
	s.refuse(t, "DELETE", "/invitations/"+dora, []clerkRefusal{{"deleted again", "", 404, []string{"resource_not_found"}}})
	s.clock.advance(24 * time.Hour)
	for query, want := range map[string][]string{
		"?order_by=email_address":                     {"anna@example.com pending", "cleo@example.com expired", "dora@example.com pending"},
		"?order_by=-expires_at&limit=1":               {"dora@example.com pending"},
		"?order_by=%2Bexpires_at&limit=1":             {"cleo@example.com expired"},
		"?order_by=%20email_address&limit=1&offset=1": {"cleo@example.com expired"},
		"?limit=1":        {"dora@example.com pending"},
		"?status=revoked": {"bert@example.com revoked"},
		"?status=revoked&status=expired&order_by=expires_at": {"cleo@example.com expired", "bert@example.com revoked"},
		"?query=NNA%40":                    {"anna@example.com pending"},
		"?query=" + made[0]["id"].(string): {"cleo@example.com expired"},
		"?status=accepted":                 nil,
	} {
		if got := s.invited(t, query); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	if a := s.call(t, "GET", "/invitations?paginated=true&limit=1", ""); a.object["total_count"] != 3.0 || len(a.object["data"].([]any)) != 1 {
		t.Errorf("a page: %s", a.body)
	}
}

// TestClerkInvitationsLive: with a live key an invitation is not made whose mail cannot be
// sent, and none is made whose link nobody could follow.
func TestClerkInvitationsLive(t *testing.T) {
	t.Parallel()
	const key = "sk_live_only_for_these_tests"
	live := func(set *settings) { set.Clerk.SecretKey = config.Secret(key) }
	s := startClerk(t, live)
	ask := func(body string) clerkAnswer {
		return s.call(t, "POST", "/invitations", body, "Authorization", "Bearer "+key)
	}
	if a := ask(`{"email_address":"a@example.com"}`); a.status != 503 || !slices.Equal(a.errors(), []string{"service_unavailable"}) {
		t.Errorf("no mail: %d %s", a.status, a.body)
	}
	if a := ask(`{"email_address":"a@example.com","notify":false}`); a.status != 200 {
		t.Errorf("without mail: %d %s", a.status, a.body)
	}
	far := startClerk(t, func(set *settings) { set.Listen = "0.0.0.0:0" })
	far.refuse(t, "POST", "/invitations", []clerkRefusal{{"no address of its own", `{"email_address":"a@example.com"}`, 400, []string{"request_invalid_for_instance"}}})
	id := far.make(t, "/users", `{"email_address":["jane@example.com"],"password":"my-secure-password"}`)
	if a := far.call(t, "POST", "/sign_in_tokens", `{"user_id":"`+id+`"}`); a.status != 200 || a.object["url"] != nil || a.object["token"] == nil {
		t.Errorf("a token without a link: %d %s", a.status, a.body)
	}
	public := startClerk(t, func(set *settings) { set.Listen, set.PublicURL = "0.0.0.0:0", "https://auth.example.com/" })
	if a := public.call(t, "POST", "/invitations", `{"email_address":"a@example.com"}`); !strings.HasPrefix(fmt.Sprint(a.object["url"]), "https://auth.example.com/_login/ticket?ticket=inv_") {
		t.Errorf("with a public URL: %d %s", a.status, a.body)
	}
}

// TestClerkInvitationLimits: a key invites so often an hour, and is let go on after the
// time that is told.
func TestClerkInvitationLimits(t *testing.T) {
	t.Parallel()
	s := startClerk(t, func(set *settings) { set.Clerk.RateLimit = "on" })
	s.clock.freeze()
	for path, most := range map[string]int{
		"/invitations": 100, "/invitations/bulk": 25, "/organizations/org_x/invitations": 250, "/organizations/org_x/invitations/bulk": 50,
	} {
		s.clock.advance(time.Hour)
		for i := range most {
			if i%50 == 0 {
				s.clock.advance(10 * time.Second)
			}
			if a := s.call(t, "POST", path, `{}`); a.status == 429 {
				t.Fatalf("%s: request %d is refused", path, i)
			}
		}
		s.clock.advance(10 * time.Second)
		a := s.call(t, "POST", path, `{}`)
		wait, err := strconv.Atoi(a.header.Get("Retry-After"))
		if a.status != 429 || err != nil || wait < 3500 || wait > 3600 {
			t.Errorf("%s: one too many is answered %d, Retry-After %q", path, a.status, a.header.Get("Retry-After"))
		}
		s.clock.advance(time.Duration(wait) * time.Second)
		if a := s.call(t, "POST", path, `{}`); a.status == 429 {
			t.Errorf("%s: refused still after %d s", path, wait)
		}
	}
}

// TestClerkInvitationNeeds: new users must give the attributes that the instance requires,
// and cannot give those that are off.
func TestClerkInvitationNeeds(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		set  func(*config.Clerk)
		page string
		// refused are logins without the required values, accepted is one with them.
		refused  map[string]string
		accepted string
	}{
		"a name": {
			set: func(c *config.Clerk) { c.Attributes.Username = "required" }, page: `name="username"`,
			refused: map[string]string{`"password":"my-secure-password"`: "api.assert.missing_argument"}, accepted: `"password":"my-secure-password","username":"jane_doe"`,
		},
		"no password": {
			set: func(c *config.Clerk) { c.Attributes.Password = "off" }, page: `<button>Accept</button>`,
			refused: map[string]string{`"password":"my-secure-password"`: "api.assert.forbidden_argument"}, accepted: `"firstName":"Jane"`,
		},
		"consent": {
			set: func(c *config.Clerk) { c.LegalConsent = "required" }, page: `type="checkbox" name="legalAccepted"`,
			refused: map[string]string{
				`"password":"my-secure-password"`: "api.assert.missing_argument", `"password":"my-secure-password","legalAccepted":"no"`: "api.assert.invalid_type",
			}, accepted: `"password":"my-secure-password","legalAccepted":true`,
		},
		"leaked": {set: func(c *config.Clerk) { c.HIBP = false }, page: `name="password"`, accepted: `"password":"password"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startClerk(t, func(set *settings) { row.set(&set.Clerk) })
			link := s.link(t, s.call(t, "POST", "/invitations", `{"email_address":"jane@example.com"}`))
			if page := s.follow(t, link); !strings.Contains(page, row.page) {
				t.Errorf("the page is %s", page)
			}
			at, err := url.Parse(link)
			if err != nil {
				t.Fatal(err)
			}
			login := func(more string) clerkAnswer {
				return s.kuzzle(t, "POST", "/_login/ticket", fmt.Sprintf(`{"ticket":%q,%s}`, at.Query().Get("ticket"), more))
			}
			for more, want := range row.refused {
				if a := login(more); a.status != 400 || !strings.Contains(string(a.body), want) {
					t.Errorf("%s: %d %s, want %s", more, a.status, a.body, want)
				}
			}
			if a := login(row.accepted); a.status != 200 {
				t.Errorf("%s: %d %s", row.accepted, a.status, a.body)
			}
		})
	}
	s := startClerk(t, func(set *settings) { set.Clerk.Attributes.EmailAddress = "off" })
	s.refuse(t, "POST", "/invitations", []clerkRefusal{{"no addresses", `{"email_address":"a@example.com"}`, 400, []string{"invitations_not_supported"}}})
}

// TestClerkInvitationPasswords: newcomers choose passwords by the rules that keys are held
// to, however little the strategy asks for that keeps them.
func TestClerkInvitationPasswords(t *testing.T) {
	t.Parallel()
	s := startClerk(t, func(set *settings) { set.Local = map[string]any{"minLength": 1, "forbidCommon": false} })
	at, err := url.Parse(s.link(t, s.call(t, "POST", "/invitations", `{"email_address":"jane@example.com"}`)))
	if err != nil {
		t.Fatal(err)
	}
	ticket := at.Query().Get("ticket")
	for password, want := range map[string][2]string{
		"password":              {"password_leaked", "form_password_pwned"},
		"zq8-k":                 {"password_too_short", "form_password_length_too_short"},
		strings.Repeat("x", 73): {"password_too_long", "form_password_length_too_long"},
		strings.Repeat("é", 40): {"password_too_large", "form_password_size_in_bytes_exceeded"},
		"Jane@example.com":      {"password_is_name", "form_password_matches_identifier"},
	} {
		if a := s.kuzzle(t, "POST", "/_login/ticket", fmt.Sprintf(`{"ticket":%q,"password":%q}`, ticket, password)); a.status != 400 || !strings.Contains(string(a.body), want[0]) {
			t.Errorf("accepting with %s: %d %s, want %s", password, a.status, a.body, want[0])
		}
		s.refuse(t, "POST", "/users", []clerkRefusal{{password, fmt.Sprintf(`{"email_address":["jane@example.com"],"password":%q}`, password), 422, []string{want[1] + " password"}}})
	}
	s.redeemsNew(t, ticket)
}
