package profiles

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// Catalogue says which controllers and actions exist.
type Catalogue interface {
	// Native returns the actions of one of the server's own controllers, aliases included; ok is
	// false if it has no such controller.
	Native(controller string) (actions map[string]bool, ok bool)
	// Plugin does the same for the controllers of strategies and embedding programs.
	Plugin(controller string) (actions map[string]bool, ok bool)
	// Canonical returns the name that the rights check uses for an action: the given name, or the
	// target of an alias.
	Canonical(controller, action string) (canonicalController, canonicalAction string)
}

// CheckRole checks a client's role definition and returns its value, with aliases replaced by
// canonical names. The errors, in order of precedence: api.assert.* about the shape,
// [ErrRoleLoginRequired], [ErrUnknownAction] for native controllers, and, unless force is set,
// [ErrUnknownController] and [ErrUnknownAction] for the others. All entries are checked, in the
// order of their names.
func CheckRole(id string, doc map[string]any, known Catalogue, force bool) (Role, error) {
	role, err := shapeOfRole(id, doc)
	if err != nil {
		return Role{}, err
	}
	if id == Anonymous && !role.leavesLogin() {
		return Role{}, ErrRoleLoginRequired.New()
	}
	if err := checkNative(role, known); err != nil {
		return Role{}, err
	}
	if !force {
		if err := checkPlugins(role, known); err != nil {
			return Role{}, err
		}
	}
	return canonical(role, known), nil
}

func shapeOfRole(id string, doc map[string]any) (Role, error) {
	path := id + "." + memberControllers
	raw, present := doc[memberControllers]
	controllers, isObject := raw.(map[string]any)
	switch {
	case present && raw == nil:
		return Role{}, assert.Missing.New(path)
	case present && !isObject:
		return Role{}, assert.InvalidType.New(path, "object")
	case len(controllers) == 0:
		return Role{}, assert.Empty.New(path)
	}
	role := Role{ID: id, Controllers: make(map[string]Controller, len(controllers))}
	for _, name := range slices.Sorted(maps.Keys(controllers)) {
		controller, err := shapeOfController(name, controllers[name])
		if err != nil {
			return Role{}, err
		}
		role.Controllers[name] = controller
	}
	return role, nil
}

func shapeOfController(name string, raw any) (Controller, error) {
	entry, isObject := raw.(map[string]any)
	if !isObject {
		return Controller{}, assert.InvalidType.New(name, "object")
	}
	if len(entry) == 0 {
		return Controller{}, assert.Empty.New(name)
	}
	value, present := entry[memberActions]
	if !present {
		return Controller{}, assert.Missing.New(name).
			Saying(`The controller "%s" has no "actions": list them as an object of booleans.`, name)
	}
	path := name + "." + memberActions
	actions, isObject := value.(map[string]any)
	if !isObject {
		return Controller{}, assert.InvalidType.New(path, "object")
	}
	if len(actions) == 0 {
		return Controller{}, assert.Empty.New(path)
	}
	for _, action := range slices.Sorted(maps.Keys(actions)) {
		if _, isBool := actions[action].(bool); !isBool {
			return Controller{}, assert.InvalidType.New(path+"."+action, "boolean")
		}
	}
	return Controller{Actions: rightsOf(actions)}, nil
}

// leavesLogin is Kuzzle's test: it looks for a true among the four entries that could give
// auth:login, and not at the effective right.
func (r Role) leavesLogin() bool {
	for _, controller := range [...]string{"auth", Any} {
		actions := r.Controllers[controller].Actions
		if actions["login"] || actions[Any] {
			return true
		}
	}
	return false
}

func checkNative(role Role, known Catalogue) error {
	for _, name := range slices.Sorted(maps.Keys(role.Controllers)) {
		actions, native := known.Native(name)
		if name == Any {
			actions, native = nil, true
		}
		if !native {
			continue
		}
		if err := checkActions(role, name, actions); err != nil {
			return err
		}
	}
	return nil
}

func checkPlugins(role Role, known Catalogue) error {
	for _, name := range slices.Sorted(maps.Keys(role.Controllers)) {
		if _, native := known.Native(name); native || name == Any {
			continue
		}
		actions, exists := known.Plugin(name)
		if !exists {
			return ErrUnknownController.New(role.ID, name, "")
		}
		if err := checkActions(role, name, actions); err != nil {
			return err
		}
	}
	return nil
}

func checkActions(role Role, controller string, exist map[string]bool) error {
	for _, action := range slices.Sorted(maps.Keys(role.Controllers[controller].Actions)) {
		if action != Any && !exist[action] {
			return unknownAction(role.ID, action, controller, exist)
		}
	}
	return nil
}

func unknownAction(role, action, controller string, exist map[string]bool) *fault.Error {
	if controller == Any {
		return ErrUnknownAction.New(role, action, controller).
			Saying(`The role "%s" names the action "%s" under the controller "*": only "*" is allowed there.`, role, action)
	}
	err := ErrUnknownAction.New(role, action, controller, "")
	if near, ok := similar(action, exist); ok {
		hint := fmt.Sprintf(`The role "%s" names the action "%s", which the controller "%s" does not have: did you mean "%s"?`,
			role, action, controller, near)
		err.Hint = hint
	}
	return err
}

// canonical moves each right to the action's canonical name, so that no alias is ever looked up. A
// right by name wins over one from an alias's "*". Of two rights by name, false wins.
func canonical(role Role, known Catalogue) Role {
	result := Role{ID: role.ID, Controllers: make(map[string]Controller, len(role.Controllers))}
	spread := map[[2]string]bool{}
	named := map[[2]string]bool{}
	note := func(into map[[2]string]bool, controller, action string, right bool) {
		c, a := known.Canonical(controller, action)
		key := [2]string{c, a}
		if before, taken := into[key]; taken {
			right = right && before
		}
		into[key] = right
	}
	for controller, entry := range role.Controllers {
		for action, right := range entry.Actions {
			if action != Any {
				note(named, controller, action, right)
				continue
			}
			aliases, all := aliasesOf(controller, known)
			for _, alias := range aliases {
				if _, said := entry.Actions[alias]; !said {
					note(spread, controller, alias, right)
				}
			}
			if !all {
				named[[2]string{controller, Any}] = right
			}
		}
	}
	for _, rights := range [...]map[[2]string]bool{spread, named} {
		for key, right := range rights {
			entry := result.Controllers[key[0]]
			if entry.Actions == nil {
				entry.Actions = map[string]bool{}
				result.Controllers[key[0]] = entry
			}
			entry.Actions[key[1]] = right
		}
	}
	return result
}

// aliasesOf returns the aliases among a controller's native actions, and whether all of its actions
// are aliases.
func aliasesOf(controller string, known Catalogue) (aliases []string, all bool) {
	actions, _ := known.Native(controller)
	for action := range actions {
		if c, a := known.Canonical(controller, action); c != controller || a != action {
			aliases = append(aliases, action)
		}
	}
	return aliases, len(aliases) > 0 && len(aliases) == len(actions)
}
