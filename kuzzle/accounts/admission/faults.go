package admission

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The faults of sign-ups, and of changes of the lists.
var (
	// ErrRefused reveals neither the rule nor the contents of the lists.
	ErrRefused = fault.Declare(0x40260001, "security.user.sign_up_refused", http.StatusForbidden, "This server lets no user take that name. Ask an administrator.")
	// It has the accepted forms.
	ErrIdentifier = fault.Declare(0x40260002, "admission.identifier.invalid", http.StatusBadRequest, "body.identifier: give %s.")
	ErrListed     = fault.Declare(0x40260003, "admission.identifier.listed", http.StatusConflict, "The list has this identifier already.")
	// It has the limit.
	ErrFull      = fault.Declare(0x40260004, "admission.list.full", http.StatusPreconditionFailed, "The list has %d identifiers, which is the limit. Remove one, or list a whole domain as *@example.com.")
	ErrNotListed = fault.Declare(0x40260005, "admission.identifier.not_found", http.StatusNotFound, "The list has no such identifier.")
)
