package imports

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// ImportedKey is an API key from another instance. Its token works here too, since a key is found
// only by the fingerprint of its token.
type ImportedKey struct {
	ID          string `json:"id"`
	Kuid        string `json:"kuid"`
	Description string `json:"description,omitempty"`
	// ExpiresAt and TTL are in milliseconds, -1 for never.
	ExpiresAt int64 `json:"expiresAt"`
	TTL       int64 `json:"ttl"`
	// Fingerprint is the SHA-256 of the token, with its prefix, in hexadecimal.
	Fingerprint string    `json:"fingerprint"`
	CreatedAt   time.Time `json:"createdAt,omitzero"`
}

// ImportKeys imports API keys of users who exist here. A key that exists already is unchanged. An
// expired key is skipped. A key fails if another key has its id or token, or if its user does not
// exist here; in a dry run [DryRun] decides the latter.
//
// The error is the store's or ctx's; faults of keys are in the results, which are in the keys'
// order.
func (im *Imports) ImportKeys(ctx context.Context, by users.Actor, how Import, keys []ImportedKey) ([]RowResult, error) {
	if len(keys) > MaxImportRows {
		return nil, users.ErrWriteLimit.New()
	}
	owners, err := im.incarnations(ctx, keys)
	if err != nil {
		return nil, err
	}
	hashing, err := im.Sealer.Derive(fingerprintPurpose)
	if err != nil {
		return nil, err
	}
	results := make([]RowResult, len(keys))
	var changes []storage.Change
	var at []int
	for i, key := range keys {
		incarnation, there := owners[key.Kuid]
		change, err := im.bringKey(by, key, incarnation)
		switch {
		case errors.Is(err, ErrKeyExpired):
			results[i] = RowResult{Status: RowSkipped, Err: err}
		case err != nil:
			results[i] = RowResult{Status: RowFailed, Err: err}
		case !there:
			results[i] = RowResult{Status: RowFailed, Err: users.ErrUserNotFound.New(key.Kuid)}
			if how.DryRun {
				results[i].Wish = &Wish{Of: true, User: wishHash(hashing, wishedUser, key.Kuid)}
			}
		case how.DryRun:
			if results[i], err = im.judgeKey(ctx, key, owners); err != nil {
				return nil, err
			}
		default:
			changes, at = append(changes, change), append(at, i)
		}
	}
	created := 0
	for n, written := range im.Store.CommitMany(ctx, changes) {
		result := &results[at[n]]
		if *result, err = im.keyWritten(ctx, keys[at[n]], owners, written.Err); err != nil {
			return nil, err
		}
		if result.Status == RowCreated {
			created++
		}
	}
	if created > 0 {
		im.users.Emit(ctx, events.APIKeyImported, by, users.Subject(events.APIKey, ""), events.Data{events.Count: created, events.Source: how.Source})
	}
	return results, nil
}

// incarnations returns the existing users of the keys, with their incarnations.
func (im *Imports) incarnations(ctx context.Context, keys []ImportedKey) (map[string]string, error) {
	var kuids []string
	owners := map[string]string{}
	for _, key := range keys {
		if _, seen := owners[key.Kuid]; !seen && kuid.Check(key.Kuid) == nil {
			owners[key.Kuid] = ""
			kuids = append(kuids, key.Kuid)
		}
	}
	clear(owners)
	err := storage.Each(ctx, im.Store, storage.Users, kuids, func(docs []storage.Document) error {
		for _, doc := range docs {
			u, err := users.ReadUser(doc)
			if err != nil {
				return err
			}
			owners[u.Kuid] = u.Incarnation
		}
		return nil
	})
	return owners, err
}

// bringKey checks a key and returns its write.
func (im *Imports) bringKey(by users.Actor, key ImportedKey, incarnation string) (storage.Change, error) {
	if err := kuid.Check(key.ID); err != nil {
		return storage.Change{}, err
	}
	if sum, err := hex.DecodeString(key.Fingerprint); err != nil || len(sum) != 32 || hex.EncodeToString(sum) != key.Fingerprint {
		return storage.Change{}, assert.InvalidArgument.New("fingerprint", "a SHA-256 in hexadecimal")
	}
	if len(key.Description) > users.MaxKeyDescription {
		return storage.Change{}, sessions.ErrKeyDescription.New(users.MaxKeyDescription)
	}
	if key.ExpiresAt < 0 {
		key.ExpiresAt, key.TTL = -1, -1
	} else if key.ExpiresAt <= im.Now().UnixMilli() {
		return storage.Change{}, ErrKeyExpired.New(key.ID)
	}
	made := users.Info{Author: by.Kuid, CreatedAt: im.Now().UnixMilli()}
	if !key.CreatedAt.IsZero() && key.CreatedAt.Before(im.Now()) {
		made.CreatedAt = key.CreatedAt.UnixMilli()
	}
	part := sessions.KeyPart{UserID: key.Kuid, Description: key.Description, ExpiresAt: key.ExpiresAt, TTL: key.TTL, Fingerprint: key.Fingerprint}
	return sessions.KeyChange(part, sessions.KeyAccount{ID: key.ID, Incarnation: incarnation}, made)
}

// judgeKey returns the result that writing a key would have.
func (im *Imports) judgeKey(ctx context.Context, key ImportedKey, owners map[string]string) (RowResult, error) {
	var refusal error
	_, err := im.Store.Get(ctx, storage.APIKeys, key.Fingerprint)
	switch {
	case err == nil:
		refusal = storage.ErrExists.New(key.Fingerprint)
	case errors.Is(err, storage.ErrNotFound):
		_, err = im.Store.Owner(ctx, sessions.KeyClaim(key.ID))
		if err == nil {
			refusal = &storage.TakenError{Key: sessions.KeyClaim(key.ID)}
		}
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return RowResult{}, err
	}
	return im.keyWritten(ctx, key, owners, refusal)
}

// keyWritten returns the result of a key that was written or refused.
func (im *Imports) keyWritten(ctx context.Context, key ImportedKey, owners map[string]string, refusal error) (RowResult, error) {
	var taken *storage.TakenError
	switch {
	case refusal == nil:
		im.keys.Forget(key.Fingerprint)
		return RowResult{Kuid: key.Kuid, Status: RowCreated}, nil
	case errors.As(refusal, &taken):
		return RowResult{Status: RowFailed, Err: ErrKeyDiffers.New(key.ID)}, nil
	case !errors.Is(refusal, storage.ErrExists):
		return RowResult{}, refusal
	}
	doc, err := im.Store.Get(ctx, storage.APIKeys, key.Fingerprint)
	if err != nil {
		return RowResult{}, err
	}
	var part sessions.KeyPart
	var account sessions.KeyAccount
	if err := errors.Join(json.Unmarshal(doc.Content, &part), json.Unmarshal(doc.Account, &account)); err != nil {
		return RowResult{}, err
	}
	if part.UserID != key.Kuid || account.ID != key.ID || account.Incarnation != owners[key.Kuid] {
		return RowResult{Status: RowFailed, Err: ErrKeyDiffers.New(key.ID)}, nil
	}
	return RowResult{Kuid: key.Kuid, Status: RowUnchanged}, nil
}
