package backend

import (
	"io"
	"slices"
	"testing"

	"github.com/gokuzzle/kuzzle/controllers/security"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// TestReachingActionsExist: an action under a wrong name would require no proof.
func TestReachingActionsExist(t *testing.T) {
	cfg := config.Default()
	cfg.Data, cfg.Dev = t.TempDir(), true
	app, err := New(WithConfig(cfg), WithTerminal(io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	exists := func(controller, action string) {
		t.Helper()
		if actions, _, ok := app.table.Actions(controller); !ok || !slices.Contains(actions, action) {
			t.Errorf("there is no action %s:%s", controller, action)
		}
	}
	for name, reached := range reaching {
		exists(name[0], name[1])
		for _, action := range reached {
			exists(security.Name, action)
		}
	}
}
