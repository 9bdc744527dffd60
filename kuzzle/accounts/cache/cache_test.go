package cache_test

import (
	"errors"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/cache"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// counted counts its loads.
type counted struct{ loads int }

func (c *counted) load() (int, error) {
	c.loads++
	return c.loads, nil
}

func want(t *testing.T, what string, c *cache.Cache, load func() (int, error), want int) {
	t.Helper()
	if got, err := cache.Get(c, "a", load); err != nil || got != want {
		t.Errorf("%s: %d, %v, want %d", what, got, err, want)
	}
}

// TestCacheKeepsUntilAWrite checks that an entry is loaded once until it is dropped.
func TestCacheKeepsUntilAWrite(t *testing.T) {
	c, from := cache.New(storage.Users, nil, 10), &counted{}
	want(t, "the first", c, from.load, 1)
	want(t, "kept", c, from.load, 1)
	c.Drop("b")
	want(t, "after a write of another", c, from.load, 1)
	c.Drop("a")
	want(t, "after a write", c, from.load, 2)
	c.Forget("")
	want(t, "after all were written", c, from.load, 3)
}

// TestCacheLoadedDuringAWrite checks that a value which was read during a write is returned once
// and not kept.
func TestCacheLoadedDuringAWrite(t *testing.T) {
	for name, write := range map[string]func(*cache.Cache){
		"drop":  func(c *cache.Cache) { c.Drop("a") },
		"clear": func(c *cache.Cache) { c.Clear() },
	} {
		c, from := cache.New(storage.Users, nil, 10), &counted{}
		want(t, name+" meanwhile", c, func() (int, error) { write(c); return from.load() }, 1)
		want(t, name+" before", c, from.load, 2)
	}
}

// TestCacheRemembersNoFailure checks that a failed load is tried again.
func TestCacheRemembersNoFailure(t *testing.T) {
	c, from, failure := cache.New(storage.Users, nil, 10), &counted{}, errors.New("away")
	if _, err := cache.Get(c, "a", func() (int, error) { return 0, failure }); !errors.Is(err, failure) {
		t.Errorf("got %v, want the failure", err)
	}
	want(t, "the next", c, from.load, 1)
}

type lease struct{ current, keepable bool }

func (l *lease) Current() bool                 { return l.current }
func (l *lease) Keepable(storage.Subject) bool { return l.keepable }

// TestCacheAmongOthers checks that beside other writing processes nothing is used without a lease,
// and nothing is kept that is being changed.
func TestCacheAmongOthers(t *testing.T) {
	l, from := &lease{current: true, keepable: true}, &counted{}
	c := cache.New(storage.Users, l, 10)
	want(t, "the first", c, from.load, 1)
	want(t, "under a lease", c, from.load, 1)
	l.current = false
	want(t, "without a lease", c, from.load, 2)
	l.current = true
	want(t, "under a lease again", c, from.load, 2)
	c.Drop("a")
	l.keepable = false
	want(t, "while it is changed", c, from.load, 3)
	want(t, "still changed", c, from.load, 4)
}

// TestCacheIsBounded checks that a full cache gives up the entries that were not used for the longest
// time, that heavy entries count by their weight, and that too heavy ones are not kept.
func TestCacheIsBounded(t *testing.T) {
	c, from := cache.NewWeighed(storage.Users, nil, 10, func(weight int) uint32 { return uint32(weight) }), func(weight int) func() (int, error) {
		return func() (int, error) { return weight, nil }
	}
	lost := func() (int, error) { return 0, errors.New("not kept") }
	get := func(key string, load func() (int, error)) error {
		_, err := cache.Get(c, key, load)
		return err
	}
	for _, step := range []struct {
		key    string
		weight int
		kept   []string
		gone   []string
	}{
		{"a", 4, []string{"a"}, nil},
		{"b", 4, []string{"b", "a"}, nil},
		{"c", 4, []string{"a", "c"}, []string{"b"}},
		{"d", 11, []string{"a", "c"}, []string{"d", "b"}},
		{"e", 10, []string{"e"}, []string{"a", "c"}},
		{"f", 1, []string{"f"}, []string{"e"}},
	} {
		if err := get(step.key, from(step.weight)); err != nil {
			t.Fatal(err)
		}
		for _, key := range step.kept {
			if err := get(key, lost); err != nil {
				t.Errorf("after %s: %s is %v", step.key, key, err)
			}
		}
		for _, key := range step.gone {
			if err := get(key, lost); err == nil {
				t.Errorf("after %s: %s is kept", step.key, key)
			}
		}
		if c.Len() != len(step.kept) {
			t.Errorf("after %s: %d entries, want %d", step.key, c.Len(), len(step.kept))
		}
	}
	c.Clear()
	if c.Len() != 0 {
		t.Errorf("after Clear: %d entries", c.Len())
	}
}
