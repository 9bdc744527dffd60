package webhooks

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Standing is the state of one endpoint.
type Standing struct {
	Endpoint
	// Waiting is the number of its waiting messages, Dead that of its dead letters,
	// each counted up to MaxListed.
	Waiting, Dead int
	// Since is when the first waiting message was written, zero without one. Reason
	// is why the last dead letter was given up.
	Since  time.Time
	Reason string
}

// Standings returns the state of every endpoint.
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
