package settings

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Faults of settings. Each text begins with the setting's name.
var (
	// ErrUnknown has the given name and a hint.
	ErrUnknown = fault.Declare(0x40130001, "settings.setting.not_found", http.StatusNotFound, "%s: %s")
	// ErrFixed has the name.
	ErrFixed = fault.Declare(0x40130002, "settings.setting.fixed", http.StatusBadRequest, "%s cannot be changed while the server runs. Set it in the configuration file or the environment, and start again.")
	// ErrPinned has the name and the source of the value.
	ErrPinned = fault.Declare(0x40130003, "settings.setting.pinned", http.StatusConflict, "%s is pinned by %s. Change it there, or remove it there first.")
	// ErrInvalid has the name and what to write instead.
	ErrInvalid = fault.Declare(0x40130004, "settings.setting.invalid_value", http.StatusBadRequest, "%s: %s")
)
