package server

import (
	"context"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/counters"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Name is the controller's name.
const Name = "server"

// AdminExists is the action that tells whether there is an administrator.
const AdminExists = "adminExists"

// Deps is what the controller tells of. All functions are called while requests
// are served, several at once; Table, AdminExists, Store and Health are
// mandatory.
type Deps struct {
	Table       func() *api.Table
	AdminExists func(context.Context) (bool, error)
	// Config returns the effective configuration, without secrets.
	Config func() map[string]any
	// Limits are the limits for clients, as capabilities shows them.
	Limits map[string]any
	// Nodes returns the servers that share the storage, this one included.
	Nodes func() []storage.Node
	// Store describes the storage; Health reports whether it can serve.
	Store  func(context.Context) storage.Info
	Health func(context.Context) error
	// Examine looks for problems of the server.
	Examine func(context.Context) (Examination, error)
	// Load returns the current load.
	Load func() Load
	// Prometheus writes the metrics in Prometheus' text format.
	Prometheus func(context.Context) ([]byte, error)
	// Frames returns the past statistics, oldest first.
	Frames func() []Frame
	// Counters returns the counts of all servers over a time; see package counters.
	Counters func(ctx context.Context, over string) (counters.Series, error)
	// Plugins returns the strategies and their additions, by name.
	Plugins func() map[string]Plugin

	Version string
	Commit  string
	Started time.Time
	Now     func() time.Time
}

// Load is the load of a server at one moment.
type Load struct {
	ConcurrentRequests int64
	PendingRequests    int64
	HTTPConnections    int64
	WebSockets         int64
}

// Plugin is an extension as info and capabilities show it.
type Plugin struct {
	Version     string
	Strategies  []string
	Controllers []string
}

type controller struct {
	Deps
	examiner examiner
	texts    texts
}

// New declares the controller.
func New(deps Deps) api.Controller {
	c := &controller{Deps: deps.orDefaults(), examiner: examiner{turn: make(chan struct{}, 1)}}
	return api.Controller{
		Name:    Name,
		About:   "The time, the API itself, and the state of the server.",
		Actions: slices.Concat(c.basics(), c.descriptions(), c.operations(), c.findings(), c.statistics()),
	}
}

func (d Deps) orDefaults() Deps {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Started.IsZero() {
		d.Started = d.Now()
	}
	if d.Config == nil {
		d.Config = func() map[string]any { return map[string]any{} }
	}
	if d.Nodes == nil {
		d.Nodes = func() []storage.Node { return nil }
	}
	if d.Load == nil {
		d.Load = func() Load { return Load{} }
	}
	if d.Frames == nil {
		d.Frames = func() []Frame { return nil }
	}
	if d.Plugins == nil {
		d.Plugins = func() map[string]Plugin { return nil }
	}
	if d.Limits == nil {
		d.Limits = map[string]any{}
	}
	return d
}
