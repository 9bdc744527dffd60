package native

import (
	_ "embed"
	"maps"
	"strings"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/profiles"
)

//go:embed foreign.txt
var foreignText string

var foreign = sync.OnceValue(func() map[string]map[string]bool { return parse(foreignText) })

// parse reads lines of "controller: action action …".
func parse(text string) map[string]map[string]bool {
	controllers := map[string]map[string]bool{}
	for line := range strings.Lines(text) {
		name, actions, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		controllers[name] = map[string]bool{}
		for _, action := range strings.Fields(actions) {
			controllers[name][action] = true
		}
	}
	return controllers
}

// Catalogue knows every controller and action. It calls Table for each question, since the
// catalogue is needed before the table exists.
type Catalogue struct{ Table func() *api.Table }

var _ profiles.Catalogue = Catalogue{}

// Native lists the actions, aliases included, of a controller of this server or of Kuzzle.
func (c Catalogue) Native(controller string) (map[string]bool, bool) {
	table := c.Table()
	actions := maps.Clone(foreign()[controller])
	names, plugin, ok := table.Actions(controller)
	if ok && plugin {
		return nil, false
	}
	if actions == nil {
		actions = map[string]bool{}
	}
	for _, name := range names {
		actions[name] = true
	}
	for name := range table.AliasOf(controller) {
		actions[name] = true
	}
	return actions, len(actions) > 0
}

// Plugin lists the actions of a controller that a strategy or the embedding program added.
func (c Catalogue) Plugin(controller string) (map[string]bool, bool) {
	names, plugin, ok := c.Table().Actions(controller)
	if !ok || !plugin {
		return nil, false
	}
	actions := make(map[string]bool, len(names))
	for _, name := range names {
		actions[name] = true
	}
	return actions, true
}

// Canonical returns the canonical name of an action.
func (c Catalogue) Canonical(controller, action string) (string, string) {
	return c.Table().Canonical(controller, action)
}
