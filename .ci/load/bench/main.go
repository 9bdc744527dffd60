// Command bench measures the server against what a bare one reaches on the same
// machine, the two taking turns, and prints a table in Markdown. It is started
// by .ci/bench, which builds what it needs.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	var b bench
	flag.StringVar(&b.bin, "bin", "", "folder of the programs kuzzle, load and baseline")
	flag.StringVar(&b.scenarios, "scenarios", "", "folder of the scenarios")
	flag.DurationVar(&b.turn, "turn", 3*time.Second, "measured time of each turn")
	flag.IntVar(&b.turns, "turns", 3, "how often ours and the other take turns; the medians count")
	flag.IntVar(&b.flood, "flood", 400, "connections of the login flood")
	flag.Parse()
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one whole measurement.
type bench struct {
	bin, scenarios string
	turn           time.Duration
	turns, flood   int

	dir      string // scratch
	ours     *process
	bare     *process
	vars     []string
	varsFile string
	peak     float64 // MiB, under load without logins
	table    table
}

func (b *bench) run() (err error) {
	if b.dir, err = os.MkdirTemp("", "kuzzle-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	defer b.stop()
	for _, step := range []func() error{b.start, b.rates, b.logins, b.creations, b.reads, b.floods, b.idle, b.starts} {
		if err := step(); err != nil {
			return err
		}
	}
	return b.table.print(os.Stdout)
}
