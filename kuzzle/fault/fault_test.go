package fault_test

import (
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// A second declaration of a code or an id panics and names both declarations, so that a plugin
// author sees the other one.
func TestDeclaredTwice(t *testing.T) {
	fault.Declare(fault.PluginCodes+0x00ff0001, "plugin.first.error", 400, "First.")
	tests := map[string]struct {
		declare func()
		want    []string
	}{
		"code": {
			func() { fault.Declare(fault.PluginCodes+0x00ff0001, "plugin.second.error", 400, "Second.") },
			[]string{"plugin.first.error", "plugin.second.error", "0x60ff0001"},
		},
		"id": {
			func() { fault.Declare(fault.PluginCodes+0x00ff0002, "plugin.first.error", 400, "First.") },
			[]string{"plugin.first.error", "0x60ff0001", "0x60ff0002"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			defer func() {
				said, _ := recover().(string)
				for _, want := range test.want {
					if !strings.Contains(said, want) {
						t.Errorf("the panic says %q, want %q in it", said, want)
					}
				}
			}()
			test.declare()
		})
	}
	for _, kind := range fault.Catalogue() {
		if kind.ID() == "plugin.second.error" {
			t.Error("a refused declaration is in the catalogue")
		}
	}
}
