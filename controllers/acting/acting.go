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

// managing are the controllers of what is managed.
var managing = []string{security.Name, admin.Name, imports.Name, servicekeys.Name, settings.Name, webhooks.Name}

// reading begin the names of those of their actions that change nothing.
var reading = []string{"check", "explain", "find", "get", "has", "list", "mGet", "preview", "recognise", "refresh", "report", "scroll", "search", "validate", "whoMay"}

// Outlasts reports whether an action changes what is managed.
func Outlasts(controller, action string) bool {
	return slices.Contains(managing, controller) && !slices.ContainsFunc(reading, func(verb string) bool { return strings.HasPrefix(action, verb) })
}
