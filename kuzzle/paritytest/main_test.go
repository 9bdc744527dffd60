package paritytest

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

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
	code := estest.Main(m, func(n *estest.Node) { node = n }, prefixes)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}
