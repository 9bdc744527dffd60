package api

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// Table has every action, with its routes and other names. It is built once and then only read.
type Table struct {
	controllers map[string]*controllerEntry
	order       []string
	edges       []*edge
	lightest    int64
	routes      []*route
}

type controllerEntry struct {
	Controller
	alias   bool
	actions map[string]*handler
	order   []string
	// implied are the arguments that each action of an alias stands for.
	implied map[string]map[string]any
}

// NewTable compiles controllers and aliases. It panics on mistakes of the program: two actions
// with one name, or two with one route.
func NewTable(controllers []Controller, aliases []Alias) *Table {
	t := &Table{controllers: map[string]*controllerEntry{}, lightest: DefaultWeight}
	t.edgeOf(Kuzzle)
	for _, c := range controllers {
		t.addController(c)
	}
	for _, a := range aliases {
		t.addAlias(a)
	}
	for _, r := range t.routes {
		of := t.edgeOf(r.handler.dialect)
		if !t.covered(r.path, of) {
			panic("api: the route " + r.verb + " " + r.path + " lies under the prefix of another dialect")
		}
		of.router.add(r)
	}
	return t
}

// DefaultRefresh sets the refresh of requests that name none. It is called before the table is
// used.
func (t *Table) DefaultRefresh(waits Refresh) {
	for _, entry := range t.controllers {
		for _, h := range entry.actions {
			h.plan.defaultRefresh(waits)
		}
	}
}

func (t *Table) addController(c Controller) {
	if c.Dialect == nil {
		c.Dialect = Kuzzle
	}
	t.edgeOf(c.Dialect)
	entry := t.entry(c.Name, c)
	for _, declared := range c.Actions {
		h := declared.compile(c.Name)
		h.dialect, h.plugin = c.Dialect, c.Plugin
		entry.add(h.name, h)
		t.lightest = min(t.lightest, h.weight)
		h.plan.strict = h.plan.strictness(c.Dialect, h.routes)
		h.unauthorized = ErrUnauthorized.New(h.controller, h.name)
		for i := range h.routes {
			r := &h.routes[i]
			r.path = c.Dialect.Prefix + r.path
			t.routes = append(t.routes, r)
		}
	}
}

func (t *Table) addAlias(a Alias) {
	controller, action, _ := strings.Cut(a.To, ":")
	target := t.lookup(controller, action)
	if target == nil {
		panic("api: the alias " + a.Controller + ":" + a.Name + " leads to no action")
	}
	entry := t.entry(a.Controller, Controller{
		Name: a.Controller, About: "Newer names of actions of " + controller + ".", Dialect: target.dialect,
	})
	entry.alias = true
	entry.add(a.Name, target)
	entry.implied[a.Name] = a.Args
	for _, text := range a.Routes {
		r := parseRoute(text, "", target)
		r.path = target.dialect.Prefix + r.path
		r.controller, r.action = a.Controller, a.Name
		t.routes = append(t.routes, &r)
	}
}

func (t *Table) entry(name string, c Controller) *controllerEntry {
	entry := t.controllers[name]
	if entry == nil {
		entry = &controllerEntry{Controller: c, actions: map[string]*handler{}, implied: map[string]map[string]any{}}
		t.controllers[name] = entry
		t.order = append(t.order, name)
	}
	return entry
}

func (e *controllerEntry) add(name string, h *handler) {
	if e.actions[name] != nil {
		panic(fmt.Sprintf("api: %s:%s is declared twice", e.Name, name))
	}
	e.actions[name] = h
	e.order = append(e.order, name)
}

func (t *Table) lookup(controller, action string) *handler {
	entry := t.controllers[controller]
	if entry == nil {
		return nil
	}
	return entry.actions[action]
}

// find is lookup for a request. It finds actions of the request's dialect only.
func (t *Table) find(req *Request) *handler {
	h := t.lookup(req.Controller, req.Action)
	if h == nil || h.dialect != req.dialect() {
		return nil
	}
	return h
}

// speaks reports whether a dialect has a controller of that name.
func (t *Table) speaks(controller string, d *Dialect) bool {
	entry := t.controllers[controller]
	return entry != nil && entry.Dialect == d
}

// Lightest returns the lowest weight limit of all actions: a lighter request needs no further
// check.
func (t *Table) Lightest() int64 { return t.lightest }

// Resolve finds the route of an HTTP request in the request's dialect and sets controller, action
// and the values of placeholders in req. The path is escaped and whole. Resolve reports whether
// there is such a route; its error names a placeholder whose value is not UTF-8.
func (t *Table) Resolve(verb, path string, req *Request) (found bool, err error) {
	req.verb = verb
	route, values := t.edgeAt(req).router.find(verb, path)
	if route == nil {
		return false, nil
	}
	req.Controller, req.Action, req.handler = route.controller, route.action, route.handler
	for i, value := range values {
		if !utf8.ValidString(value) {
			return true, assert.InvalidArgument.New(route.params[i], "percent-encoded UTF-8")
		}
		req.SetArg(route.params[i], value)
	}
	return true, nil
}

// imply adds the arguments that the called alias implies.
func (t *Table) imply(req *Request) {
	entry := t.controllers[req.Controller]
	if entry == nil || !entry.alias {
		return
	}
	for name, value := range entry.implied[req.Action] {
		if req.Args[name] == nil {
			req.SetArg(name, value)
		}
	}
}

// Canonical returns the names under which rights are checked.
func (t *Table) Canonical(controller, action string) (string, string) {
	if h := t.lookup(controller, action); h != nil {
		return h.controller, h.name
	}
	return controller, action
}

// RoutesOf lists the routes of a canonical action, each as verb, space and declared path. It
// leaves out the routes of aliases.
func (t *Table) RoutesOf(controller, action string) []string {
	h := t.lookup(controller, action)
	if h == nil {
		return nil
	}
	routes := make([]string, len(h.routes))
	for i := range h.routes {
		routes[i] = h.routes[i].verb + " " + h.routes[i].path
	}
	return routes
}

// Actions lists the canonical action names of a controller. ok is false if no controller has that
// name or if it is only an alias.
func (t *Table) Actions(controller string) (names []string, plugin, ok bool) {
	entry := t.controllers[controller]
	if entry == nil || entry.alias {
		return nil, false, false
	}
	return slices.Clone(entry.order), entry.Plugin, true
}

// Names lists the actions of every controller under all their names.
func (t *Table) Names() map[string][]string {
	names := make(map[string][]string, len(t.controllers))
	for name, entry := range t.controllers {
		names[name] = slices.Clone(entry.order)
	}
	return names
}

// AliasOf returns the action ("controller:action") that each action of an alias controller stands
// for; nil for any other controller.
func (t *Table) AliasOf(controller string) map[string]string {
	entry := t.controllers[controller]
	if entry == nil || !entry.alias {
		return nil
	}
	targets := make(map[string]string, len(entry.actions))
	for name, h := range entry.actions {
		targets[name] = h.controller + ":" + h.name
	}
	return targets
}
