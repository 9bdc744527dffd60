//go:build !long

package backend

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// anotherCluster is the same one under another prefix: .ci/long starts a node.
func anotherCluster(_ *testing.T, f *faulty) cluster {
	there := f.prefix + "another-"
	return cluster{
		lead: func(is bool) {
			if is {
				f.line.Breaks(estest.Elsewhere(f.prefix, there))
			} else {
				f.line.Breaks(nil)
			}
		},
		node: f.node, indexes: "/" + there + "*",
	}
}
