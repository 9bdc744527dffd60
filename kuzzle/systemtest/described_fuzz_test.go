package systemtest

import (
	"encoding/json"
	"flag"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/api/apitest"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

var (
	describedSeed   = flag.Uint64("described.seed", 1, "the seed of the requests that TestDescribedRequests draws")
	describedRounds = flag.Int("described.rounds", 6, "how many requests TestDescribedRequests draws for each operation")
)

// spared are actions that would end the test for all others.
var spared = map[string]bool{"admin:resetSecurity": true, "security:createFirstAdmin": true, "server:shutdown": true}

// TestDescribedRequests checks that every request to an operation gets a described answer
// and never a server error.
func TestDescribedRequests(t *testing.T) {
	t.Parallel()
	s := start(t, func(set *settings) { set.Clerk.SecretKey, set.Clerk.RateLimit = config.Secret(clerkKey), "off" })
	st := newStory(t, s, "http")
	var operations []*apitest.Operation
	ids := map[string][]string{}
	drawers := map[*apitest.Operation]*drawer{}
	random := rand.New(rand.NewPCG(*describedSeed, 0))
	for _, document := range describe(t, s.app) {
		d := &drawer{Rand: random, Document: document, odd: 6, ids: ids}
		for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
			for _, verb := range slices.Sorted(maps.Keys(document.Paths[path])) {
				o := document.Paths[path][verb]
				if !spared[o.Action] {
					operations, drawers[o] = append(operations, o), d
				}
			}
		}
	}
	succeeded, last := map[string]bool{}, map[string]string{}
	client := &http.Client{Timeout: answerWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(client.CloseIdleConnections)
	bosses := 0
	for range *describedRounds {
		for _, i := range random.Perm(len(operations)) {
			o := operations[i]
			req, err := drawers[o].request(o, "http://"+s.addr)
			if err != nil {
				t.Fatal(err)
			}
			if st.kept["boss"] == "" {
				bosses++
				st.kept["boss"], st.kept["key"] = st.boss(t, "boss"+itoa(bosses))
			}
			// Mostly somebody who may do it.
			caller := []string{"key", "key", "boss", "boss", "limited", ""}[random.IntN(6)]
			byKey := strings.HasPrefix(o.Path, "/v1/") && caller != ""
			if byKey {
				req.Header.Set("Authorization", "Bearer "+clerkKey)
			} else if caller != "" {
				req.Header.Set("Authorization", "Bearer "+st.kept[caller])
			}
			res, err := client.Do(req)
			if err != nil {
				t.Fatalf("%s %s: %v", o.Verb, req.URL, err)
			}
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode >= 500 {
				t.Errorf("%s %s answers %d: %s", o.Verb, req.URL, res.StatusCode, body)
			}
			if err := drawers[o].Judge(o, res.StatusCode, res.Header.Get("Content-Type"), body); err != nil {
				t.Errorf("%s %.300s: %v", o.Verb, req.URL, err)
			}
			if res.StatusCode < 300 {
				succeeded[o.Action] = true
				var answer any
				if json.Unmarshal(body, &answer) == nil {
					drawers[o].learn(o, answer)
				}
			} else if byKey || caller == "key" || caller == "boss" {
				last[o.Action] = string(body)
				if strings.Contains(string(body), "security.token.invalid") {
					st.kept["boss"] = "" // has ended what is needed
				}
			}
		}
	}
	for action, body := range last {
		if succeeded[action] {
			delete(last, action)
		} else if *describedRounds > 20 {
			t.Logf("%s never succeeded, last with %s", action, body)
		}
	}
	t.Logf("of %d operations, %d actions succeeded, and %d never", len(operations), len(succeeded), len(last))
	if *describedRounds > 1 && len(succeeded) < len(last) {
		t.Error("most actions never succeed: the requests are not as described, or too odd")
	}
}

// boss makes an administrator, and logs in: what is sent may end everything that the last
// one had.
func (st *story) boss(t *testing.T, name string) (token, key string) {
	t.Helper()
	boss := person(name)
	boss["content"] = map[string]any{"profileIds": []any{"admin"}}
	st.server.operate(t, "security", "createUser", map[string]any{"_id": name}, boss)
	made := st.server.operate(t, "security", "createApiKey", map[string]any{"userId": name, "expiresIn": -1}, map[string]any{"description": "fuzzed"})
	return st.login(t, name), made["result"].(map[string]any)["_source"].(map[string]any)["token"].(string)
}
