package systemtest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// list returns the external ids of the users that a query lists, in their order.
func (s clerkServer) list(t *testing.T, query string) []string {
	t.Helper()
	a := s.call(t, "GET", "/users"+query, "")
	var users []struct {
		ID         string `json:"id"`
		ExternalID string `json:"external_id"`
	}
	if err := json.Unmarshal(a.body, &users); a.status != 200 || err != nil {
		t.Fatalf("GET /users%s: %d %s (%v)", query, a.status, a.body, err)
	}
	all := make([]string, len(users))
	for i, u := range users {
		all[i] = u.ExternalID
	}
	return all
}

// TestClerkLists: each filter, each order and each page, on users of whom Kuzzle's
// dialect made one.
func TestClerkLists(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	ids := map[string]string{}
	for i, more := range []string{
		`"email_address":["ada@example.com","ada@work.example"],"first_name":"Ada","last_name":"Lovelace","username":"countess","created_at":"2020-01-01T00:00:00Z"`,
		`"email_address":["bob@example.com"],"phone_number":["+12015550111"],"first_name":"bob","username":"builder","created_at":"2020-01-02T00:00:00Z","banned":true`,
		`"email_address":["CAROL@example.com"],"web3_wallet":["0x52908400098527886E0F7030069857D2E4169EE7"],"first_name":"Carol","last_name":"Ålesund","created_at":"2020-01-03T00:00:00Z"`,
		`"email_address":["dan_100%@example.org"],"created_at":"2020-01-03T00:00:00Z"`,
	} {
		name := string(rune('a' + i))
		ids[name] = s.make(t, "/users", `{"external_id":"`+name+`","password":"my-secure-password",`+more+`}`)
	}
	s.operate(t, "security", "createUser", map[string]any{"_id": "kuzzles", "refresh": "wait_for"}, map[string]any{
		"content": map[string]any{"profileIds": []string{"default"}}, "credentials": map[string]any{"local": map[string]any{"username": "made_elsewhere", "password": "correct horse"}},
	})
	q := func(pairs ...string) string {
		values := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			values.Add(pairs[i], pairs[i+1])
		}
		return "?" + values.Encode()
	}
	sameTime := []string{"c", "d"}
	slices.SortFunc(sameTime, func(a, b string) int { return strings.Compare(ids[a], ids[b]) })
	newest := append([]string{""}, append(slices.Clone(sameTime), "b", "a")...)
	oldest := append([]string{"a", "b"}, append(slices.Clone(sameTime), "")...)
	tests := []struct {
		query string
		want  string
	}{
		{"", strings.Join(newest, " ")},
		{q("order_by", "created_at"), strings.Join(oldest, " ")},
		{"?order_by=+created_at", strings.Join(oldest, " ")},
		{q("order_by", "-created_at", "order_by", "username"), strings.Join(newest, " ")},
		{q("order_by", "-created_at", "limit", "2", "offset", "1"), strings.Join(newest[1:3], " ")},
		{q("limit", "2", "starting_after", ids["b"]), "a"},
		{q("order_by", "created_at", "starting_after", ids["a"], "limit", "1"), "b"},
		{q("order_by", "username", "limit", "2"), "b a"},
		{q("order_by", "-username", "limit", "3"), " a b"},
		{q("order_by", "first_name", "limit", "3"), "a b c"},
		{q("order_by", "-last_name", "limit", "2"), "c a"},
		{q("order_by", "email_address", "limit", "4"), "a b c d"},
		{q("order_by", "phone_number", "limit", "1"), "b"},
		{q("order_by", "web3wallet", "limit", "1"), "c"},
		{q("email_address", "ADA@work.example"), "a"},
		{q("email_address", "bob@example.com", "email_address", "nobody@example.com", "order_by", "created_at"), "b"},
		{q("email_address", "ada@example.com", "phone_number", "+12015550111", "order_by", "created_at"), "a b"},
		{"?phone_number=+12015550111", "b"},
		{q("username", "COUNTESS"), "a"},
		{q("username", "made_elsewhere"), ""},
		{q("web3_wallet", "0x52908400098527886e0f7030069857d2e4169ee7"), "c"},
		{q("external_id", "a", "external_id", "+b", "order_by", "created_at"), "a b"},
		{"?external_id=+a", "a"},
		{q("external_id", "-a", "external_id", "-c", "external_id", "-d", "order_by", "created_at"), "b "},
		{q("external_id", "A"), "<none>"},
		{q("user_id", ids["a"], "user_id", "user_nobody"), "a"},
		{q("user_id", "-"+ids["a"], "order_by", "created_at", "limit", "1"), "b"},
		{q("query", "EXAMPLE.com", "order_by", "created_at"), "a b c"},
		{q("query", ids["b"][6:]), "b"},
		{q("query", "ada love"), "a"},
		{q("query", "ålesund"), "c"},
		{q("query", "100%"), "d"},
		{q("query", "dan_1"), "d"},
		{q("query", "d_n"), "<none>"},
		{q("query", "elsewh"), ""},
		{q("username_query", "ld"), "b"},
		{q("email_address_query", "@work"), "a"},
		{q("phone_number_query", "55501"), "b"},
		{q("username_query", "uild"), "b"},
		{q("name_query", "carol"), "c"},
		{q("name_query", "carol å"), "c"},
		{q("banned", "true"), "b"},
		{q("banned", "false", "order_by", "created_at", "limit", "1"), "a"},
		{q("created_at_before", "1577923200000"), "a"},
		{q("created_at_after", "1577836800000", "created_at_before", "1578009600000"), "b"},
		{q("last_sign_in_at_after", "1"), "<none>"},
		{q("last_active_at_since", "1"), "<none>"},
		{q("offset", "5"), "<none>"},
		{q("offset", "20000"), "<none>"},
		{q("email_address", "ada@example.com", "username", "builder"), "<none>"},
		{q("provider", "oauth_google", "provider_user_id", "1"), "<none>"},
	}
	for _, test := range tests {
		got := strings.Join(s.list(t, test.query), " ")
		if test.want == "<none>" {
			if a := s.call(t, "GET", "/users"+test.query, ""); string(a.body) != "[]" {
				t.Errorf("%s: %s, want none", test.query, a.body)
			}
			continue
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.query, got, test.want)
		}
	}
	for query, want := range map[string]float64{"": 5, q("query", "example"): 4, q("limit", "1", "offset", "3", "order_by", "x"): 5, q("banned", "true"): 1, q("email_address", "none@example.com"): 0} {
		if a := s.call(t, "GET", "/users/count"+query, ""); a.object["object"] != "total_count" || a.object["total_count"] != want {
			t.Errorf("count%s: %s, want %v", query, a.body, want)
		}
	}
	many := make([]string, 202)
	for i := range many {
		if many[i] = "username"; i%2 == 1 {
			many[i] = fmt.Sprint("name", i)
		}
	}
	for query, want := range map[string]string{
		q("limit", "0"): "form_param_value_invalid limit", q("limit", "501"): "form_param_value_too_large limit", q("limit", "ten"): "form_param_type_invalid limit",
		q("offset", "-1"): "form_param_value_invalid offset", q("order_by", "shoe_size"): "form_param_value_invalid order_by", q("order_by", "+-created_at"): "form_param_value_invalid order_by",
		q(many...): "form_param_array_size_exceeded username", q("starting_after", ids["a"], "order_by", "username"): "form_param_value_invalid starting_after",
		q("starting_after", ids["a"], "offset", "1"): "form_param_value_invalid starting_after", q("starting_after", "user_nobody"): "resource_not_found",
		q("banned", "maybe"): "form_param_type_invalid banned", q("created_at_before", "yesterday"): "form_param_type_invalid created_at_before", q("created_at_after", "-1"): "form_param_invalid_date created_at_after",
		q("provider", "oauth_google"): "form_conditional_param_missing provider_user_id", q("query", strings.Repeat("x", 300)): "form_param_exceeds_allowed_size query",
		q("email_addres", "x"): "form_param_unknown email_addres",
	} {
		if a := s.call(t, "GET", "/users"+query, ""); !slices.Equal(a.errors(), []string{want}) {
			t.Errorf("%.80s: %d %v, want %s", query, a.status, a.errors(), want)
		}
	}
}
