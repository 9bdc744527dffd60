package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gokuzzle/kuzzle/kuzzle/freeport"
)

// health measures the cheapest request beside PocketBase's, on servers with an
// administrator and without one. PocketBase keeps no log of requests here, which would
// cost it more than the request.
func (b *bench) health() error {
	fresh, err := b.launchFresh()
	if err != nil {
		return err
	}
	defer fresh.stop()
	address, err := freeport.Address()
	if err != nil {
		return err
	}
	theirs, err := launch("/api/health", nil, address, filepath.Join(b.bin, "pocketbase"), "serve", "--http", address, "--dir", filepath.Join(b.dir, "pocketbase"))
	if err != nil {
		return err
	}
	defer theirs.stop()
	all, err := b.inTurn(
		func() (result, error) { return b.load("now", b.ours) },
		func() (result, error) { return b.load("now", fresh, "-var", "base=http://"+fresh.address) },
		func() (result, error) { return b.load("health", theirs, "-var", "base=http://"+theirs.address) },
	)
	if err != nil {
		return err
	}
	for i, what := range []string{"`GET /_now` beside PocketBase", "the same without an administrator"} {
		b.table.cheaper(what, all[i], all[2], "PocketBase's `GET /api/health`:")
	}
	return nil
}

// launchFresh starts a server of ours that has no administrator.
func (b *bench) launchFresh() (*process, error) {
	address, err := freeport.Address()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(b.dir, "fresh")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	return launch("/_healthcheck", nil, address, filepath.Join(b.bin, "kuzzle"), "serve", "--dev", "--listen", address, "--data", data)
}

// cheaper makes the row of a request that is to take no more CPU than another's.
func (t *table) cheaper(what string, mine, its result, other string) {
	t.add(row{
		what: what, ours: rate(mine.RPS), cpu: milliseconds(mine.CPU), beside: fmt.Sprintf("%s %s, %s", other, rate(its.RPS), milliseconds(its.CPU)),
		ratio: percent(mine.CPU / its.CPU), bar: "CPU ≤ 100 %", met: mine.CPU <= its.CPU,
	})
}
