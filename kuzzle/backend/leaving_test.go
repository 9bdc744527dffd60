package backend

import (
	"fmt"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// nothingIsHeldThatLeaves: one server deletes profiles and roles, while another creates
// users with those profiles and profiles with those roles. One of each two is refused.
func nothingIsHeldThatLeaves(t *testing.T, here, there *App) {
	const rounds = 12
	list := func(items ...any) []any { return items }
	holding := func(profile string) map[string]any {
		return map[string]any{"content": map[string]any{"profileIds": list(profile)}, "credentials": map[string]any{}}
	}
	naming := func(role string) map[string]any {
		return map[string]any{"policies": list(map[string]any{"roleId": role})}
	}
	var roles, grants []any
	for i := range rounds {
		role, profile := fmt.Sprint("leaving-role-", i), fmt.Sprint("leaving-profile-", i)
		roles, grants = append(roles, role), append(grants, profile)
		must(t, here, "", "security", "createRole", map[string]any{"_id": role}, map[string]any{"controllers": map[string]any{"auth": map[string]any{"actions": map[string]any{"*": true}}}})
		must(t, here, "", "security", "createProfile", map[string]any{"_id": profile}, naming("default"))
	}
	binds(t, "both know of each other", func() bool { return here.nodes.others() && there.nodes.others() })
	var racing sync.WaitGroup
	for action, ids := range map[string][]any{"mDeleteRoles": roles, "mDeleteProfiles": grants} {
		racing.Go(func() {
			here.Dispatch(t.Context(), &api.Request{ID: "r", Controller: "security", Action: action, Body: map[string]any{"ids": ids}, Peer: &api.Peer{Protocol: api.Embedded, Operator: true}})
		})
	}
	for i := range rounds {
		racing.Go(func() {
			_, _ = ask(t, there, "", "security", "createUser", map[string]any{"_id": fmt.Sprint("holder-", i)}, holding(grants[i].(string)))
			_, _ = ask(t, there, "", "security", "createProfile", map[string]any{"_id": fmt.Sprint("naming-", i)}, naming(roles[i].(string)))
		})
	}
	racing.Wait()
	is := func(action string, id any) bool {
		_, err := ask(t, here, "", "security", action, map[string]any{"_id": id}, nil)
		return err == nil
	}
	left := 0
	for i := range rounds {
		for _, of := range []struct{ holder, held bool }{
			{is("getUser", fmt.Sprint("holder-", i)), is("getProfile", grants[i])},
			{is("getProfile", fmt.Sprint("naming-", i)), is("getRole", roles[i])},
		} {
			if of.holder && !of.held {
				t.Errorf("round %d: something is held that is gone", i)
			}
			if !of.held {
				left++
			}
		}
	}
	t.Logf("%d of %d were deleted", left, 2*rounds)
}
