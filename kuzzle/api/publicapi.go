package api

import "net/http"

// PublicAction is one entry of server:publicApi.
type PublicAction struct {
	Action     string        `json:"action"`
	Controller string        `json:"controller"`
	HTTP       []PublicRoute `json:"http,omitempty"`
}

// PublicRoute is a route in the form that publicApi's clients read.
type PublicRoute struct {
	Path string `json:"path"`
	URL  string `json:"url"`
	Verb string `json:"verb"`
}

// PublicAPI returns the controllers, actions and routes of a dialect.
func (t *Table) PublicAPI(dialect *Dialect) map[string]map[string]PublicAction {
	out := map[string]map[string]PublicAction{}
	for _, name := range t.order {
		entry := t.controllers[name]
		actions := map[string]PublicAction{}
		for action, h := range entry.actions {
			if h.dialect == dialect {
				actions[action] = PublicAction{Action: action, Controller: name}
			}
		}
		if len(actions) > 0 {
			out[name] = actions
		}
	}
	for _, r := range t.routes {
		action, shown := out[r.controller][r.action]
		if !shown || r.verb == http.MethodHead {
			continue
		}
		path := r.colons()
		action.HTTP = append(action.HTTP, PublicRoute{Path: path, URL: path, Verb: r.verb})
		out[r.controller][r.action] = action
	}
	return out
}
