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
	// 150 of each kind of request, the same in every run, so that only a change
	// turns the tests red. The command line asks for more and for others, as
	// .ci/long does.
	for name, value := range map[string]string{"rapid.checks": "150", "rapid.seed": "1"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(estest.Main(m, func(n *estest.Node) { node = n }, prefixes))
}
