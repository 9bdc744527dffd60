package migration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// markerSetting is the id of the marker of an unfinished copy. It is never
// copied.
const markerSetting = "migration"

// Marker marks a store that is an unfinished copy.
type Marker struct {
	// Source identifies the source store; Name is the operator's name for it.
	Source string `json:"source"`
	Name   string `json:"name"`
	// Began is in milliseconds since 1970.
	Began int64 `json:"began"`
}

// Error returns the remedy for a store with the marker.
func (m Marker) Error() string {
	return fmt.Sprintf("this data is an unfinished copy of %s, begun %s: run the same kuzzle migrate again to finish it",
		m.Name, time.UnixMilli(m.Began).UTC().Format(time.RFC3339))
}

// Unfinished returns a store's marker as an error, nil without one.
func Unfinished(ctx context.Context, store storage.Store) error {
	marker, _, found, err := readMarker(ctx, store)
	if err == nil && found {
		err = marker
	}
	return err
}

func readMarker(ctx context.Context, store storage.Store) (m Marker, d storage.Document, found bool, err error) {
	d, err = store.Get(ctx, storage.Settings, markerSetting)
	if errors.Is(err, storage.ErrNotFound) {
		return m, d, false, nil
	}
	if err != nil {
		return m, d, false, err
	}
	if err := json.Unmarshal(d.Content, &m); err != nil {
		return m, d, false, fmt.Errorf("migration: the setting %s: %w", markerSetting, err)
	}
	return m, d, true, nil
}

// Obstacles of a copy.
var (
	errNothing = errors.New("there is nothing to copy: no server has ever run on the source")
	errForeign = errors.New("the target already has data: choose an empty data directory or another elasticsearch.prefix")
)

// claim reserves the target for this copy: it must be empty, or have the data
// of an earlier run of the same copy.
func (p *Plan) claim(ctx context.Context) error {
	if err := Unfinished(ctx, p.From); err != nil {
		return fmt.Errorf("the source cannot be copied: %w", err)
	}
	source, err := p.From.Get(ctx, storage.Settings, p.Identity)
	if errors.Is(err, storage.ErrNotFound) {
		return errNothing
	}
	if err != nil {
		return err
	}
	begun, _, found, err := readMarker(ctx, p.To)
	switch {
	case err != nil:
		return err
	case found && begun.Source == source.Incarnation:
		return nil
	case found:
		return fmt.Errorf("the target belongs to another copy: %w", begun)
	}
	if err := p.empty(ctx); err != nil {
		return err
	}
	content, err := json.Marshal(Marker{Source: source.Incarnation, Name: p.Name, Began: p.Now().UnixMilli()})
	if err != nil {
		return err
	}
	_, err = p.To.Commit(ctx, storage.Change{In: storage.Settings, ID: markerSetting, Put: &storage.Document{Version: 1, Content: content}})
	if err != nil {
		return err
	}
	// Another process may have begun to write before the marker was there.
	if err := p.empty(ctx); err != nil {
		return errors.Join(err, p.unmark(ctx))
	}
	return nil
}

// empty returns errForeign if the target has anything but the marker.
func (p *Plan) empty(ctx context.Context) error {
	for _, of := range storage.Collections {
		first, err := newStream(p.To, of).peek(ctx)
		if err != nil {
			return err
		}
		if first != nil {
			return errForeign
		}
	}
	return p.To.Latches(ctx, func(storage.Claim) error { return errForeign })
}

// unmark records that the copy is finished.
func (p *Plan) unmark(ctx context.Context) error {
	_, d, found, err := readMarker(ctx, p.To)
	if err != nil || !found {
		return err
	}
	_, err = p.To.Commit(ctx, storage.Change{In: storage.Settings, ID: markerSetting, If: d.Rev})
	return err
}
