//go:build failpoints

package elasticsearch_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest"
)

// upgradeVictimVariable tells a subprocess under which prefix it upgrades, and
// before which step it is killed.
const upgradeVictimVariable = "KUZZLE_TEST_UPGRADE_VICTIM"

// TestUpgradeVictim is the process that is killed in the middle of an upgrade.
func TestUpgradeVictim(t *testing.T) {
	v, ok := asVictim(t, upgradeVictimVariable)
	if !ok {
		return // run by TestUpgradeKilled alone
	}
	addUpgrade(t)
	o := options()
	o.Prefix = v.Prefix
	_, err := elasticsearch.Open(v.doomed(t), o)
	t.Fatalf("survived: %v", err)
}

// TestUpgradeKilled: an upgrade that is killed in the middle leaves a store that
// the next start upgrades, without the loss of a document.
func TestUpgradeKilled(t *testing.T) {
	addUpgrade(t)
	var mu sync.Mutex
	var reached []string
	note := elasticsearch.WithFailpoint(t.Context(), func(step string) {
		mu.Lock()
		defer mu.Unlock()
		reached = append(reached, step)
	})
	s, err := elasticsearch.Open(note, earliest(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Every kind of step; steps for each index are killed at one of them.
	steps := []string{"upgrade 2 meta", "upgrade 2 claims", "mark users", "make " + added, "write mappings", "record", "mark meta"}
	for _, step := range steps {
		if !slices.Contains(reached, step) {
			t.Errorf("%s was not reached: %q", step, reached)
		}
	}
	for _, step := range steps {
		t.Run(step, func(t *testing.T) {
			o := earliest(t)
			sacrifice(t, "TestUpgradeVictim", upgradeVictimVariable, victim{Prefix: o.Prefix, Step: step})
			if has, err := elasticsearch.ReadSchema(t.Context(), o); err != nil || has.Number != 1 {
				t.Errorf("got %+v, %v, want a store that is not of the new schema yet", has, err)
			}
			s := open(t, o)
			storagetest.CheckEarlier(t, s)
			storagetest.CheckAdded(t, s, 1)
			if has, err := s.Schema(t.Context()); err != nil || has.Number != storage.LatestSchema() {
				t.Errorf("got %+v, %v, want the latest schema", has, err)
			}
		})
	}
}

// earliest makes a store of schema 1 of one of schema 2, which differ in names.
func earliest(t *testing.T) elasticsearch.Options {
	t.Helper()
	o := earlierOptions(t, 2)
	var found map[string]struct{ Aliases map[string]any }
	if err := node.Call(context.Background(), http.MethodGet, "/"+o.Prefix+"*/_alias", nil, &found); err != nil {
		t.Fatal(err)
	}
	for name, index := range found {
		for alias := range index.Aliases {
			node.Ask(t, http.MethodDelete, "/"+name+"/_alias/"+alias, "")
		}
		node.Ask(t, http.MethodPut, "/"+name+"/_mapping", `{"_meta":{"kuzzle":1}}`)
	}
	return o
}
