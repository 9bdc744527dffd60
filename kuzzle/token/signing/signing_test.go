package signing_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
	"github.com/gokuzzle/kuzzle/kuzzle/token/tokentest"
)

const issuer = "https://clerk.example.com"

var epoch = time.Unix(1_800_000_000, 0).UTC()

// shelf is a KeyStore in memory, with the revisions that a store has.
type shelf struct {
	mu     sync.Mutex
	sealed []byte
	rev    int
	fail   error
	loads  int
}

func (s *shelf) Load(context.Context) ([]byte, any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	return bytes.Clone(s.sealed), s.rev, s.fail
}

func (s *shelf) Save(_ context.Context, sealed []byte, rev any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.fail != nil:
		return s.fail
	case rev.(int) != s.rev:
		return token.ErrKeysChanged
	}
	s.sealed, s.rev = bytes.Clone(sealed), s.rev+1
	return nil
}

func (s *shelf) setFail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// clock is one that a test sets.
type clock struct{ after atomic.Int64 }

func (c *clock) now() time.Time          { return epoch.Add(time.Duration(c.after.Load())) }
func (c *clock) pass(much time.Duration) { c.after.Add(int64(much)) }

// made counts the keys that signers of a test make. They are real ones that tests
// share, since to make one takes long.
type made struct{ atomic.Int64 }

var pool = sync.OnceValue(func() (keys []*rsa.PrivateKey) {
	for range 4 {
		key, err := rsa.GenerateKey(nil, 2048)
		if err != nil {
			panic(err)
		}
		keys = append(keys, key)
	}
	return keys
})

func (m *made) key() (*rsa.PrivateKey, error) { return pool()[(m.Add(1)-1)%4], nil }

// node is one server over a shared store.
func node(t testing.TB, store token.KeyStore, clock *clock, made *made) *signing.Signer {
	t.Helper()
	s := signing.New(signing.Options{Store: store, Sealer: tokentest.Sealer(t), Issuer: issuer, Now: clock.now})
	s.MakeKeysWith(made.key)
	t.Cleanup(s.Close)
	return s
}

func sign(t testing.TB, s *signing.Signer, lifetime time.Duration) string {
	t.Helper()
	signed, err := s.Sign(t.Context(), signing.Token{Claims: map[string]any{"sub": "user_1", "sid": "sess_1"}, Lifetime: lifetime})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// published reads a set as a verifier does.
func published(t testing.TB, s *signing.Signer) (set map[string]*rsa.PublicKey, ids []string) {
	t.Helper()
	text, err := s.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var read struct{ Keys []map[string]string }
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	set = map[string]*rsa.PublicKey{}
	for _, key := range read.Keys {
		n, err := base64.RawURLEncoding.DecodeString(key["n"])
		if err != nil || len(n) != 256 || key["e"] != "AQAB" || key["kty"] != "RSA" || key["use"] != "sig" || key["alg"] != "RS256" || len(key) != 6 {
			t.Errorf("the set has %v, %v", key, err)
		}
		set[key["kid"]] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}
		ids = append(ids, key["kid"])
	}
	return set, ids
}

// verified has a verifier that knows nothing but the set look at a token.
func verified(t testing.TB, set map[string]*rsa.PublicKey, signed string, at time.Time) (*jwt.Token, error) {
	t.Helper()
	return jwt.Parse(signed, func(t *jwt.Token) (any, error) {
		if key := set[t.Header["kid"].(string)]; key != nil {
			return key, nil
		}
		return nil, errors.New("the key is not in the set")
	}, jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(func() time.Time { return at }), jwt.WithIssuer(issuer), jwt.WithExpirationRequired())
}

func kidOf(t testing.TB, signed string) string {
	t.Helper()
	read, _, err := jwt.NewParser().ParseUnverified(signed, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	return read.Header["kid"].(string)
}

// TestOthersVerify: a service that has the set, and nothing else, verifies a token
// until it ends.
func TestOthersVerify(t *testing.T) {
	s := node(t, &shelf{}, &clock{}, &made{})
	signed, err := s.Sign(t.Context(), signing.Token{
		Claims: map[string]any{"sub": "user_1", "iss": "https://evil.example", "exp": 1}, Lifetime: time.Minute, Category: "cl_B7d4PD111AAA",
	})
	if err != nil {
		t.Fatal(err)
	}
	set, _ := published(t, s)
	read, err := verified(t, set, signed, epoch)
	if err != nil {
		t.Fatal(err)
	}
	claims := read.Claims.(jwt.MapClaims)
	for name, want := range map[string]any{"sub": "user_1", "iss": issuer, "iat": 1.8e9, "nbf": 1.8e9 - 10, "exp": 1.8e9 + 60} {
		if claims[name] != want {
			t.Errorf("%s: %v, want %v", name, claims[name], want)
		}
	}
	if read.Header["typ"] != "JWT" || read.Header["cat"] != "cl_B7d4PD111AAA" || read.Header["alg"] != "RS256" || len(read.Header) != 4 {
		t.Errorf("the header is %v", read.Header)
	}
	if _, err := verified(t, set, signed, epoch.Add(time.Minute)); err == nil {
		t.Error("it verifies when it has ended")
	}
	for _, wrong := range []time.Duration{0, time.Millisecond, -time.Hour, signing.MaxLifetime + 1} {
		if _, err := s.Sign(t.Context(), signing.Token{Lifetime: wrong}); err == nil {
			t.Errorf("a lifetime of %s is signed", wrong)
		}
	}
}

// TestOneFirstKey: two servers that need the first key at once, many times each, make
// one key a server at most, and keep one.
func TestOneFirstKey(t *testing.T) {
	store, clock := &shelf{}, &clock{}
	var counts [2]made
	var kids sync.Map
	var all sync.WaitGroup
	nodes := [2]*signing.Signer{node(t, store, clock, &counts[0]), node(t, store, clock, &counts[1])}
	if store.loads != 0 || counts[0].Load()+counts[1].Load() != 0 {
		t.Error("a key is looked for before it is needed")
	}
	for _, s := range nodes {
		s.Prepare()
		for range 20 {
			all.Go(func() { kids.Store(kidOf(t, sign(t, s, time.Minute)), true) })
		}
	}
	all.Wait()
	n := 0
	kids.Range(func(any, any) bool { n++; return true })
	if n != 1 || counts[0].Load() > 1 || counts[1].Load() > 1 {
		t.Errorf("%d keys signed, %d and %d were made", n, counts[0].Load(), counts[1].Load())
	}
	if bytes.Contains(store.sealed, pool()[0].D.Bytes()) || bytes.Contains(store.sealed, []byte("private")) {
		t.Error("the store has a private key that is not sealed")
	}
	after := node(t, store, clock, &made{})
	if _, found := kids.Load(kidOf(t, sign(t, after, time.Minute))); !found {
		t.Error("a restart makes another key")
	}
}

// TestStoreIsAway: nothing is signed before a key is stored; one that was made then is
// not made again; a key that is known goes on signing.
func TestStoreIsAway(t *testing.T) {
	store, clock, made := &shelf{}, &clock{}, &made{}
	store.setFail(errors.New("away"))
	s := node(t, store, clock, made)
	for range 3 {
		if _, err := s.Sign(t.Context(), signing.Token{Lifetime: time.Minute}); err == nil {
			t.Fatal("signed with a key that nobody else knows")
		}
	}
	s.Prepare()
	s.Close()
	store.setFail(nil)
	sign(t, s, time.Minute)
	if got := made.Load(); got != 1 {
		t.Errorf("%d keys were made", got)
	}
	store.setFail(errors.New("away"))
	clock.pass(time.Hour)
	sign(t, s, time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := node(t, store, clock, made).Sign(ctx, signing.Token{Lifetime: time.Minute}); err == nil {
		t.Error("signed for who has given up")
	}
}

// TestRotation: a key is published before it signs, on every server, and until its
// last token has ended.
func TestRotation(t *testing.T) {
	store, clock, made := &shelf{}, &clock{}, &made{}
	here, there := node(t, store, clock, made), node(t, store, clock, made)
	first := sign(t, here, time.Minute)
	sign(t, there, time.Minute)
	fresh, from, err := here.Rotate(t.Context(), false)
	if err != nil || !from.Equal(epoch.Add(signing.Announced)) {
		t.Fatal(from, err)
	}
	if err := there.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*signing.Signer{here, there} {
		if _, ids := published(t, s); !slices.Equal(ids, []string{kidOf(t, first), fresh}) {
			t.Errorf("published are %v", ids)
		}
		if kidOf(t, sign(t, s, time.Minute)) != kidOf(t, first) {
			t.Error("the new key signs before verifiers know it")
		}
	}
	clock.pass(signing.Announced)
	for _, s := range []*signing.Signer{here, there} {
		if kidOf(t, sign(t, s, time.Minute)) != fresh {
			t.Error("the new key does not sign")
		}
	}
	clock.pass(time.Hour)
	if set, _ := published(t, there); set[kidOf(t, first)] == nil {
		t.Error("the old key is gone while it may have tokens")
	}
	clock.pass(2 * time.Minute)
	if set, _ := published(t, there); set[kidOf(t, first)] != nil || set[fresh] == nil {
		t.Errorf("published are %v, want %s alone", set, fresh)
	}
	if _, err := there.Open(t.Context(), first); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("a token of the old key: %v", err)
	}
}

// TestLongTokens keep their key published until they end, also those that were signed
// when it was about to be retired.
func TestLongTokens(t *testing.T) {
	store, clock, made := &shelf{}, &clock{}, &made{}
	here, there := node(t, store, clock, made), node(t, store, clock, made)
	const month = 30 * 24 * time.Hour
	long := sign(t, here, month)
	if _, _, err := there.Rotate(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	longest := sign(t, there, signing.MaxLifetime)
	if kidOf(t, long) != kidOf(t, longest) {
		t.Fatal("another key signs already")
	}
	writes := store.rev
	for range 3 {
		sign(t, there, signing.MaxLifetime/2)
		sign(t, here, time.Hour)
	}
	if store.rev != writes {
		t.Error("a lifetime that is known is written again")
	}
	for _, wait := range []time.Duration{month, signing.MaxLifetime - month - time.Second} {
		clock.pass(wait)
		set, _ := published(t, here)
		if _, err := verified(t, set, longest, clock.now()); err != nil {
			t.Errorf("after %s: %v", wait, err)
		}
		if _, err := there.Verify(t.Context(), longest); err != nil {
			t.Errorf("after %s: %v", wait, err)
		}
	}
}

// TestLeakedKey: a rotation at once leaves nothing of the keys before it.
func TestLeakedKey(t *testing.T) {
	store, clock, made := &shelf{}, &clock{}, &made{}
	here, there := node(t, store, clock, made), node(t, store, clock, made)
	leaked := sign(t, here, time.Hour)
	if _, err := there.Verify(t.Context(), leaked); err != nil {
		t.Fatal(err)
	}
	if _, _, err := here.Rotate(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	fresh, from, err := here.Rotate(t.Context(), true)
	if err != nil || !from.Equal(epoch) {
		t.Fatal(from, err)
	}
	if err := there.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*signing.Signer{here, there} {
		if _, ids := published(t, s); !slices.Equal(ids, []string{fresh}) {
			t.Errorf("published are %v", ids)
		}
		if _, err := s.Verify(t.Context(), leaked); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("a token of the leaked key: %v", err)
		}
		if kidOf(t, sign(t, s, time.Hour)) != fresh {
			t.Error("the new key does not sign")
		}
	}
}

// TestUnknownKeysAreBounded: made-up key ids cause one read of the store a second.
func TestUnknownKeysAreBounded(t *testing.T) {
	store, clock := &shelf{}, &clock{}
	s := node(t, store, clock, &made{})
	other := node(t, &shelf{}, clock, &made{})
	foreign := sign(t, other, time.Minute)
	sign(t, s, time.Minute)
	before := store.loads
	for range 100 {
		if _, err := s.Verify(t.Context(), foreign); !errors.Is(err, token.ErrInvalid) {
			t.Fatal(err)
		}
	}
	if store.loads != before+1 {
		t.Errorf("the store was read %d times", store.loads-before)
	}
}

func BenchmarkSign(b *testing.B) {
	s := node(b, &shelf{}, &clock{}, &made{})
	sign(b, s, time.Minute) // makes the key
	for b.Loop() {
		sign(b, s, time.Minute)
	}
}
