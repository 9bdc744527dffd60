package logins

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// The token of a flow is random bytes and, behind them, a tag of the user whom the
// flow is about, which is masked: no two tokens show that they are about one user,
// and none shows whether it is about anybody. The id of the flow begins with the tag,
// so that a walk finds all flows of a user, and ends with the token's hash.
const (
	secretBytes = 20
	tagBytes    = 10
	// flowsPrefix begins the ids of flows.
	flowsPrefix = "of:"
	// maskPurpose is what the keys that mask tags are derived for.
	maskPurpose = "accounts.flows"
)

type tag [tagBytes]byte

// tagOf is the tag of an incarnation of a user.
func tagOf(kuid, incarnation string) (t tag) {
	sum := sha256.Sum256([]byte(incarnation + "\x00" + kuid))
	copy(t[:], sum[:])
	return t
}

// prefix begins the ids of all flows with the tag.
func (t tag) prefix() string { return flowsPrefix + hex.EncodeToString(t[:]) + ":" }

// masked masks a tag, and unmasks a masked one.
func masked(key, secret, t []byte) (out tag) {
	mac := hmac.New(sha256.New, key)
	mac.Write(secret)
	subtle.XORBytes(out[:], mac.Sum(nil), t)
	return out
}

// newToken makes the token of a flow about a user, "" for nobody, and the id of the
// flow.
func (ls *Logins) newToken(kuid, incarnation string) (token, id string, err error) {
	key, err := ls.Sealer.Derive(maskPurpose)
	if err != nil {
		return "", "", err
	}
	// Nobody has a random tag.
	raw := make([]byte, secretBytes+tagBytes)
	rand.Read(raw)
	secret, hidden := raw[:secretBytes], raw[secretBytes:]
	if kuid != "" {
		of := tagOf(kuid, incarnation)
		of = masked(key, secret, of[:])
		copy(hidden, of[:])
	}
	token = base32.StdEncoding.EncodeToString(raw)
	return token, masked(key, secret, hidden).prefix() + hashed(token), nil
}

// byToken reads the flow of a token. Tokens of another form are those of versions
// that had no tags, or nobody's. Errors: storage.ErrNotFound.
func (ls *Logins) byToken(ctx context.Context, token string) (storage.Document, error) {
	raw, err := base32.StdEncoding.DecodeString(token)
	if err != nil || len(raw) != secretBytes+tagBytes {
		return ls.Store.Get(ctx, storage.Flows, hashed(token))
	}
	keys, err := ls.Sealer.DeriveAll(maskPurpose)
	if err != nil {
		return storage.Document{}, err
	}
	var doc storage.Document
	for _, key := range keys {
		id := masked(key, raw[:secretBytes], raw[secretBytes:]).prefix() + hashed(token)
		if doc, err = ls.Store.Get(ctx, storage.Flows, id); !errors.Is(err, storage.ErrNotFound) {
			break
		}
	}
	return doc, err
}

// FlowID is the id of the one flow of a name about a user. Whoever keeps one reads it
// without a token, and it leaves with its user.
func FlowID(u *users.User, name string) string {
	return tagOf(u.Kuid, u.Incarnation).prefix() + hashed(name)
}

func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
