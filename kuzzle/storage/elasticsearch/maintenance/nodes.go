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

// What is worth saying of nodes.
const (
	// scarce is the part of a disk that is free when it is worth saying.
	scarce = 0.10
	// skew is how far clocks may be apart: the rest of what is due in a second
	// goes by them.
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

// nodes looks at the versions, clocks and disks of all nodes.
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
			e.note(storage.Degraded, aboutCluster, fmt.Sprintf("the clock of node %s is %s apart from this machine's", node.Name, apart.Round(time.Second)),
				"have all machines follow one time source (NTP)")
		}
		disk := node.FS.Total
		if guarded && disk.Total > 0 && float64(disk.Available) < scarce*float64(disk.Total) {
			e.note(storage.Degraded, aboutCluster, fmt.Sprintf("node %s has %d of %d bytes of disk left; Elasticsearch makes indexes read-only when it is full", node.Name, disk.Available, disk.Total),
				"free space or add nodes; kuzzle doctor --compact gives back what users no longer need")
		}
	}
}

// clockSkew is how far a clock is from here, which was read before and after it.
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

// diskGuarded tells whether the cluster goes by how full disks are.
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
