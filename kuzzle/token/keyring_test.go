package token_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

var epoch = time.Unix(1_700_000_000, 0).UTC()

// shelf is a KeyStore in memory, with the revisions that a store has.
type shelf struct {
	mu     sync.Mutex
	sealed []byte
	rev    int
	fail   error
	loads  atomic.Int64
}

func (s *shelf) Load(context.Context) ([]byte, any, error) {
	s.loads.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sealed == nil {
		return nil, nil, s.fail
	}
	return bytes.Clone(s.sealed), s.rev, s.fail
}

func (s *shelf) Save(_ context.Context, sealed []byte, rev any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, _ := rev.(int); known != s.rev {
		return token.ErrKeysChanged
	}
	s.sealed, s.rev = bytes.Clone(sealed), s.rev+1
	return s.fail
}

func (s *shelf) setFail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func newSealer(t testing.TB) *token.Sealer {
	t.Helper()
	sealer, err := token.NewSealer(bytes.Repeat([]byte{7}, token.MasterKeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

// node is one server over a shared store.
func node(t testing.TB, store token.KeyStore) (*token.Sessions, *token.Keyring) {
	ring := token.NewKeyring(store, newSealer(t), nil)
	return token.NewSessions(ring), ring
}

func newSessions(t testing.TB) (*token.Sessions, *shelf) {
	store := &shelf{}
	sessions, _ := node(t, store)
	return sessions, store
}

func mustSign(t *testing.T, s *token.Sessions) string {
	t.Helper()
	signed, err := s.Sign(t.Context(), token.Claims{Kuid: "jdoe"})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func verifies(t *testing.T, s *token.Sessions, signed string) bool {
	t.Helper()
	_, err := s.Verify(t.Context(), signed, time.Now())
	if err != nil && !errors.Is(err, token.ErrInvalid) {
		t.Fatal(err)
	}
	return err == nil
}

func TestKeysAreMadeWhenFirstNeeded(t *testing.T) {
	store := &shelf{}
	sessions, ring := node(t, store)
	if store.loads.Load() != 0 {
		t.Error("making a keyring read the store")
	}
	if verifies(t, sessions, "kauth-"+enc(`{"alg":"HS256","kid":"0123456789abcdef"}`)+"."+enc(`{"_id":"a"}`)+".AAAA") {
		t.Error("verified without a key")
	}
	if store.rev != 0 {
		t.Error("verifying made a key")
	}
	mustSign(t, sessions)
	keys, err := ring.Keys(t.Context())
	if err != nil || len(keys) != 1 || keys[0].Use != token.UseSession || !keys[0].Until.IsZero() {
		t.Errorf("got %+v, %v, want one active key", keys, err)
	}
}

func TestKeysSurviveARestart(t *testing.T) {
	store := &shelf{}
	before, _ := node(t, store)
	signed := mustSign(t, before)
	after, _ := node(t, store)
	if !verifies(t, after, signed) {
		t.Error("a token did not survive the restart")
	}
	if bytes.Contains(store.sealed, []byte("session")) {
		t.Error("the ring is not sealed")
	}
}

// TestNodesAgreeOnTheFirstKey: many that sign for the first time at once end up
// with one key.
func TestNodesAgreeOnTheFirstKey(t *testing.T) {
	store := &shelf{}
	var all sync.WaitGroup
	signed := make([]string, 8)
	for i := range signed {
		sessions, _ := node(t, store)
		all.Go(func() { signed[i], _ = sessions.Sign(context.Background(), token.Claims{Kuid: "jdoe"}) })
	}
	all.Wait()
	sessions, ring := node(t, store)
	for i, signed := range signed {
		if !verifies(t, sessions, signed) {
			t.Errorf("node %d signed with a key that was lost", i)
		}
	}
	if keys, err := ring.Keys(t.Context()); err != nil || len(keys) != 1 {
		t.Errorf("got %d keys, %v, want 1", len(keys), err)
	}
}

// TestClockBehind: a node whose clock is behind signs with the key it finds,
// instead of replacing one that has not begun.
func TestClockBehind(t *testing.T) {
	store := &shelf{}
	here, _ := node(t, store)
	signed := mustSign(t, here)
	behind := token.NewKeyring(store, newSealer(t), func() time.Time { return time.Now().Add(-time.Hour) })
	if _, err := token.NewSessions(behind).Sign(t.Context(), token.Claims{Kuid: "jdoe"}); err != nil {
		t.Fatal(err)
	}
	if keys, err := behind.Keys(t.Context()); err != nil || len(keys) != 1 {
		t.Errorf("got %d keys, %v, want 1", len(keys), err)
	}
	if !verifies(t, here, signed) {
		t.Error("a token from before does not verify")
	}
}

func TestRotationOverlaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sessions, ring := node(t, &shelf{})
		old := mustSign(t, sessions)
		kid, err := ring.Rotate(t.Context(), token.UseSession, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		fresh := mustSign(t, sessions)
		header, _ := parts(t, fresh)
		if !bytes.Contains(header, []byte(kid)) {
			t.Errorf("got header %s, want the new key %s", header, kid)
		}
		for _, step := range []struct {
			after   time.Duration
			old     bool
			comment string
		}{{0, true, "at once"}, {59 * time.Minute, true, "within the overlap"}, {time.Minute, false, "after it"}} {
			time.Sleep(step.after)
			if got := verifies(t, sessions, old); got != step.old {
				t.Errorf("%s: the old key verifies %v, want %v", step.comment, got, step.old)
			}
			if !verifies(t, sessions, fresh) {
				t.Errorf("%s: the new key does not verify", step.comment)
			}
		}
		if _, err := ring.Rotate(t.Context(), token.UseSession, time.Hour); err != nil {
			t.Fatal(err)
		}
		if keys, _ := ring.Keys(t.Context()); len(keys) != 2 {
			t.Errorf("got %d keys, want 2: what no longer verifies is forgotten", len(keys))
		}
	})
}

func TestRotationWithoutOverlap(t *testing.T) {
	sessions, ring := node(t, &shelf{})
	old := mustSign(t, sessions)
	if _, err := ring.Rotate(t.Context(), token.UseSession, 0); err != nil {
		t.Fatal(err)
	}
	if verifies(t, sessions, old) {
		t.Error("a leaked key still verifies")
	}
	if !verifies(t, sessions, mustSign(t, sessions)) {
		t.Error("the new key does not verify")
	}
}

func TestKeysAreForOneUse(t *testing.T) {
	sessions, ring := node(t, &shelf{})
	signed := mustSign(t, sessions)
	if _, err := ring.Rotate(t.Context(), "other", 0); err != nil {
		t.Fatal(err)
	}
	if !verifies(t, sessions, signed) {
		t.Error("rotating another use retired this one's key")
	}
	header, payload := parts(t, signed)
	keys, err := ring.Keys(t.Context())
	if err != nil || len(keys) != 2 {
		t.Fatalf("got %d keys, %v, want 2", len(keys), err)
	}
	moved := bytes.Replace(header, []byte(keys[0].ID), []byte(keys[1].ID), 1)
	if verifies(t, sessions, "kauth-"+enc(string(moved))+"."+enc(string(payload))+".AAAA") {
		t.Error("a key of another use verifies")
	}
}

// TestOtherNodesFollow: a node verifies tokens that another node signed after a
// rotation, even while strangers make it look for unknown keys all the time.
func TestOtherNodesFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &shelf{}
		here, ring := node(t, store)
		there, _ := node(t, store)
		if !verifies(t, there, mustSign(t, here)) {
			t.Fatal("the first key is not shared")
		}
		flood := "kauth-" + enc(`{"alg":"HS256","kid":"0123456789abcdef"}`) + "." + enc(`{"_id":"a"}`) + ".AAAA"
		if _, err := ring.Rotate(t.Context(), token.UseSession, time.Hour); err != nil {
			t.Fatal(err)
		}
		for range 100 {
			verifies(t, there, flood)
			if !verifies(t, there, mustSign(t, here)) {
				t.Fatal("a token signed after the rotation was refused elsewhere")
			}
			time.Sleep(100 * time.Millisecond)
		}
		if loads := store.loads.Load(); loads > 30 {
			t.Errorf("a flood of unknown keys read the store %d times in ten seconds", loads)
		}
	})
}

// TestSigningFollows: a node that only signs learns of a rotation in time.
func TestSigningFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &shelf{}
		here, ring := node(t, store)
		there, _ := node(t, store)
		mustSign(t, there)
		if _, err := ring.Rotate(t.Context(), token.UseSession, time.Hour); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if !verifies(t, here, mustSign(t, there)) {
			t.Error("a node signs with a key that was retired long ago")
		}
	})
}

func TestStoreAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := errors.New("store away")
		store := &shelf{}
		sessions, _ := node(t, store)
		store.setFail(away)
		if _, err := sessions.Sign(t.Context(), token.Claims{Kuid: "a"}); !errors.Is(err, away) {
			t.Errorf("signing without any key: got %v, want the store's error", err)
		}
		store.setFail(nil)
		time.Sleep(time.Second)
		signed := mustSign(t, sessions)
		store.setFail(away)
		time.Sleep(time.Hour)
		if !verifies(t, sessions, signed) || !verifies(t, sessions, mustSign(t, sessions)) {
			t.Error("known keys do not work while the store is away")
		}
		fresh, _ := node(t, store)
		if _, err := fresh.Verify(t.Context(), signed, time.Now()); !errors.Is(err, away) {
			t.Errorf("got %v, want the store's error: the token may be good", err)
		}
	})
}

func TestBrokenRing(t *testing.T) {
	store := &shelf{sealed: []byte("nonsense"), rev: 1}
	sessions, _ := node(t, store)
	if _, err := sessions.Sign(t.Context(), token.Claims{Kuid: "a"}); !errors.Is(err, token.ErrBroken) {
		t.Errorf("got %v, want ErrBroken", err)
	}
	if string(store.sealed) != "nonsense" {
		t.Error("a ring that cannot be read was overwritten")
	}
}
