//go:build long

package importer_test

import (
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// TestMemoryCluster: the memory of an import into Elasticsearch does not grow with its rows.
func TestMemoryCluster(t *testing.T) {
	few := max(resumeRows(t, 0)/100, fullBatches)
	flat(t, few, max(resumeRows(t, 0), 3*few)/2, func(t testing.TB) *bench { return newCluster(t) })
}

// TestKilledCluster is TestKilled on Elasticsearch, which goes on when the importing
// program is killed.
func TestKilledCluster(t *testing.T) {
	n := resumeRows(t, 20_000) / 5
	if n > 20_000 {
		n = resumeRows(t, 0)
	}
	prefix := prefixes.ForTest(t, elasticNode(t))
	addresses := elasticNode(t).Addresses
	killUntilDone(t, t.TempDir(), n, clusterPrefix+"="+prefix, estest.Environment+"="+strings.Join(addresses, ","))
	b := newBenchOn(t, openCluster(t, prefix), prefix)
	if err := b.store.Refresh(t.Context(), storage.Users); err != nil {
		t.Fatal(err)
	}
	checkRows(t, b, n)
}
