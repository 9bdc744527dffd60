package losstest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// hook is a program that is told of users, and takes nothing while it is down.
type hook struct {
	mu       sync.Mutex
	down     bool
	seen     map[string]bool
	versions map[string][]int
}

// ServeHTTP implements http.Handler.
func (h *hook) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var told struct {
		Data struct {
			Kuid    string `json:"kuid"`
			Version int    `json:"version"`
		} `json:"data"`
	}
	body, _ := io.ReadAll(req.Body)
	_ = json.Unmarshal(body, &told)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if id := req.Header.Get("webhook-id"); !h.seen[id] {
		h.seen[id] = true
		h.versions[told.Data.Kuid] = append(h.versions[told.Data.Kuid], told.Data.Version)
	}
}

// lacks tells whom less is known of than was acknowledged.
func (h *hook) lacks(acked map[string]int) (who string, has []int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for kuid, version := range acked {
		if len(h.versions[kuid]) < version {
			return kuid, h.versions[kuid]
		}
	}
	return "", nil
}

// TestKillWebhooks kills the server in the middle of changes and deliveries, also
// while the endpoint is down. Every acknowledged change is told, and each user's in
// order.
func TestKillWebhooks(t *testing.T) {
	h := &hook{seen: map[string]bool{}, versions: map[string][]int{}}
	receiver := httptest.NewServer(h)
	defer receiver.Close()
	data, acked := t.TempDir(), map[string]int{}
	options := append([]string{"--set", "webhooks.privateAddresses=true"}, cheap...)
	for round := range max(2, sized(t).killRounds/4) {
		s := start(t, data, options...)
		if round == 0 {
			if got, err := call(s.base, "POST", "/webhooks", map[string]any{"url": receiver.URL}); err != nil || got.status != 200 {
				t.Fatalf("no endpoint: %+v, %v", got, err)
			}
		}
		h.mu.Lock()
		h.down = round%2 == 1
		h.mu.Unlock()
		var mu sync.Mutex
		var total atomic.Int64
		var kill sync.Once
		var all sync.WaitGroup
		for worker := range 4 {
			all.Go(func() {
				kuid := fmt.Sprintf("u-%d-%d", round, worker)
				for version := 1; ; version++ {
					method, path, body := "PUT", "/users/"+kuid+"/_update", map[string]any{"n": version}
					if version == 1 {
						method, path, body = "POST", createPath(kuid), newUser("")
					}
					if got, err := call(s.base, method, path, body); err != nil {
						return
					} else if got.status != 200 {
						t.Errorf("%s %s: %d %s", method, path, got.status, got.errID)
						return
					}
					mu.Lock()
					acked[kuid] = version
					mu.Unlock()
					if total.Add(1) == 60 {
						kill.Do(func() { go s.kill() })
					}
				}
			})
		}
		all.Wait()
		<-s.gone
	}
	h.mu.Lock()
	h.down = false
	h.mu.Unlock()
	s := start(t, data, options...)
	defer s.stop()
	for late := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		who, has := h.lacks(acked)
		if who == "" {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("of %s %d versions were acknowledged, and told were %v", who, acked[who], has)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for kuid, versions := range h.versions {
		for i, version := range versions {
			if version != i+1 {
				t.Errorf("%s is told of as %v, want every version in order", kuid, versions)
				break
			}
		}
	}
}
