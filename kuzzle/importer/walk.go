package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

const (
	// walkPage is how many documents are read at once, walkKeep how long an
	// interrupted walk can be taken up again.
	walkPage = 500
	walkKeep = "30m"
)

// found is a document of a cluster.
type found struct {
	ID     string          `json:"_id"`
	Source json.RawMessage `json:"_source"`
	Sort   json.RawMessage `json:"sort"`
}

// walk reads all documents of an index as they were at one point in time, in an
// order that stays the same for as long as the cluster keeps that point.
type walk struct {
	client *clusterClient
	// pit is the point in time, after the last document that was taken.
	pit   string
	after json.RawMessage
	size  int
}

// errWalkGone tells that a walk cannot be taken up again.
var errWalkGone = fmt.Errorf("%w: it keeps the state of an interrupted import for 30 minutes, and forgot this one; run without --resume to start over, which doubles nothing", ErrCluster)

// begin opens the point in time, unless the walk is one that goes on.
func (w *walk) begin(ctx context.Context, index string) error {
	w.size = walkPage
	if w.pit != "" {
		return nil
	}
	var answer struct{ ID string }
	err := w.client.do(ctx, http.MethodPost, "/"+url.PathEscape(index)+"/_pit?keep_alive="+walkKeep, nil, &answer)
	w.pit, w.after = answer.ID, nil
	return err
}

// page answers the documents after the last page; none at the end.
func (w *walk) page(ctx context.Context) ([]found, error) {
	for {
		body := map[string]any{
			"size": w.size, "track_total_hits": false, "sort": []any{map[string]any{"_shard_doc": "asc"}},
			"pit": map[string]any{"id": w.pit, "keep_alive": walkKeep},
		}
		if w.after != nil {
			body["search_after"] = w.after
		}
		var answer struct {
			PIT  string `json:"pit_id"`
			Hits struct{ Hits []found }
		}
		err := w.client.do(ctx, http.MethodPost, "/_search", body, &answer)
		switch {
		case errors.Is(err, errPage) && w.size > 1:
			w.size /= 2
			continue
		case errors.Is(err, errMissing):
			return nil, errWalkGone
		case err != nil:
			return nil, err
		}
		if answer.PIT != "" {
			w.pit = answer.PIT
		}
		if n := len(answer.Hits.Hits); n > 0 {
			w.after = answer.Hits.Hits[n-1].Sort
		}
		return answer.Hits.Hits, nil
	}
}

// end lets the cluster forget the point in time.
func (w *walk) end(ctx context.Context) {
	if w.pit != "" {
		_ = w.client.do(ctx, http.MethodDelete, "/_pit", map[string]string{"id": w.pit}, nil) // it is forgotten anyway, later
	}
}

// resolve answers the name under which an index of Kuzzle's is read: its alias,
// or where the server is too old to have given it one, the index; "" where there
// is neither.
func (c *clusterClient) resolve(ctx context.Context, index string) (string, error) {
	for _, name := range []string{"@" + index, index} {
		err := c.do(ctx, http.MethodHead, "/"+url.PathEscape(name), nil, nil)
		if err == nil {
			return name, nil
		}
		if !errors.Is(err, errMissing) {
			return "", err
		}
	}
	return "", nil
}

func (c *clusterClient) count(ctx context.Context, index string) (int64, error) {
	var answer struct{ Count int64 }
	err := c.do(ctx, http.MethodGet, "/"+url.PathEscape(index)+"/_count", nil, &answer)
	return answer.Count, err
}
