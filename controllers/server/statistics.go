package server

import (
	"context"
	"net/http"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/counters"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// ErrNoStatistics is the error of getLastStats before anything was counted.
var ErrNoStatistics = fault.Declare(0x40090001, "server.statistics.none_yet", http.StatusNotFound,
	"Nothing has been counted yet. Ask again later.")

// Frame has the counts of a period that ends at Timestamp, in epoch milliseconds. Requests are
// keyed by protocol, "http" or "websocket".
type Frame struct {
	CompletedRequests map[string]int64 `json:"completedRequests"`
	Connections       map[string]int64 `json:"connections"`
	FailedRequests    map[string]int64 `json:"failedRequests"`
	OngoingRequests   map[string]int64 `json:"ongoingRequests"`
	Timestamp         int64            `json:"timestamp"`
}

// statistics are actions for older clients; metrics has more.
func (c *controller) statistics() []api.Declared {
	const since = "auto-version"
	return []api.Declared{
		api.Action[statsArgs, frames]{
			Name: "getStats", Deprecated: api.Routes{"GET /_getStats"}, Since: since,
			Summary: "Lists the statistics of a time span.", Run: c.getStats,
		},
		api.Action[api.None, Frame]{
			Name: "getLastStats", Deprecated: api.Routes{"GET /_getLastStats"}, Since: since,
			Summary: "Reads the latest statistics.", Run: c.getLastStats,
		},
		api.Action[api.None, frames]{
			Name: "getAllStats", Deprecated: api.Routes{"GET /_getAllStats"}, Since: since,
			Summary: "Lists all stored statistics.", Run: c.getAllStats,
		},
		api.Action[countersArgs, counters.Series]{
			Name: "getCounters", Routes: api.Routes{"GET /_counters"},
			Summary: "Counts requests, new users, logins and refusals of all servers over the last hour, day or month.", Run: c.getCounters,
		},
	}
}

type frames struct {
	Hits  []Frame `json:"hits"`
	Total int     `json:"total"`
}

func listed(hits []Frame) frames {
	if hits == nil {
		hits = []Frame{}
	}
	return frames{hits, len(hits)}
}

type statsArgs struct {
	// In epoch milliseconds; zero is an open end.
	StartTime int `arg:"startTime"`
	StopTime  int `arg:"stopTime"`
}

func (c *controller) getStats(_ context.Context, _ *api.Request, args statsArgs) (frames, error) {
	var hits []Frame
	for _, frame := range c.Frames() {
		early := frame.Timestamp < int64(args.StartTime)
		late := args.StopTime != 0 && frame.Timestamp > int64(args.StopTime)
		if !early && !late {
			hits = append(hits, frame)
		}
	}
	return listed(hits), nil
}

func (c *controller) getLastStats(context.Context, *api.Request, api.None) (Frame, error) {
	all := c.Frames()
	if len(all) == 0 {
		return Frame{}, ErrNoStatistics.New()
	}
	return all[len(all)-1], nil
}

func (c *controller) getAllStats(context.Context, *api.Request, api.None) (frames, error) {
	return listed(c.Frames()), nil
}

type countersArgs struct {
	Over string `arg:"over,default=hour"`
}

func (c *controller) getCounters(ctx context.Context, _ *api.Request, args countersArgs) (counters.Series, error) {
	if !slices.Contains(counters.Views(), args.Over) {
		return counters.Series{}, assert.Unexpected.New(args.Over, counters.Views())
	}
	return c.Counters(ctx, args.Over)
}
