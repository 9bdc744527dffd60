package maintenance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
)

// Health implements storage.Store: nil if every index can be written and read.
func (c *Care) Health(ctx context.Context) error {
	if err := c.records.Usable(ctx, storage.Users); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, cluster.HealthTime)
	defer cancel()
	err := c.shardsServe(limited)
	if err == nil {
		err = c.nothingBlocked(limited)
	}
	if err == nil {
		err = c.queues.WritesTaken(limited)
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// shardsServe reports by its error whether a shard has no active copy.
func (c *Care) shardsServe(ctx context.Context) error {
	var answer struct {
		Status string `json:"status"`
	}
	// An index that is not there is waited for otherwise.
	err := c.cluster.Ask(ctx, cluster.Get("/_cluster/health/"+strings.Join(c.names.Aliases(), ",")+"?timeout=1ms"), &answer)
	switch {
	case cluster.IsStatus(err, http.StatusRequestTimeout):
		return cluster.Unavailable(errors.New("elasticsearch: an index is red or gone"))
	case err != nil:
		return cluster.Unavailable(err)
	case answer.Status == "red":
		return cluster.Unavailable(errors.New("elasticsearch: an index is red"))
	}
	return nil
}

// diskFull is part of Elasticsearch's description of the block that it sets on
// the indexes of a node with a nearly full disk.
const diskFull = "disk usage exceeded flood-stage watermark"

// nothingBlocked returns an error if writes are blocked, as on a full disk.
func (c *Care) nothingBlocked(ctx context.Context) error {
	type blocks map[string]struct {
		Description string   `json:"description"`
		Levels      []string `json:"levels"`
	}
	var answer struct {
		Blocks struct {
			Global  blocks            `json:"global"`
			Indices map[string]blocks `json:"indices"`
		} `json:"blocks"`
	}
	err := c.cluster.Ask(ctx, cluster.Get("/_cluster/state/blocks/"+strings.Join(c.names.Aliases(), ",")), &answer)
	if err != nil {
		return cluster.Unavailable(err)
	}
	found := []blocks{answer.Blocks.Global}
	for _, name := range c.names.All() { // the answer has the blocks of all indexes, also foreign ones
		found = append(found, answer.Blocks.Indices[c.names.Concrete(name)])
	}
	for _, those := range found {
		for _, block := range those {
			if !slices.Contains(block.Levels, "write") {
				continue
			}
			blocked := fmt.Errorf("elasticsearch: writes are blocked: %s", block.Description)
			if strings.Contains(block.Description, diskFull) {
				return storage.ErrFull.New().RetryIn(cluster.RetryIn).Because(errors.Join(blocked, storage.ErrUnavailable))
			}
			return cluster.Unavailable(blocked)
		}
	}
	return nil
}
