package systemtest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/strategies"
)

// TestClerkRaceOfCreations: of a hundred creations at once, with one address in two
// spellings and in both dialects, one makes a user.
func TestClerkRaceOfCreations(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	var made atomic.Int64
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			address := []string{"Race.One@example.com", "race.one@EXAMPLE.com"}[i/2%2]
			if i%2 == 0 {
				a := s.call(t, "POST", "/users", `{"email_address":["`+address+`"],"password":"my-secure-password"}`)
				if a.status == http.StatusOK {
					made.Add(1)
				} else if a.status != 422 || !slices.Equal(a.errors(), []string{"form_identifier_exists email_address"}) {
					t.Errorf("a creation got %d %s", a.status, a.body)
				}
				return
			}
			res := s.app.Dispatch(t.Context(), &api.Request{
				ID: "race", Controller: "security", Action: "createUser", Peer: &api.Peer{Protocol: api.Embedded, Operator: true},
				Body: map[string]any{
					"content":     map[string]any{"profileIds": []any{"default"}},
					"credentials": map[string]any{"local": map[string]any{"username": address, "password": "my-secure-password"}},
				},
			})
			if res.Err == nil {
				made.Add(1)
			} else if !errors.Is(res.Err, strategies.ErrTaken) {
				t.Errorf("a creation of Kuzzle's got %v", res.Err)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 {
		t.Errorf("%d users were made", made.Load())
	}
	if status, _ := s.loggedIn(t, "RACE.one@example.com", "my-secure-password"); status != http.StatusOK {
		t.Errorf("a login of who was made: %d", status)
	}
}

// TestClerkRaceOfAddresses: changes of the primary address, verifications and deletions
// at once leave a user of whom one verified address is primary.
func TestClerkRaceOfAddresses(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	made := s.call(t, "POST", "/users", `{"email_address":["a@race.example","b@race.example","c@race.example","d@race.example","e@race.example"],"password":"my-secure-password"}`)
	user := made.object["id"].(string)
	var all sync.WaitGroup
	for i := range 60 {
		id := made.contact("email_addresses", i%5)
		all.Go(func() {
			var a clerkAnswer
			switch i / 5 % 4 {
			case 0:
				a = s.call(t, "PATCH", "/users/"+user, `{"primary_email_address_id":"`+id+`"}`)
			case 1:
				a = s.call(t, "PATCH", "/email_addresses/"+id, `{"primary":true}`)
			case 2:
				a = s.call(t, "PATCH", "/email_addresses/"+id, fmt.Sprintf(`{"verified":%v}`, i%2 == 0))
			default:
				if i%5 < 3 {
					a = s.call(t, "DELETE", "/email_addresses/"+id, "")
				} else {
					a = s.call(t, "PATCH", "/users/"+user, `{"first_name":"Jane"}`)
				}
			}
			if !slices.Contains([]int{200, 400, 404, 409, 422}, a.status) {
				t.Errorf("%d: %s", a.status, a.body)
			}
		})
	}
	all.Wait()
	now := s.call(t, "GET", "/users/"+user, "")
	primary, verified := now.object["primary_email_address_id"], 0
	found := false
	for _, one := range now.object["email_addresses"].([]any) {
		address := one.(map[string]any)
		if address["verification"] != nil {
			verified++
			found = found || address["id"] == primary
		}
	}
	if verified == 0 || !found {
		t.Errorf("of %d verified addresses %v is primary: %s", verified, primary, now.body)
	}
	for i := range 5 {
		id := made.contact("email_addresses", i)
		shown := s.call(t, "GET", "/email_addresses/"+id, "")
		if has := strings.Contains(string(now.body), id); has != (shown.status == 200) {
			t.Errorf("the user has %s: %v, but it is read with %d", id, has, shown.status)
		}
	}
}
