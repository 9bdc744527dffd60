package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

const (
	// pageSize is the number of documents of a page, keep the time for which an interrupted
	// walk can be resumed.
	pageSize = 500
	keep     = "30m"
)

// Document is a document of a cluster.
type Document struct {
	ID     string          `json:"_id"`
	Source json.RawMessage `json:"_source"`
	Sort   json.RawMessage `json:"sort"`
}

// Walk reads all documents of an index as they were at one point in time, in an
// order that stays the same for as long as the cluster keeps that point.
type Walk struct {
	Client *Client
	// PIT is the point in time, After the last document that was taken.
	PIT   string
	After json.RawMessage
	size  int
}

// errGone means that a walk cannot be resumed.
var errGone = fmt.Errorf("%w: it keeps the state of an interrupted import for 30 minutes, and this one is older; run without --resume to start over, which creates no user twice", ErrUnreadable)

// Begin opens the point in time, unless the walk resumes one.
func (w *Walk) Begin(ctx context.Context, index string) error {
	w.size = pageSize
	if w.PIT != "" {
		return nil
	}
	var answer struct{ ID string }
	err := w.Client.Do(ctx, http.MethodPost, "/"+url.PathEscape(index)+"/_pit?keep_alive="+keep, nil, &answer)
	w.PIT, w.After = answer.ID, nil
	return err
}

// Page returns the documents after the last page; none at the end.
func (w *Walk) Page(ctx context.Context) ([]Document, error) {
	for {
		body := map[string]any{
			"size": w.size, "track_total_hits": false, "sort": []any{map[string]any{"_shard_doc": "asc"}},
			"pit": map[string]any{"id": w.PIT, "keep_alive": keep},
		}
		if w.After != nil {
			body["search_after"] = w.After
		}
		var answer struct {
			PIT  string `json:"pit_id"`
			Hits struct{ Hits []Document }
		}
		err := w.Client.Do(ctx, http.MethodPost, "/_search", body, &answer)
		switch {
		case errors.Is(err, ErrTooLong) && w.size > 1:
			w.size /= 2
			continue
		case errors.Is(err, ErrMissing):
			return nil, errGone
		case err != nil:
			return nil, err
		}
		if answer.PIT != "" {
			w.PIT = answer.PIT
		}
		if n := len(answer.Hits.Hits); n > 0 {
			w.After = answer.Hits.Hits[n-1].Sort
		}
		return answer.Hits.Hits, nil
	}
}

// End deletes the point in time.
func (w *Walk) End(ctx context.Context) {
	if w.PIT != "" {
		_ = w.Client.Do(ctx, http.MethodDelete, "/_pit", map[string]string{"id": w.PIT}, nil) // it expires anyway
	}
}

// Resolve returns the name to read one of Kuzzle's indexes by: its alias, or the index if
// the server is too old for aliases; "" if there is neither.
func (c *Client) Resolve(ctx context.Context, index string) (string, error) {
	for _, name := range []string{"@" + index, index} {
		err := c.Do(ctx, http.MethodHead, "/"+url.PathEscape(name), nil, nil)
		if err == nil {
			return name, nil
		}
		if !errors.Is(err, ErrMissing) {
			return "", err
		}
	}
	return "", nil
}

// Count returns the number of an index's documents.
func (c *Client) Count(ctx context.Context, index string) (int64, error) {
	var answer struct{ Count int64 }
	err := c.Do(ctx, http.MethodGet, "/"+url.PathEscape(index)+"/_count", nil, &answer)
	return answer.Count, err
}
