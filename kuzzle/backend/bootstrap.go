package backend

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

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// bootstrapPrefix begins the one-time token for createFirstAdmin.
const bootstrapPrefix = "kboot-"

// bootstrapLife is the lifetime of the token; each start without an
// administrator makes a new one.
const bootstrapLife = 24 * time.Hour

// bootstrapSetting is the id of the settings document with the token's hash;
// all nodes of a cluster share it.
const bootstrapSetting = "bootstrap-token"

type bootstrapToken struct {
	store    storage.Store
	accounts *accounts.Accounts
	now      func() time.Time
}

type bootstrapPart struct {
	SHA256    string `json:"sha256"`
	ExpiresAt int64  `json:"expiresAt"`
}

func isBootstrapToken(tok string) bool { return strings.HasPrefix(tok, bootstrapPrefix) }

// renew replaces the token by a new one. When several servers of one store
// start at once, the last server's token counts.
func (b *bootstrapToken) renew(ctx context.Context) (tok string, err error) {
	for range renewals {
		tok, err = b.replace(ctx)
		if !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrExists) {
			break
		}
	}
	return tok, err
}

// renewals is how often renew tries again when another server replaces the
// token at the same time.
const renewals = 10

func (b *bootstrapToken) replace(ctx context.Context) (string, error) {
	tok := bootstrapPrefix + rand.Text() + rand.Text()
	expires := b.now().Add(bootstrapLife)
	content, err := json.Marshal(bootstrapPart{SHA256: hash(tok), ExpiresAt: expires.UnixMilli()})
	if err != nil {
		return "", err
	}
	old, err := b.store.Get(ctx, storage.Settings, bootstrapSetting)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return "", err
	}
	doc := storage.Document{ID: bootstrapSetting, Version: old.Version + 1, Incarnation: old.Incarnation, Content: content, ExpiresAt: expires}
	_, err = b.store.Commit(ctx, storage.Change{In: storage.Settings, ID: doc.ID, Put: &doc, If: old.Rev})
	return tok, err
}

// forget makes the token, if any, invalid.
func (b *bootstrapToken) forget(ctx context.Context) error {
	old, err := b.store.Get(ctx, storage.Settings, bootstrapSetting)
	if err == nil {
		_, err = b.store.Commit(ctx, storage.Change{In: storage.Settings, ID: bootstrapSetting, If: old.Rev})
	}
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}

// check refuses every text except the bootstrap token; once an administrator
// exists it refuses that too.
func (b *bootstrapToken) check(ctx context.Context, tok string) error {
	exists, err := b.accounts.Users.AdminExists(ctx)
	if err != nil {
		return err
	}
	doc, err := b.store.Get(ctx, storage.Settings, bootstrapSetting)
	if exists || errors.Is(err, storage.ErrNotFound) {
		return token.ErrInvalid.New()
	}
	if err != nil {
		return err
	}
	var part bootstrapPart
	if err := json.Unmarshal(doc.Content, &part); err != nil {
		return err
	}
	same := subtle.ConstantTimeCompare([]byte(part.SHA256), []byte(hash(tok))) == 1
	if !same || b.now().UnixMilli() >= part.ExpiresAt {
		return token.ErrInvalid.New()
	}
	return nil
}

func hash(tok string) string {
	sum := sha256.Sum256([]byte(tok))
	return hex.EncodeToString(sum[:])
}
