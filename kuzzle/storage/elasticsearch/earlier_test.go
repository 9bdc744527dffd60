package elasticsearch_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest"
)

// writeEarlier makes the indexes that later versions are tested with. Run it
// before a change that adds an upgrade:
//
//	go test ./kuzzle/storage/elasticsearch -run TestWriteEarlier -earlier
var writeEarlier = flag.Bool("earlier", false, "write the indexes of this schema into testdata")

// earlierFile is the indexes that a version of a schema wrote.
func earlierFile(schema int) string {
	return filepath.Join("testdata", fmt.Sprintf("schema-%d.json", schema))
}

// earlier is a store's indexes, by their names without the prefix. Those that a
// node keeps for as long as it runs are without documents.
type earlier struct {
	Store   string                  `json:"store"`
	Indexes map[string]earlierIndex `json:"indexes"`
}

type earlierIndex struct {
	Mappings  json.RawMessage            `json:"mappings"`
	Settings  map[string]any             `json:"settings"`
	Documents map[string]json.RawMessage `json:"documents"`
}

func TestWriteEarlier(t *testing.T) {
	checked := openNew(t)
	storagetest.WriteEarlier(t, checked)
	storagetest.CheckEarlier(t, checked)
	if !*writeEarlier {
		return
	}
	o := options()
	s, err := elasticsearch.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	storagetest.WriteEarlier(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(readIndexes(t, o.Prefix, s.ID()), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(earlierFile(storage.LatestSchema()), append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// readIndexes reads the indexes under a prefix.
func readIndexes(t *testing.T, prefix, store string) earlier {
	t.Helper()
	node.Ask(t, http.MethodPost, "/"+prefix+"*/_refresh", "")
	var found map[string]struct {
		Mappings json.RawMessage
		Settings struct{ Index map[string]any }
	}
	if err := node.Call(t.Context(), http.MethodGet, "/"+prefix+"*", nil, &found); err != nil {
		t.Fatal(err)
	}
	all := earlier{Store: store, Indexes: map[string]earlierIndex{}}
	for full, index := range found {
		name := strings.TrimPrefix(full, prefix)
		for _, own := range []string{"uuid", "creation_date", "provided_name", "version", "routing"} {
			delete(index.Settings.Index, own)
		}
		one := earlierIndex{Mappings: index.Mappings, Settings: index.Settings.Index, Documents: map[string]json.RawMessage{}}
		if name != "changes" && name != "cursors" {
			readDocuments(t, full, one.Documents)
		}
		all.Indexes[name] = one
	}
	return all
}

func readDocuments(t *testing.T, index string, into map[string]json.RawMessage) {
	t.Helper()
	var page struct {
		Hits struct {
			Hits []struct {
				ID     string          `json:"_id"`
				Source json.RawMessage `json:"_source"`
			} `json:"hits"`
		} `json:"hits"`
	}
	if err := node.Call(t.Context(), http.MethodPost, "/"+index+"/_search", []byte(`{"size":1000}`), &page); err != nil {
		t.Fatal(err)
	}
	for _, hit := range page.Hits.Hits {
		into[hit.ID] = hit.Source
	}
}
