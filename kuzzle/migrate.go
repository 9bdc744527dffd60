package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type migrate struct {
	config.Flags
	From    string `required:"" placeholder:"STORE" help:"Source: sqlite:DIR or elasticsearch:URL."`
	To      string `required:"" placeholder:"STORE" help:"Destination without data: the other kind, or another directory."`
	Reclaim bool   `help:"Change the names of all users to the configured identifiers.caseSensitive and lookAlikes."`
}

// Help is shown below the flags.
func (migrate) Help() string {
	return "Copies users with all their credentials, sessions, API keys, roles, profiles, mappings and signing keys between a data directory " +
		"and an Elasticsearch cluster, or to another data directory, and compares both in the end. Tokens, API keys and passwords stay valid with the same master key, " +
		"which is not copied. Stop all servers of both first. Run an interrupted migration again with the same command; it continues. " +
		"The source does not change, except that a cluster first moves webhook messages that lie beside users to their queue. The audit log is not " +
		"copied. Give elasticsearch.username, .password, .apiKey, .caFile, .prefix and the others " +
		"as to kuzzle serve."
}

// side is one side of a migration.
type side struct{ kind, where string }

// Kinds of sides, as they are written before the first colon.
const (
	inDirectory = "sqlite"
	inCluster   = "elasticsearch"
)

func parseSide(flag, text string) (side, error) {
	kind, where, _ := strings.Cut(text, ":")
	if where == "" || kind != inDirectory && kind != inCluster {
		return side{}, usageError(fmt.Sprintf("--%s: write sqlite:DIR, such as sqlite:./kuzzle-data, or elasticsearch:URL, such as elasticsearch:http://127.0.0.1:9200", flag))
	}
	return side{kind, where}, nil
}

// Run copies one store into the other.
func (m *migrate) Run(ctx context.Context, at console) error {
	from, err := parseSide("from", m.From)
	if err != nil {
		return err
	}
	to, err := parseSide("to", m.To)
	if err != nil {
		return err
	}
	if from.kind == inCluster && to.kind == inCluster {
		return usageError("--to: give sqlite:DIR for one side; a cluster has snapshots")
	}
	cfg, err := m.load(from, to)
	if err != nil {
		return err
	}
	meter := &phaseMeter{at: at}
	how := backend.Migration{ToCluster: to.kind == inCluster, Reclaim: m.Reclaim, Progress: func(p backend.MigrationProgress) {
		meter.tell(phase{name: string(p.Phase), of: string(p.Collection), done: p.Done, total: p.Total})
	}}
	if from.kind == to.kind {
		how.ToDirectory = to.where
	}
	report, err := backend.Migrate(ctx, cfg, how)
	meter.end()
	if err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("interrupted; the same command continues: %w", err)
		}
		return err
	}
	return m.conclude(at, report, to, cfg)
}

// load reads and checks the configuration with both sides. It checks without
// the cluster first, for a better error about a missing master key.
func (m *migrate) load(from, to side) (config.Config, error) {
	directory, cluster := from, to
	if from.kind == inCluster {
		directory, cluster = to, from
	}
	sources := m.Sources(os.Environ())
	sources.Flags["data"], sources.Flags["elasticsearch.addresses"] = directory.where, ""
	cfg, _, err := config.Load(sources)
	if err != nil {
		return cfg, err
	}
	if cfg.MasterKey == "" && cfg.MasterKeyFile == "" {
		file := backend.MasterKeyFile(cfg)
		if to.kind == inCluster {
			return cfg, usageError(fmt.Sprintf("no master key: encrypted values in %s are copied as they are, and every server of a cluster needs their key: "+
				"set KUZZLE_MASTER_KEY_FILE=%s, or KUZZLE_MASTER_KEY to the content of that file", directory.where, file))
		}
		sources.Flags["masterKeyFile"], cfg.MasterKeyFile = file, file
	}
	if cluster.kind == inDirectory {
		return cfg, nil
	}
	sources.Flags["elasticsearch.addresses"] = cluster.where
	cfg, _, err = config.Load(sources)
	return cfg, err
}

func (m *migrate) conclude(at console, report backend.MigrationReport, to side, cfg config.Config) error {
	table := at.table()
	for _, sum := range report.Sums {
		fmt.Fprintf(table, "%s\t%d\t%d claims\tchecksum %s\n", sum.Of, sum.Count, sum.Claims, sum.Checksum())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	start := "--data " + to.where
	if to.kind == inCluster {
		start = "--elasticsearch " + to.where
		if prefix := cfg.Elasticsearch.Prefix; prefix != config.Default().Elasticsearch.Prefix {
			start += " --set elasticsearch.prefix=" + prefix
		}
	}
	_, err := fmt.Fprintf(at.out, "both sides are equal; %d documents were written\nstart the server with the same master key: kuzzle serve %s\n", report.Written, start)
	return err
}
