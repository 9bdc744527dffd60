//go:build long

package importer_test

import "testing"

// TestMemoryCluster: the memory of an import into Elasticsearch does not grow with its rows.
func TestMemoryCluster(t *testing.T) {
	few := max(resumeRows(t)/100, fullBatches)
	flat(t, few, max(resumeRows(t), 3*few)/2, func(t testing.TB) *bench { return newCluster(t) })
}
