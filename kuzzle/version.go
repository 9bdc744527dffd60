package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
)

type version struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// built describes the build of this program.
type built struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// build reads the information of the Go toolchain in the program: the revision
// of its checkout.
func build() built {
	b := built{Version: backend.Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Revision = setting.Value
		case "vcs.time":
			b.Time = setting.Value
		case "vcs.modified":
			b.Modified = setting.Value == "true"
		}
	}
	return b
}

// Run prints the version.
func (v *version) Run(_ context.Context, at console) error {
	b := build()
	if v.JSON {
		return at.printJSON(b)
	}
	_, err := fmt.Fprintln(at.out, b)
	return err
}

func (b built) String() string { return fmt.Sprintf("kuzzle %s (%s, %s)", b.Version, b.Go, b.Platform) }
