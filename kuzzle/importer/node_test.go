package importer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// node is the Elasticsearch of this test binary, started by the first test that
// needs one.
var (
	node     *estest.Node
	prefixes = estest.NewPrefixes("import")
	start    = sync.OnceValues(func() (started *estest.Node, err error) {
		started, err = estest.Start(context.Background())
		node = started
		return started, err
	})
)

func elasticNode(t testing.TB) *estest.Node {
	t.Helper()
	return estest.Need(t, start)
}

func stopNode() {
	http.DefaultClient.CloseIdleConnections()
	if node != nil {
		node.Stop()
	}
}

// newCluster is a bench on Elasticsearch, under indexes of its own.
func newCluster(t testing.TB) *bench {
	t.Helper()
	prefix := prefixes.ForTest(t, elasticNode(t))
	return newBenchOn(t, openCluster(t, prefix), prefix)
}

func openCluster(t testing.TB, prefix string) *elasticsearch.Store {
	t.Helper()
	store, err := elasticsearch.Open(t.Context(), elasticsearch.Options{
		Addresses: elasticNode(t).Addresses, Prefix: prefix, RepairWithin: -1, Grace: 200 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// ask sends one request to the node.
func ask(t testing.TB, method, path string, body []byte) {
	t.Helper()
	var answer struct{ Errors bool }
	if err := elasticNode(t).Call(context.Background(), method, path, body, &answer); err != nil || answer.Errors {
		t.Fatalf("%s %s: %+v %v", method, path, answer, err)
	}
}

// kuzzleServer are the indexes of a Kuzzle 2 server.
type kuzzleServer struct {
	index string
	docs  map[string]map[string]json.RawMessage
}

// mappings are those that a Kuzzle 2 server gives its collections.
var mappings = map[string]string{
	"roles":       `"controllers":{"dynamic":"false","properties":{}},"tags":{"type":"keyword"}`,
	"profiles":    `"tags":{"type":"keyword"},"policies":{"properties":{"roleId":{"type":"keyword"}}}`,
	"users":       `"profileIds":{"type":"keyword"}`,
	"keys":        `"userId":{"type":"keyword"},"description":{"type":"text"},"expiresAt":{"type":"long"},"ttl":{"type":"keyword"},"fingerprint":{"type":"keyword","index":false}`,
	"credentials": `"kuid":{"type":"keyword"}`,
}

// fill makes the indexes, with the names that a Kuzzle server gives them.
func (k kuzzleServer) fill(t testing.TB) {
	t.Helper()
	for collection, docs := range k.docs {
		name := "%" + k.index + "." + collection
		switch collection {
		case "credentials":
			name = "%plugin-kuzzle-plugin-auth-passport-local.users"
		case "keys":
			name = "%" + k.index + ".api-keys"
		}
		alias := fmt.Sprintf(`"@%s":{}`, name)
		if collection == "profiles" { // old servers have none
			alias = ""
		}
		path := "/" + url.PathEscape(name)
		ask(t, http.MethodPut, path, fmt.Appendf(nil, `{"settings":{"number_of_replicas":0},"aliases":{%s},"mappings":{"dynamic":"false","properties":{%s}}}`, alias, mappings[collection]))
		t.Cleanup(func() { ask(t, http.MethodDelete, path, nil) })
		var lines bytes.Buffer
		for _, id := range sortedKeys(docs) {
			fmt.Fprintf(&lines, "{\"create\":{\"_id\":%q}}\n", id)
			if err := json.Compact(&lines, docs[id]); err != nil {
				t.Fatal(err)
			}
			lines.WriteByte('\n')
		}
		if lines.Len() > 0 {
			ask(t, http.MethodPost, path+"/_bulk?refresh=true", lines.Bytes())
		}
	}
}
