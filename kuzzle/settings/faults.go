package settings

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// What may be wrong with a setting to read or to write. Each text begins with the
// setting's name.
var (
	// The name given, and a hint.
	ErrUnknown = fault.Declare(0x40130001, "settings.setting.not_found", http.StatusNotFound, "%s: %s")
	// The name.
	ErrFixed = fault.Declare(0x40130002, "settings.setting.fixed", http.StatusBadRequest, "%s cannot be changed while the server runs. Set it in the configuration file or the environment, and start again.")
	// The name, and the place that gives the value.
	ErrPinned = fault.Declare(0x40130003, "settings.setting.pinned", http.StatusConflict, "%s is pinned by %s. Change it there, or remove it there first.")
	// The name, and what to write instead.
	ErrInvalid = fault.Declare(0x40130004, "settings.setting.invalid_value", http.StatusBadRequest, "%s: %s")
)
