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

// A flow's token is random bytes followed by the masked tag of its user. So two tokens do not show
// that they are about the same user, and none shows whether it is about a user at all. The flow's
// id begins with the tag, so that a walk finds all flows of a user, and ends with the token's hash.
const (
	secretBytes = 20
	tagBytes    = 10
	// flowsPrefix begins the ids of flows.
	flowsPrefix = "of:"
	// maskPurpose is the purpose of the keys that mask tags.
	maskPurpose = "accounts.flows"
)

type tag [tagBytes]byte

// tagOf returns the tag of an incarnation of a user.
func tagOf(kuid, incarnation string) (t tag) {
	sum := sha256.Sum256([]byte(incarnation + "\x00" + kuid))
	copy(t[:], sum[:])
	return t
}

// prefix returns the prefix of the ids of all flows with the tag.
func (t tag) prefix() string { return flowsPrefix + hex.EncodeToString(t[:]) + ":" }

// masked masks a tag, and unmasks a masked one.
func masked(key, secret, t []byte) (out tag) {
	mac := hmac.New(sha256.New, key)
	mac.Write(secret)
	subtle.XORBytes(out[:], mac.Sum(nil), t)
	return out
}

// newToken returns a token for a flow about a user, "" for nobody, and the id of the flow.
func (ls *Logins) newToken(kuid, incarnation string) (token, id string, err error) {
	key, err := ls.Sealer.Derive(maskPurpose)
	if err != nil {
		return "", "", err
	}
	// A flow about nobody gets a random tag.
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

// byToken reads the flow of a token. A token of another form is unknown, or from a version without
// tags. Errors: storage.ErrNotFound.
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

// FlowID returns the id of a user's flow that has a name instead of a token. It is deleted with its
// user.
func FlowID(u *users.User, name string) string {
	return tagOf(u.Kuid, u.Incarnation).prefix() + hashed(name)
}

func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
