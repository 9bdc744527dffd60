package backend

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// keyStore stores encrypted signing keys as one document of the settings.
type keyStore struct {
	store storage.Store
	id    string
}

var _ token.KeyStore = keyStore{}

// Documents of signing keys: for session tokens, and for tokens that other
// services verify.
const (
	keysSetting        = "signing-keys"
	serviceKeysSetting = "service-signing-keys"
)

type sealedPart struct {
	Sealed []byte `json:"sealed"`
}

// Load implements token.KeyStore.
func (k keyStore) Load(ctx context.Context) ([]byte, any, error) {
	doc, err := k.store.Get(ctx, storage.Settings, k.id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	var part sealedPart
	err = json.Unmarshal(doc.Auth, &part)
	return part.Sealed, doc, err
}

// Save implements token.KeyStore.
func (k keyStore) Save(ctx context.Context, sealed []byte, rev any) error {
	auth, err := json.Marshal(sealedPart{Sealed: sealed})
	if err != nil {
		return err
	}
	before, _ := rev.(storage.Document)
	doc := storage.Document{
		ID: k.id, Version: before.Version + 1, Incarnation: before.Incarnation,
		Content: json.RawMessage(`{}`), Auth: auth,
	}
	_, err = k.store.Commit(ctx, storage.Change{In: storage.Settings, ID: k.id, Put: &doc, If: before.Rev})
	if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrExists) {
		return token.ErrKeysChanged
	}
	return err
}
