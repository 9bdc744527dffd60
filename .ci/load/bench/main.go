// Command bench compares the server with a bare one on the same machine, in
// alternate turns, and prints a table in Markdown. .ci/bench starts it and
// builds what it needs.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	var b bench
	flag.StringVar(&b.bin, "bin", "", "folder of the programs kuzzle, load and baseline")
	flag.StringVar(&b.scenarios, "scenarios", "", "folder of the scenarios")
	flag.DurationVar(&b.turn, "turn", 3*time.Second, "measured time of each turn")
	flag.IntVar(&b.turns, "turns", 3, "how often ours and the other take turns; the medians count")
	flag.IntVar(&b.flood, "flood", 400, "connections of the login flood")
	flag.StringVar(&b.cluster, "elasticsearch", "", "address of an Elasticsearch to measure the server on; empty for the embedded store")
	flag.IntVar(&b.rows, "rows", 0, fmt.Sprintf("rows of the import; 0 is %d, and %d into Elasticsearch", embeddedRows, clusterRows))
	only := flag.String("only", "", "names of the measurements to do, separated by commas: "+strings.Join(b.names(), ", ")+"; empty for all")
	flag.Parse()
	b.key = newKey()
	if *only != "" {
		b.only = strings.Split(*only, ",")
	}
	for _, name := range b.only {
		if !slices.Contains(b.names(), name) {
			fmt.Fprintf(os.Stderr, "bench: there is no measurement %q; there are: %s\n", name, strings.Join(b.names(), ", "))
			os.Exit(2)
		}
	}
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one complete measurement.
type bench struct {
	bin, scenarios string
	turn           time.Duration
	turns, flood   int
	only           []string
	// cluster is the address of Elasticsearch, key the master key of its
	// servers.
	cluster, key string
	rows         int

	dir, raw string // scratch; raw is for the databases of other programs
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
	b.raw = filepath.Join(b.dir, "raw")
	if err := os.Mkdir(b.raw, 0o700); err != nil {
		return err
	}
	defer b.stop()
	if err := b.start(); err != nil {
		return err
	}
	if b.cluster != "" {
		if err := b.warm(); err != nil {
			return err
		}
	}
	for _, m := range b.measurements() {
		if len(b.only) > 0 && !slices.Contains(b.only, m.name) {
			continue
		}
		if err := m.run(); err != nil {
			return err
		}
	}
	return b.table.print(os.Stdout)
}

// measurement is a part of the table.
type measurement struct {
	name string
	run  func() error
}

func (b *bench) measurements() []measurement {
	if b.cluster != "" {
		return b.clusterMeasurements()
	}
	return []measurement{
		{"rates", b.rates}, {"health", b.health}, {"creations", b.creations}, {"reads", b.reads}, {"clerk", b.clerk}, {"imports", b.imports}, {"logins", b.logins},
		{"floods", b.floods}, {"idle", b.idle}, {"starts", b.starts},
	}
}

func (b *bench) names() (names []string) {
	for _, m := range b.measurements() {
		names = append(names, m.name)
	}
	return names
}
