package acting

import (
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/controllers/admin"
	"github.com/gokuzzle/kuzzle/controllers/imports"
	"github.com/gokuzzle/kuzzle/controllers/security"
	"github.com/gokuzzle/kuzzle/controllers/servicekeys"
	"github.com/gokuzzle/kuzzle/controllers/settings"
	"github.com/gokuzzle/kuzzle/controllers/webhooks"
)

// managing lists the controllers that manage the server, its users and their rights.
var managing = []string{security.Name, admin.Name, imports.Name, servicekeys.Name, settings.Name, webhooks.Name}

// reading lists the prefixes of their actions that change nothing.
var reading = []string{"check", "explain", "find", "get", "has", "list", "mGet", "preview", "recognise", "refresh", "report", "scroll", "search", "validate", "whoMay"}

// Outlasts reports whether an action makes a change that outlasts the session.
func Outlasts(controller, action string) bool {
	return slices.Contains(managing, controller) && !slices.ContainsFunc(reading, func(verb string) bool { return strings.HasPrefix(action, verb) })
}
