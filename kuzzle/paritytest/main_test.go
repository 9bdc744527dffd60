package paritytest

import (
	"flag"
	"os"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

var (
	node     *estest.Node
	prefixes = estest.NewPrefixes("parity")
)

func TestMain(m *testing.M) {
	// Of each kind of request; more can be asked for on the command line.
	if err := flag.Set("rapid.checks", "250"); err != nil {
		panic(err)
	}
	os.Exit(estest.Main(m, func(n *estest.Node) { node = n }, prefixes))
}
