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
	// Config is the effective configuration, secrets left out.
	Config func() map[string]any
	// Limits is what clients may ask for at once, as capabilities shows it.
	Limits map[string]any
	// Nodes are the servers that share the storage, this one among them.
	Nodes func() []storage.Node
	// Store describes the storage, Health tells whether it can serve.
	Store  func(context.Context) storage.Info
	Health func(context.Context) error
	// Examine looks for what is wrong with the server.
	Examine func(context.Context) (Examination, error)
	// Load is what is going on now.
	Load func() Load
	// Prometheus writes the metrics in Prometheus' text format.
	Prometheus func(context.Context) ([]byte, error)
	// Frames are the counted past, oldest first.
	Frames func() []Frame
	// Counters are what all servers counted over a time; see package counters.
	Counters func(ctx context.Context, over string) (counters.Series, error)
	// Plugins are the strategies and what they bring along, by name.
	Plugins func() map[string]Plugin

	Version string
	Commit  string
	Started time.Time
	Now     func() time.Time
}

// Load is what a server is doing at one moment.
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
		About:   "The time, the API itself, and how the server is.",
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
