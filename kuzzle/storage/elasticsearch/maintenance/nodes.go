package maintenance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
)

// Thresholds of findings about nodes.
const (
	// scarce is the free part of a disk below which it is reported.
	scarce = 0.10
	// skew is the maximum difference of clocks: work that is due within seconds
	// depends on them.
	skew = 5 * time.Second
)

type nodeStats struct {
	Name      string   `json:"name"`
	Roles     []string `json:"roles"`
	Timestamp int64    `json:"timestamp"`
	FS        struct {
		Total struct {
			Total     int64 `json:"total_in_bytes"`
			Available int64 `json:"available_in_bytes"`
		} `json:"total"`
	} `json:"fs"`
}

// nodes examines the versions, clocks and disks of all nodes.
func (e *examination) nodes(ctx context.Context) {
	var info struct {
		Nodes map[string]struct {
			Name    string `json:"name"`
			Version string `json:"version"`
		} `json:"nodes"`
	}
	if err := e.cluster.Ask(ctx, cluster.Get("/_nodes"), &info); err != nil {
		e.unseen(aboutCluster, err)
		return
	}
	versions := map[string]bool{}
	for _, node := range info.Nodes {
		versions[node.Version] = true
	}
	if len(versions) > 1 {
		var list []string
		for version := range versions {
			list = append(list, version)
		}
		slices.Sort(list)
		e.note(storage.Degraded, aboutCluster, "its nodes run different versions: "+strings.Join(list, ", "), "finish the upgrade")
	}
	before := time.Now()
	var stats struct {
		Nodes map[string]nodeStats `json:"nodes"`
	}
	if err := e.cluster.Ask(ctx, cluster.Get("/_nodes/stats/fs"), &stats); err != nil {
		e.unseen(aboutCluster, err)
		return
	}
	after := time.Now()
	guarded := e.diskGuarded(ctx)
	for _, node := range stats.Nodes {
		if apart := clockSkew(node.Timestamp, before, after); apart > skew {
			e.note(storage.Degraded, aboutCluster, fmt.Sprintf("the clock of node %s differs by %s from that of this machine", node.Name, apart.Round(time.Second)),
				"synchronize all machines with one time source (NTP)")
		}
		disk := node.FS.Total
		if guarded && disk.Total > 0 && float64(disk.Available) < scarce*float64(disk.Total) {
			e.note(storage.Degraded, aboutCluster, fmt.Sprintf("node %s has %d of %d bytes of disk left; Elasticsearch makes indexes read-only when it is full", node.Name, disk.Available, disk.Total),
				"free space or add nodes; kuzzle doctor --compact frees space of deleted users")
		}
	}
}

// clockSkew returns the difference of a clock to this machine's, which was read
// before and after it.
func clockSkew(millis int64, before, after time.Time) time.Duration {
	at := time.UnixMilli(millis)
	switch {
	case at.Before(before):
		return before.Sub(at)
	case at.After(after):
		return at.Sub(after)
	}
	return 0
}

// diskGuarded reports whether the cluster checks how full disks are.
func (e *examination) diskGuarded(ctx context.Context) bool {
	var answer struct{ Persistent, Transient, Defaults map[string]any }
	err := e.cluster.Ask(ctx, cluster.Get("/_cluster/settings?include_defaults=true&flat_settings=true"), &answer)
	if err != nil {
		return true
	}
	for _, settings := range []map[string]any{answer.Transient, answer.Persistent, answer.Defaults} {
		if value, given := settings["cluster.routing.allocation.disk.threshold_enabled"]; given {
			return value != "false"
		}
	}
	return true
}
