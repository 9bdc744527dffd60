// Package version names this program's version, for people and for stored
// records.
package version

import (
	"runtime/debug"
	"sync"
)

// Number is the release.
const Number = "0.1.0"

// revisionLength is the length of a shortened revision.
const revisionLength = 12

// Full returns the release with the revision that the program was built from, if
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
