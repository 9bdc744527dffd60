package estest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Prefixes lends prefixes of index names. Creating the indexes of a store takes a
// node seconds, so those of a finished test are emptied for the next one.
type Prefixes struct {
	mu   sync.Mutex
	name string
	made int
	free []string
}

// NewPrefixes returns the prefixes of one test binary; kind begins all of them.
func NewPrefixes(kind string) *Prefixes {
	return &Prefixes{name: fmt.Sprintf("kuzzle-%s-%d-%x-", kind, os.Getpid(), time.Now().UnixNano()&0xffffff)}
}

// Lend returns a prefix without documents until the test ends. Its users must be
// closed by then: by a cleanup registered after this call.
func (p *Prefixes) Lend(t testing.TB, n *Node) string {
	t.Helper()
	p.mu.Lock()
	var prefix string
	used := len(p.free) > 0
	if used {
		prefix, p.free = p.free[len(p.free)-1], p.free[:len(p.free)-1]
	}
	p.mu.Unlock()
	if !used {
		prefix = p.Own()
	} else if err := n.empty(context.Background(), prefix); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.free = append(p.free, prefix)
	})
	return prefix
}

// Own returns a prefix that is never used elsewhere.
func (p *Prefixes) Own() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made++
	return fmt.Sprintf("%s%d-", p.name, p.made)
}

// ForTest returns such a prefix, whose indexes are deleted when the test ends.
func (p *Prefixes) ForTest(t testing.TB, n *Node) string {
	t.Helper()
	prefix := p.Own()
	t.Cleanup(func() {
		if err := n.remove(prefix); err != nil {
			t.Error(err)
		}
	})
	return prefix
}

// Remove deletes the indexes of all prefixes.
func (p *Prefixes) Remove(n *Node) error { return n.remove(p.name) }

func (n *Node) remove(prefix string) error {
	var indexes map[string]any
	if err := n.Call(context.Background(), http.MethodGet, "/"+prefix+"*/_settings?filter_path=*.settings.index.uuid", nil, &indexes); err != nil || len(indexes) == 0 {
		return err
	}
	for names := range slices.Chunk(slices.Sorted(maps.Keys(indexes)), removedAtOnce) {
		if err := n.Call(context.Background(), http.MethodDelete, "/"+strings.Join(names, ","), nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// removedAtOnce keeps the request line below the 4096 bytes that a node reads.
const removedAtOnce = 30

// emptyPage is how many documents are deleted at once.
const emptyPage = 5000

// empty deletes every document of the indexes with a prefix.
func (n *Node) empty(ctx context.Context, prefix string) error {
	for {
		if err := n.Call(ctx, http.MethodPost, "/"+prefix+"*/_refresh", nil, nil); err != nil {
			return err
		}
		var found struct {
			Hits struct {
				Hits []struct {
					Index string `json:"_index"`
					ID    string `json:"_id"`
				} `json:"hits"`
			} `json:"hits"`
		}
		err := n.Call(ctx, http.MethodPost, "/"+prefix+"*/_search", fmt.Appendf(nil, `{"size":%d,"_source":false}`, emptyPage), &found)
		if err != nil || len(found.Hits.Hits) == 0 {
			return err
		}
		var deletes bytes.Buffer
		lines := json.NewEncoder(&deletes)
		for _, hit := range found.Hits.Hits {
			if err := lines.Encode(map[string]any{"delete": map[string]any{"_index": hit.Index, "_id": hit.ID}}); err != nil {
				return err
			}
		}
		if err := n.Call(ctx, http.MethodPost, "/_bulk?refresh=true", deletes.Bytes(), nil); err != nil {
			return err
		}
	}
}

// Call sends a request to the node and reads its answer, unless into is nil. A
// status of 300 or more is an error.
func (n *Node) Call(ctx context.Context, method, path string, body []byte, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, n.Addresses[0]+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("estest: %s %s: %s", method, path, text)
	}
	if err == nil && into != nil {
		err = json.Unmarshal(text, into)
	}
	return err
}
