package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/freeport"
)

// The bars on Elasticsearch: the rate as a multiple of that of its own wait_for
// at 16 clients, the median answer there, and shares of the comparison's rate.
const (
	nativeTimes            = 40
	bareP50, claimP50      = 25, 40 // ms
	bulkShare, importShare = 0.70, 0.60
	tokenShare             = 0.95
	barredClients          = 16
)

const (
	clusterPrefix = "bench-"
	nativeIndex   = "native"
	// warmFor is how long a new node is used before the measurements: its
	// compiler runs for about as long.
	warmFor = 10 * time.Second
)

// copying configures a bare loader: the number of concurrent requests, of users
// in each, and the kind of users.
type copying struct {
	kind           string
	users          int
	requests, each int
}

var (
	// gathered is the configuration to which creations by many clients
	// correspond: one request under way, which gathers all that wait.
	gathered = copying{"plain", 100_000, 1, unrefreshedClients}
	// best is the fastest configuration of the ones tried.
	best = copying{"plain", 100_000, 2, 500}
	// asImports is the configuration of an import: as many users in a request,
	// and the documents of one part while the claims of another are written.
	asImports = copying{"claimed", 0, 2, 500}
)

const unrefreshedClients = 256

func (b *bench) bulk(prefix string, how copying) (result, error) {
	return b.command("baseline", "bulk", b.cluster, prefix, how.kind, strconv.Itoa(how.users), strconv.Itoa(how.requests), strconv.Itoa(how.each))
}

// launchGather starts a bare server in front of the cluster.
func (b *bench) launchGather() (*process, error) {
	address, err := freeport.Address()
	if err != nil {
		return nil, err
	}
	return launch("/", nil, address, filepath.Join(b.bin, "baseline"), "gather", address, b.cluster, clusterPrefix)
}

// clusterMeasurements returns the measurements of a server on Elasticsearch.
func (b *bench) clusterMeasurements() []measurement {
	return []measurement{
		{"unrefreshed", b.unrefreshed}, {"visible", b.visible}, {"logins", b.logins}, {"tokens", b.tokens}, {"imports", b.clusterImports},
	}
}

// onCluster returns the arguments and the environment of a server or command
// whose store is the cluster.
func (b *bench) onCluster(prefix string) (args, env []string) {
	if b.cluster == "" {
		return nil, nil
	}
	return []string{"--elasticsearch", b.cluster, "--set", "elasticsearch.prefix=" + prefix}, []string{"KUZZLE_MASTER_KEY=" + b.key}
}

func newKey() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return hex.EncodeToString(key)
}

// warm uses the cluster and the server for a while as the measurements do.
func (b *bench) warm() error {
	request, err := http.NewRequest(http.MethodPut, b.cluster+"/"+nativeIndex, bytes.NewBufferString(`{"settings":{"number_of_replicas":0,"refresh_interval":"1s"}}`))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	_ = answer.Body.Close() // its content does not matter
	for _, scenario := range []string{"create_digest", "create_bare", "create_unrefreshed"} {
		if _, err := b.load(scenario, b.ours, "-c", "64", "-d", (warmFor / 3).String(), "-warmup", "0s"); err != nil {
			return err
		}
	}
	_, err = b.native(64)
	return err
}

// native measures Elasticsearch's own wait for refreshes.
func (b *bench) native(clients int) (result, error) {
	return b.load("create_native", b.ours, "-c", strconv.Itoa(clients), "-var", "es="+b.cluster, "-var", "index="+nativeIndex)
}

// visible measures creations of users that searches find when they are answered,
// by more and more clients, beside Elasticsearch's own wait.
func (b *bench) visible() error {
	for _, clients := range []int{1, 16, 256} {
		c := strconv.Itoa(clients)
		of, err := b.inTurn(
			func() (result, error) { return b.load("create_bare", b.ours, "-c", c) },
			func() (result, error) { return b.load("create_digest", b.ours, "-c", c) },
			func() (result, error) { return b.native(clients) },
		)
		if err != nil {
			return err
		}
		b.times(fmt.Sprintf("creations with `wait_for`, %d at once, credentials `{}`", clients), of[0], of[2], clients, bareP50)
		b.times(fmt.Sprintf("creations with `wait_for`, %d at once, user name and bcrypt digest", clients), of[1], of[2], clients, claimP50)
	}
	return nil
}

// times adds a row with the factor by which ours is faster. The other's answers
// come once a second, and a turn may just have missed one more. So its rate is
// computed from its median answer.
func (b *bench) times(what string, mine, its result, clients int, p50 float64) {
	its.RPS = max(its.RPS, float64(clients)*1000/its.P50)
	ratio := mine.RPS / its.RPS
	r := row{
		what: what, ours: fmt.Sprintf("%s, p50 %.1f ms, p99 %.1f ms", rate(mine.RPS), mine.P50, mine.P99), cpu: milliseconds(mine.CPU),
		beside: fmt.Sprintf("`_create?refresh=wait_for`: %s, p50 %.0f ms, p99 %.0f ms", rate(its.RPS), its.P50, its.P99),
		ratio:  fmt.Sprintf("%.0f ×", ratio),
	}
	if clients == barredClients {
		r.bar = fmt.Sprintf("≥ %d ×, p50 ≤ %.0f ms", nativeTimes, p50)
		r.met = ratio >= nativeTimes && mine.P50 <= p50
	}
	b.table.add(r)
}

// unrefreshed measures creations of users that need not be visible to searches.
func (b *bench) unrefreshed() error {
	bare, err := b.launchGather()
	if err != nil {
		return err
	}
	defer bare.stop()
	of, err := b.inTurn(
		func() (result, error) {
			return b.load("create_unrefreshed", b.ours, "-c", strconv.Itoa(unrefreshedClients))
		},
		func() (result, error) { return b.bulk(clusterPrefix, gathered) },
		func() (result, error) { return b.bulk(clusterPrefix, best) },
		func() (result, error) {
			return b.load("create_unrefreshed", bare, "-c", strconv.Itoa(unrefreshedClients), "-var", "base=http://"+bare.address)
		},
	)
	if err != nil {
		return err
	}
	b.table.compare(fmt.Sprintf("creations with `refresh=false`, %d at once, credentials `{}`", unrefreshedClients), of[0], of[1],
		fmt.Sprintf("the same documents by bare `_bulk`, one request of %d at a time:", gathered.each), bulkShare, 0)
	b.table.compare("the same", of[0], of[2], fmt.Sprintf("%d requests of %d at once:", best.requests, best.each), 0, 0)
	b.table.compare("the same", of[0], of[3], "bare net/http before `_bulk`, one document, those who wait in one request:", 0, 0)
	return nil
}

// tokens compares with a server on the embedded store.
func (b *bench) tokens() error {
	embedded := &bench{bin: b.bin, scenarios: b.scenarios, turn: b.turn, raw: b.raw, dir: filepath.Join(b.dir, "embedded")}
	if err := os.Mkdir(embedded.dir, 0o700); err != nil {
		return err
	}
	defer embedded.stop()
	if err := embedded.start(); err != nil {
		return err
	}
	mine, its, err := b.pair(
		func() (result, error) { return b.load("me", b.ours) },
		func() (result, error) { return embedded.load("me", embedded.ours) },
	)
	if err == nil {
		b.table.compare("`GET /_me`, bearer token", mine, its, "on the embedded store:", tokenShare, 0)
	}
	return err
}

// clusterImports compares kuzzle import with a loader that has the same documents
// that it wrote, including claims.
func (b *bench) clusterImports() error {
	rows := b.rowsOr(clusterRows)
	file := filepath.Join(b.dir, "users.csv")
	if err := os.WriteFile(file, bcryptUsers(0, rows), 0o600); err != nil {
		return err
	}
	one := filepath.Join(b.dir, "one.csv")
	if err := os.WriteFile(one, bcryptUsers(rows, 1), 0o600); err != nil {
		return err
	}
	turn := 0
	prefix := func() string { return fmt.Sprintf("import%d-", turn) }
	mine, its, err := b.pair(
		func() (result, error) {
			turn++
			// The first import creates the indexes, which is not measured.
			if _, err := b.imported(one, prefix(), 1); err != nil {
				return result{}, err
			}
			return b.imported(file, prefix(), rows)
		},
		func() (result, error) {
			as := asImports
			as.users = rows
			return b.bulk(prefix(), as)
		},
	)
	if err == nil {
		b.table.compare(fmt.Sprintf("`kuzzle import`, %d bcrypt rows", rows), mine, its, fmt.Sprintf("the same documents and claims by bare `_bulk`, %d requests of %d users at once:", asImports.requests, asImports.each), importShare, 0)
	}
	return err
}
