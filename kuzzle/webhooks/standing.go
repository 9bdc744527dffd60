package webhooks

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Standing is how it stands with one endpoint.
type Standing struct {
	Endpoint
	// Waiting is how many messages wait for it, Dead how many it did not take. Of
	// either at most MaxListed are counted.
	Waiting, Dead int
	// Since is when the first of those that wait was written, if any does, Reason why
	// the last was given up.
	Since  time.Time
	Reason string
}

// Standings tells it of every endpoint.
func (h *Webhooks) Standings(ctx context.Context) ([]Standing, error) {
	all := make([]Standing, 0, MaxEndpoints)
	at := map[string]int{}
	for _, e := range h.List() {
		count, since, err := h.queue(e.ID).Waiting(ctx, MaxListed)
		if err != nil {
			return nil, err
		}
		s := Standing{Endpoint: e, Waiting: count, Since: since}
		at[e.ID] = len(all)
		all = append(all, s)
	}
	return all, h.eachDead(ctx, func(d Dead, _ storage.Document) error {
		if i, has := at[d.Endpoint]; has {
			all[i].Dead++
			all[i].Reason = d.Why()
		}
		return nil
	})
}
