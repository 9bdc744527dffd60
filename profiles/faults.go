package profiles

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// ErrExceedsOwn refuses a caller who gives rights that the caller lacks, or acts on a user who has
// them. Its prop is the first such action.
var ErrExceedsOwn = fault.Declare(0x40190001, "security.rights.exceeds_own", http.StatusForbidden,
	`This request gives the right "%s", or acts on a user who has it, and you do not have it yourself. Ask somebody who has this right.`)

// The errors about roles. Each comment names the props in order.
var (
	// ErrRoleNotFound: the role's id.
	ErrRoleNotFound = fault.Declare(0x07050001, "security.role.not_found", http.StatusNotFound,
		`The role "%s" does not exist: create it first, or name another.`)

	// ErrRoleLoginRequired: no props.
	ErrRoleLoginRequired = fault.Declare(0x07050002, "security.role.login_required", http.StatusBadRequest,
		`The role "anonymous" must allow a login: set the action "login" of the controller "auth" to true.`)

	// ErrRoleCannotDelete: no props.
	ErrRoleCannotDelete = fault.Declare(0x07050003, "security.role.cannot_delete", http.StatusBadRequest,
		`The roles "admin", "default" and "anonymous" cannot be deleted: edit their rights instead.`)

	// ErrRoleInUse: the role's id.
	ErrRoleInUse = fault.Declare(0x07050004, "security.role.in_use", http.StatusPreconditionFailed,
		`The role "%s" is still used: remove it from the policies of every profile first.`)

	// ErrUnknownController: the role's id, the controller, a suggestion that
	// is always empty on the wire.
	ErrUnknownController = fault.Declare(0x07050009, "security.role.unknown_controller", http.StatusBadRequest,
		`The role "%s" names the controller "%s", which does not exist: correct the name, or set "force" to write the role anyway.`)

	// ErrUnknownAction: the role's id, the action, the controller, a suggestion
	// that is always empty on the wire and absent under the controller "*".
	ErrUnknownAction = fault.Declare(0x0705000a, "security.role.unknown_action", http.StatusBadRequest,
		`The role "%s" names the action "%s", which the controller "%s" does not have: correct the name, or use "*".`)
)

// The errors about profiles.
var (
	// ErrProfileNotFound: the profile's id.
	ErrProfileNotFound = fault.Declare(0x07060001, "security.profile.not_found", http.StatusNotFound,
		`The profile "%s" does not exist: create it first, or name another.`)

	// ErrProfileCannotDelete: no props.
	ErrProfileCannotDelete = fault.Declare(0x07060002, "security.profile.cannot_delete", http.StatusBadRequest,
		`The profiles "admin", "default" and "anonymous" cannot be deleted: edit their policies instead.`)

	// ErrProfileInUse: no props.
	ErrProfileInUse = fault.Declare(0x07060003, "security.profile.in_use", http.StatusPreconditionFailed,
		`The profile is still held by a user: remove it from every user first, or set "onAssignedUsers" to "remove".`)

	// ErrMissingAnonymousRole: no props.
	ErrMissingAnonymousRole = fault.Declare(0x07060005, "security.profile.missing_anonymous_role", http.StatusBadRequest,
		`The profile "anonymous" needs a policy whose roleId is "anonymous": add it.`)
)

// ErrUnknownIndex refuses a restriction in strict mode; its prop is the index.
// This server holds no public index, so each one is unknown.
var ErrUnknownIndex = fault.Declare(0x01010001, "services.storage.unknown_index", http.StatusPreconditionFailed,
	`The index "%s" does not exist: remove it from "restrictedTo", or leave out "strict".`)
