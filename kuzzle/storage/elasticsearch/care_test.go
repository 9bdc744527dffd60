package elasticsearch_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
)

// wantFindings checks that there is exactly one finding besides notes, with a
// level and some words; "" means none.
func wantFindings(t *testing.T, found []storage.Finding, level storage.Level, words ...string) {
	t.Helper()
	var matter []storage.Finding
	for _, f := range found {
		if f.Problem == "" || f.Remedy == "" || f.About == "" {
			t.Errorf("a finding without words: %+v", f)
		}
		if f.Level != storage.Note {
			matter = append(matter, f)
		}
	}
	if level == storage.Note {
		if len(matter) > 0 {
			t.Errorf("got %+v, want notes alone", matter)
		}
		return
	}
	for _, f := range matter {
		text, fits := f.Problem+"; "+f.Remedy, f.Level == level
		for _, word := range words {
			fits = fits && strings.Contains(text, word)
		}
		if fits {
			return
		}
	}
	t.Errorf("got %+v, want %s with %q", found, level, words)
}

// TestExamine: a cluster is well, or the finding names the problem.
func TestExamine(t *testing.T) {
	for name, test := range map[string]struct {
		options func(*elasticsearch.Options)
		wrong   func(t *testing.T, prefix string)
		level   storage.Level
		words   []string
	}{
		"well": {level: storage.Note},
		"blocked": {
			wrong: func(t *testing.T, prefix string) {
				node.Ask(t, "PUT", "/"+prefix+"users/_settings", `{"index.blocks.read_only_allow_delete":true}`)
				t.Cleanup(func() {
					request, err := http.NewRequest("PUT", node.Addresses[0]+"/"+prefix+"users/_settings", strings.NewReader(`{"index.blocks.read_only_allow_delete":null}`))
					if err != nil {
						t.Fatal(err)
					}
					request.Header.Set("Content-Type", "application/json")
					request.Close = true // the connection ends with the answer
					if response, err := http.DefaultClient.Do(request); err == nil {
						_ = response.Body.Close()
					}
				})
			},
			level: storage.Degraded, words: []string{"users\" has the block index.blocks.read_only_allow_delete", "free disk space"},
		},
		"too many copies": {
			options: func(o *elasticsearch.Options) { o.Replicas = 1 },
			level:   storage.Degraded, words: []string{"1 nodes can hold 0", "add nodes"},
		},
		"yellow": {
			options: func(o *elasticsearch.Options) { o.Replicas = 1 },
			level:   storage.Degraded, words: []string{"yellow", fmt.Sprintf("%d copies are not assigned", len(storage.Collections)+4)},
		},
		"no refresh": {
			wrong: func(t *testing.T, prefix string) {
				node.Ask(t, "PUT", "/"+prefix+"roles/_settings", `{"index.refresh_interval":"-1"}`)
			},
			level: storage.Degraded, words: []string{"roles\" has the refresh_interval \"-1\" instead of \"1s\""},
		},
		"another mapping": {
			wrong: func(t *testing.T, prefix string) {
				node.Ask(t, "PUT", "/"+prefix+"claims/_mapping", `{"dynamic":true}`)
			},
			level: storage.Degraded, words: []string{"another program changed the mapping of ", "claims\"", "dynamic"},
		},
		"another schema": {
			wrong: func(t *testing.T, prefix string) {
				node.Ask(t, "PUT", "/"+prefix+"flows/_mapping", `{"_meta":{"kuzzle":99}}`)
			},
			level: storage.Misconfigured, words: []string{"flows\" has schema 99", "run the version that wrote it"},
		},
		"a missing index": {
			wrong: func(t *testing.T, prefix string) { node.Ask(t, "DELETE", "/"+prefix+"sessions", "") },
			level: storage.Degraded, words: []string{"sessions\" is missing", "snapshot"},
		},
		"an index of others": {
			wrong: func(t *testing.T, prefix string) {
				node.Ask(t, "PUT", "/"+prefix+"shop", "")
				t.Cleanup(func() { remove(t, prefix+"shop") })
			},
			level: storage.Misconfigured, words: []string{"shop\" is under the prefix", "choose another elasticsearch.prefix"},
		},
		"a template of others": {
			wrong: func(t *testing.T, prefix string) {
				node.Ask(t, "PUT", "/_index_template/"+prefix+"t", fmt.Sprintf(`{"index_patterns":["%s*"],"priority":%d}`, prefix, time.Now().UnixNano()))
				t.Cleanup(func() { remove(t, "_index_template/"+prefix+"t") })
			},
			level: storage.Degraded, words: []string{"applies to our indexes", "narrow its patterns"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := options()
			if test.options != nil {
				test.options(&o)
			}
			s := open(t, o)
			if test.wrong != nil {
				test.wrong(t, o.Prefix)
			}
			wantFindings(t, elasticsearch.Examine(t.Context(), o), test.level, test.words...)
			wantFindings(t, s.Examine(t.Context()), test.level, test.words...)
		})
	}
}

// remove deletes an index that a test made beside the store.
func remove(t *testing.T, path string) {
	request, err := http.NewRequest("DELETE", node.Addresses[0]+"/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
}

// TestExamineElsewhere: the examined address may not be ours at all.
func TestExamineElsewhere(t *testing.T) {
	here := options()
	open(t, here)
	nobody := here
	nobody.Addresses = []string{"http://127.0.0.1:1"}
	wantFindings(t, elasticsearch.Examine(t.Context(), nobody), storage.Misconfigured, "no usable server answers", "check the addresses")
	away := here
	away.Prefix += "elsewhere-"
	wantFindings(t, elasticsearch.Examine(t.Context(), away), storage.Misconfigured, "no data under the prefix", "kuzzle-")

	target, err := url.Parse(node.Addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{DisableKeepAlives: true}
	secured := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "_has_privileges") {
			proxy.ServeHTTP(w, r)
			return
		}
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"has_all_requested":false,"cluster":{"monitor":true},"index":{"x":{"manage":false,"read":true,"write":false}}}`)
	}))
	defer secured.Close()
	guarded := here
	guarded.Addresses = []string{secured.URL}
	wantFindings(t, elasticsearch.Examine(t.Context(), guarded), storage.Misconfigured, "lacks the privileges manage, write", "give it monitor")
}

// TestCompact: expired documents are removed. Elasticsearch frees the space
// within the half minute in which it asks copies for their needs.
func TestCompact(t *testing.T) {
	o := options()
	o.TombstoneLife = time.Nanosecond
	s := open(t, o)
	now := time.Now()
	var writes []storage.Change
	for i := range 400 {
		d := storage.Document{Version: 1, Content: fmt.Appendf(nil, `{"text":%q}`, strings.Repeat(fmt.Sprint(i*i*i), 200)), ExpiresAt: now.Add(-time.Hour)}
		writes = append(writes, storage.Change{In: storage.Sessions, ID: fmt.Sprint("s", i), Put: &d})
	}
	writes = append(writes, storage.Change{In: storage.Sessions, ID: "stays", Put: &storage.Document{Version: 1, ExpiresAt: now.Add(time.Hour)}})
	for _, result := range s.CommitMany(t.Context(), writes) {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
	}
	if err := s.Refresh(t.Context(), storage.Sessions); err != nil {
		t.Fatal(err)
	}
	first, err := s.Compact(t.Context(), now)
	if err != nil || first.Removed != 400 || first.Before == 0 {
		t.Errorf("got %+v, %v, want 400 removed", first, err)
	}
	again, err := s.Compact(t.Context(), now)
	if err != nil || again.Removed != 0 || again.After == 0 {
		t.Errorf("once more: got %+v, %v, want nothing removed", again, err)
	}
	if _, err := s.Get(t.Context(), storage.Sessions, "stays"); err != nil {
		t.Error(err)
	}
}
