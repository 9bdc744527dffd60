package server

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

func (c *controller) descriptions() []api.Declared {
	return []api.Declared{
		api.Action[api.None, map[string]map[string]api.PublicAction]{
			Name: "publicApi", Deprecated: api.Routes{"GET /_publicApi"}, Since: "2.5.0",
			Summary: "Lists controllers, actions and routes.", Run: c.publicAPI,
		},
		api.Action[openapiArgs, api.Raw]{
			Name: "openapi", Routes: api.Routes{"GET /_openapi"},
			Summary: "Describes the API in the OpenAPI format.", Run: c.openapi,
			Answers: []any{api.Raw{ContentType: "application/json", Value: map[string]any{}}, api.Raw{ContentType: "application/yaml"}},
		},
		api.Action[api.None, info]{
			Name: "info", Routes: api.Routes{"GET /", "GET /_serverInfo"},
			Summary: "Describes the server and what it runs on.", Run: c.info,
		},
		api.Action[api.None, capabilities]{
			Name: "capabilities", Routes: api.Routes{"GET /_capabilities"},
			Summary: "Lists limits, plugins, routes and services.", Run: c.capabilities,
		},
	}
}

func (c *controller) publicAPI(context.Context, *api.Request, api.None) (map[string]map[string]api.PublicAction, error) {
	return c.Table().PublicAPI(api.Kuzzle), nil
}

type openapiArgs struct {
	Format string `arg:"format,default=json"`
	Scope  string `arg:"scope,default=kuzzle"`
}

// openapi answers the document itself. As in Kuzzle a format that is not JSON is
// YAML.
func (c *controller) openapi(_ context.Context, req *api.Request, args openapiArgs) (api.Raw, error) {
	scope := api.Scope(args.Scope)
	if known := c.Table().Scopes(); !slices.Contains(known, scope) {
		return api.Raw{}, assert.Unexpected.New(args.Scope, known)
	}
	if args.Format != formatJSON {
		args.Format = formatYAML
	}
	raw := api.Raw{ContentType: "application/" + args.Format}
	if !req.OverHTTP() {
		raw.Value = c.Table().OpenAPI(scope, c.Version)
	}
	var err error
	raw.Body, err = c.described(scope, args.Format)
	return raw, err
}

const formatYAML = "yaml"

// texts are the descriptions that were asked for, by scope and format. They never change,
// YAML takes a tenth of a second to write, and strangers may ask.
type texts struct {
	sync.Mutex
	of map[string][]byte
}

func (c *controller) described(scope api.Scope, format string) ([]byte, error) {
	c.texts.Lock()
	defer c.texts.Unlock()
	name := string(scope) + " " + format
	if text := c.texts.of[name]; text != nil {
		return text, nil
	}
	text, err := json.Marshal(c.Table().OpenAPI(scope, c.Version))
	if err == nil && format != formatJSON {
		text, err = yamlOf(text)
	}
	if err != nil {
		return nil, err
	}
	if c.texts.of == nil {
		c.texts.of = map[string][]byte{}
	}
	c.texts.of[name] = text
	return text, nil
}

type info struct {
	Server serverInfo `json:"serverInfo"`
}

type serverInfo struct {
	Kuzzle   kuzzleInfo             `json:"kuzzle"`
	Services map[string]serviceInfo `json:"services"`
}

type kuzzleInfo struct {
	API struct {
		Routes map[string]map[string]api.PublicAction `json:"routes"`
	} `json:"api"`
	Application applicationInfo `json:"application"`
	MemoryUsed  uint64          `json:"memoryUsed"`
	Nodes       []nodeInfo      `json:"nodes"`
	// RuntimeVersion has the JSON name that clients know.
	RuntimeVersion string                `json:"nodeVersion"`
	Plugins        map[string]pluginInfo `json:"plugins"`
	System         systemInfo            `json:"system"`
	Uptime         string                `json:"uptime"`
	Version        string                `json:"version"`
}

type applicationInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit"`
	// Controllers, Hooks and Pipes are those of an application, of which there are none.
	Controllers []string `json:"controllers"`
	Hooks       []string `json:"hooks"`
	Pipes       []string `json:"pipes"`
}

// nodeInfo is one of the servers that share a storage.
type nodeInfo struct {
	ID   string `json:"id"`
	Self bool   `json:"self"`
}

type pluginInfo struct {
	Version     string   `json:"version,omitempty"`
	Controllers []string `json:"controllers"`
	Strategies  []string `json:"strategies"`
	Hooks       []string `json:"hooks"`
	Pipes       []string `json:"pipes"`
	Routes      []string `json:"routes"`
}

type systemInfo struct {
	CPUs   []cpu      `json:"cpus"`
	Memory memoryInfo `json:"memory"`
}

type cpu struct {
	Model string `json:"model"`
}

// memoryInfo has the memory that the process has from the system, and the unused part of it, in
// bytes.
type memoryInfo struct {
	Total uint64 `json:"total"`
	Free  uint64 `json:"free"`
}

type serviceInfo struct {
	Type    string           `json:"type"`
	Version string           `json:"version,omitempty"`
	Bytes   int64            `json:"spaceUsed"`
	Counts  map[string]int64 `json:"documents,omitempty"`
}

func (c *controller) info(ctx context.Context, _ *api.Request, _ api.None) (info, error) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	k := kuzzleInfo{
		Application: applicationInfo{
			Name: "kuzzle", Version: c.Version, Commit: c.Commit, Controllers: []string{}, Hooks: []string{}, Pipes: []string{},
		},
		MemoryUsed: memory.Sys - memory.HeapReleased, RuntimeVersion: runtime.Version(), Plugins: map[string]pluginInfo{},
		System:  systemInfo{CPUs: make([]cpu, runtime.NumCPU()), Memory: memoryInfo{memory.Sys, memory.HeapIdle}},
		Uptime:  fmt.Sprintf("%.1fs", c.Now().Sub(c.Started).Seconds()),
		Version: c.Version,
	}
	for i := range k.System.CPUs {
		k.System.CPUs[i].Model = runtime.GOARCH
	}
	k.Nodes = []nodeInfo{}
	for _, node := range c.Nodes() {
		k.Nodes = append(k.Nodes, nodeInfo{ID: node.Name, Self: node.Self})
	}
	k.API.Routes = c.Table().PublicAPI(api.Kuzzle)
	for name, plugin := range c.Plugins() {
		k.Plugins[name] = pluginInfo{
			Version: plugin.Version, Controllers: orEmpty(plugin.Controllers), Strategies: orEmpty(plugin.Strategies),
			Hooks: []string{}, Pipes: []string{}, Routes: []string{},
		}
	}
	store := c.Store(ctx)
	shown := serviceInfo{Type: store.Engine, Version: store.Version, Bytes: store.Bytes, Counts: map[string]int64{}}
	for collection, count := range store.Counts {
		shown.Counts[string(collection)] = count
	}
	// One engine serves as both.
	return info{serverInfo{Kuzzle: k, Services: map[string]serviceInfo{"internalStorage": shown, "publicStorage": shown}}}, nil
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

type capabilities struct {
	Limits   map[string]any                         `json:"limits"`
	Plugins  map[string]pluginVersion               `json:"plugins"`
	Routes   map[string]map[string]api.PublicAction `json:"routes"`
	Services map[string]backendInfo                 `json:"services"`
	Version  string                                 `json:"version"`
}

type pluginVersion struct {
	Version string `json:"version"`
}

type backendInfo struct {
	Backend string `json:"backend"`
	Version string `json:"version"`
}

func (c *controller) capabilities(ctx context.Context, _ *api.Request, _ api.None) (capabilities, error) {
	store := c.Store(ctx)
	found := capabilities{
		Limits: c.Limits, Plugins: map[string]pluginVersion{}, Routes: c.Table().PublicAPI(api.Kuzzle),
		Services: map[string]backendInfo{serviceStorage: {Backend: store.Engine, Version: store.Version}},
		Version:  c.Version,
	}
	for name, plugin := range c.Plugins() {
		found.Plugins[name] = pluginVersion{plugin.Version}
	}
	return found, nil
}
