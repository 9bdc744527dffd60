package bootstrap

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// prefix begins the one-time token for createFirstAdmin.
const prefix = "kboot-"

// Lifetime is how long a token works. Each start without an administrator makes a
// new one.
const Lifetime = 24 * time.Hour

// setting is the id of the settings document with the token's hash. All servers of
// a store share it.
const setting = "bootstrap-token"

// Token is the one-time token of a store.
type Token struct {
	Store storage.Store
	// AdminExists reports whether there is an administrator.
	AdminExists func(context.Context) (bool, error)
	Now         func() time.Time
}

type part struct {
	SHA256    string `json:"sha256"`
	ExpiresAt int64  `json:"expiresAt"`
}

// Is reports whether a text has the form of a bootstrap token.
func Is(tok string) bool { return strings.HasPrefix(tok, prefix) }

// Renew replaces the token by a new one. When several servers of one store
// start at once, the last server's token counts.
func (t *Token) Renew(ctx context.Context) (tok string, err error) {
	for range renewals {
		tok, err = t.replace(ctx)
		if !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrExists) {
			break
		}
	}
	return tok, err
}

// renewals is how often Renew tries again when another server replaces the
// token at the same time.
const renewals = 10

func (t *Token) replace(ctx context.Context) (string, error) {
	tok := prefix + rand.Text() + rand.Text()
	expires := t.Now().Add(Lifetime)
	content, err := json.Marshal(part{SHA256: hash(tok), ExpiresAt: expires.UnixMilli()})
	if err != nil {
		return "", err
	}
	old, err := t.Store.Get(ctx, storage.Settings, setting)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return "", err
	}
	doc := storage.Document{ID: setting, Version: old.Version + 1, Incarnation: old.Incarnation, Content: content, ExpiresAt: expires}
	_, err = t.Store.Commit(ctx, storage.Change{In: storage.Settings, ID: doc.ID, Put: &doc, If: old.Rev})
	return tok, err
}

// Forget makes the token, if any, invalid.
func (t *Token) Forget(ctx context.Context) error {
	old, err := t.Store.Get(ctx, storage.Settings, setting)
	if err == nil {
		_, err = t.Store.Commit(ctx, storage.Change{In: storage.Settings, ID: setting, If: old.Rev})
	}
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}

// Check refuses every text except the bootstrap token; once an administrator
// exists it refuses that too.
func (t *Token) Check(ctx context.Context, tok string) error {
	exists, err := t.AdminExists(ctx)
	if err != nil {
		return err
	}
	doc, err := t.Store.Get(ctx, storage.Settings, setting)
	if exists || errors.Is(err, storage.ErrNotFound) {
		return token.ErrInvalid.New()
	}
	if err != nil {
		return err
	}
	var p part
	if err := json.Unmarshal(doc.Content, &p); err != nil {
		return err
	}
	same := subtle.ConstantTimeCompare([]byte(p.SHA256), []byte(hash(tok))) == 1
	if !same || t.Now().UnixMilli() >= p.ExpiresAt {
		return token.ErrInvalid.New()
	}
	return nil
}

func hash(tok string) string {
	sum := sha256.Sum256([]byte(tok))
	return hex.EncodeToString(sum[:])
}
