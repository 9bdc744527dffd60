//go:build long

package backend

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// anotherCluster is a node of its own, with an empty disk.
func anotherCluster(t *testing.T, f *faulty) cluster {
	t.Helper()
	node, err := estest.Start(t.Context(), "cluster.name=another")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Stop)
	return cluster{
		lead: func(is bool) {
			if is {
				f.line.LeadTo(t, node)
			} else {
				f.line.LeadTo(t, f.node)
			}
		},
		node: node, indexes: "/*",
	}
}
