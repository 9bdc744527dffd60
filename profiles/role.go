package profiles

import (
	"fmt"
	"maps"
)

// Any is the name that stands for every controller, or for every action of a controller.
const Any = "*"

// Role lists allowed actions, on any target.
type Role struct {
	ID string
	// Controllers is keyed by controller; [Any] is for the controllers that have no entry.
	Controllers map[string]Controller
}

// Controller is a role's entry for one controller. It replaces the role's entry for [Any]
// completely, even for actions that it does not mention.
type Controller struct {
	// Actions is keyed by action; [Any] is for the actions that have no entry. False and absent
	// both deny, and neither removes a right that another role gives.
	Actions map[string]bool
}

// ParseRole reads a stored role, which [CheckRole] accepted. Only true allows; any other value
// denies. An error means damaged storage, not a client's mistake.
func ParseRole(id string, doc map[string]any) (Role, error) {
	entries, ok := doc[memberControllers].(map[string]any)
	if !ok {
		return Role{}, fmt.Errorf("stored role %q: controllers is a %T", id, doc[memberControllers])
	}
	role := Role{ID: id, Controllers: make(map[string]Controller, len(entries))}
	for name, raw := range entries {
		entry, _ := raw.(map[string]any)
		actions, ok := entry[memberActions].(map[string]any)
		if !ok {
			return Role{}, fmt.Errorf("stored role %q: controller %q has no actions", id, name)
		}
		role.Controllers[name] = Controller{Actions: rightsOf(actions)}
	}
	return role, nil
}

// Document returns the document to store for a role that was submitted as doc. It keeps doc's free
// members, such as tags, takes the controllers from the role, and drops the members that the server
// adds to its answers (_id, _kuzzle_info). With a nil doc it returns the controllers alone.
func (r Role) Document(doc map[string]any) map[string]any {
	given, _ := doc[memberControllers].(map[string]any)
	controllers := make(map[string]any, len(r.Controllers))
	for name, controller := range r.Controllers {
		entry := map[string]any{}
		if submitted, ok := given[name].(map[string]any); ok {
			maps.Copy(entry, submitted)
		}
		actions := make(map[string]any, len(controller.Actions))
		for action, right := range controller.Actions {
			actions[action] = right
		}
		entry[memberActions] = actions
		controllers[name] = entry
	}
	stored := withoutOwn(doc)
	stored[memberControllers] = controllers
	return stored
}

// Names of members in stored and submitted documents.
const (
	memberControllers  = "controllers"
	memberActions      = "actions"
	memberPolicies     = "policies"
	memberRateLimit    = "rateLimit"
	memberRoleID       = "roleId"
	memberRestrictedTo = "restrictedTo"
	memberIndex        = "index"
	memberCollections  = "collections"
)

// withoutOwn copies doc without the members that only the server may set.
func withoutOwn(doc map[string]any) map[string]any {
	own := make(map[string]any, len(doc)+1)
	maps.Copy(own, doc)
	delete(own, "_id")
	delete(own, "_kuzzle_info")
	delete(own, "optimizedPolicies")
	return own
}

func rightsOf(actions map[string]any) map[string]bool {
	rights := make(map[string]bool, len(actions))
	for action, value := range actions {
		right, isBool := value.(bool)
		rights[action] = isBool && right
	}
	return rights
}

// entryFor returns the role's entry for a controller, and the name of that entry.
func (r Role) entryFor(controller string) (name string, entry Controller, ok bool) {
	if controller == "ms" || controller == "memoryStorage" {
		// One controller has two names; if a role has both, the shorter name counts.
		for _, alias := range [...]string{"ms", "memoryStorage"} {
			if entry, ok = r.Controllers[alias]; ok {
				return alias, entry, true
			}
		}
	}
	for _, name = range [...]string{controller, Any} {
		if entry, ok = r.Controllers[name]; ok {
			return name, entry, true
		}
	}
	return "", Controller{}, false
}

// rightFor returns the entry's value for an action, and the name under which it stands.
func (c Controller) rightFor(action string) (name string, right, ok bool) {
	for _, name = range [...]string{action, Any} {
		if right, ok = c.Actions[name]; ok {
			return name, right, true
		}
	}
	return "", false, false
}
