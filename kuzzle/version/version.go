// Package version names this program. Nothing goes in; what comes out is text for
// people and for the records that outlive a release. It knows nothing else.
package version

import (
	"runtime/debug"
	"sync"
)

// Number is the release.
const Number = "0.1.0"

// revisionLength is how much of a revision names it.
const revisionLength = 12

// Full is the release with the revision that the program was built from, where
// the Go toolchain recorded one: "0.1.0 (31a046f0c1d2)".
var Full = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Number
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && len(setting.Value) >= revisionLength {
			return Number + " (" + setting.Value[:revisionLength] + ")"
		}
	}
	return Number
})
