package accounts

import (
	"github.com/gokuzzle/kuzzle/kuzzle/events"

	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// NewKey is an API key to be made.
type NewKey struct {
	// ID is the key's id; "" makes one.
	ID          string
	Kuid        string
	Description string
	// ExpiresIn is as the client sent it; nil is never.
	ExpiresIn any
	Visible   bool
	// Limited applies the configured maximum lifetime.
	Limited bool
}

// Key is an API key just made. Source shows the token, this once.
type Key struct {
	ID     string
	Source json.RawMessage
	Token  string
}

// keyPart is what is stored of an API key: found by the token's fingerprint,
// which is the document's id.
type keyPart struct {
	UserID      string `json:"userId"`
	Description string `json:"description"`
	// ExpiresAt and TTL are in milliseconds, -1 for never.
	ExpiresAt   int64  `json:"expiresAt"`
	TTL         int64  `json:"ttl"`
	Fingerprint string `json:"fingerprint"`
}

// keyAccount is what belongs to a key besides: its id, and the incarnation of
// the user it was made for.
type keyAccount struct {
	ID          string `json:"id"`
	Incarnation string `json:"incarnation"`
	vouch
}

// KeyID is where searches find the id that an API key is shown under.
var KeyID = query.Field{Area: query.Account, Path: "id"}

// keyClaim makes the ids of API keys unique.
func keyClaim(id string) string { return ruleVersion + ":apikey:" + id }

// CreateKey makes an API key for a user. Whoever asks needs a session that began
// with a login a moment ago: ErrLoginNeeded.
func (a *Accounts) CreateKey(ctx context.Context, by Actor, nk NewKey) (Key, error) {
	maker, err := a.mayMakeKeys(ctx, by)
	if err != nil {
		return Key{}, err
	}
	if nk.ID == "" {
		nk.ID = uuid.NewString()
	} else if err := kuid.Check(nk.ID); err != nil {
		return Key{}, err
	}
	if len(nk.Description) > maxKeyDescription {
		return Key{}, ErrKeyDescription.New(maxKeyDescription)
	}
	max := time.Duration(-1)
	if nk.Limited {
		max = a.MaxKeyTTL
	}
	if nk.ExpiresIn == nil {
		nk.ExpiresIn = "-1"
	}
	lifetime, infinite, err := a.lifetime(nk.ExpiresIn, -1, max)
	if err != nil {
		return Key{}, err
	}
	var key Key
	err = a.Rights.Hold(ctx, nil, func() error {
		u, err := a.User(ctx, nk.Kuid)
		if err != nil {
			return err
		}
		if err := a.containUser(ctx, by, &u); err != nil {
			return err
		}
		key, err = a.writeKey(ctx, by, nk, keyAccount{ID: nk.ID, vouch: maker}, u, lifetime, infinite)
		return err
	})
	if err == nil {
		a.emit(ctx, events.APIKeyCreated, by, subject(events.APIKey, key.ID), events.Data{events.Owner: nk.Kuid})
	}
	return key, err
}

func (a *Accounts) writeKey(ctx context.Context, by Actor, nk NewKey, of keyAccount, u User, lifetime time.Duration, infinite bool) (Key, error) {
	now := a.Now()
	part := keyPart{UserID: u.Kuid, Description: nk.Description, ExpiresAt: -1, TTL: -1}
	var expires time.Time
	if !infinite {
		expires = now.Add(lifetime)
		part.ExpiresAt, part.TTL = expires.UnixMilli(), lifetime.Milliseconds()
	}
	tok, err := token.NewAPIKey(u.Kuid, now, expires)
	if err != nil {
		return Key{}, err
	}
	part.Fingerprint = token.Fingerprint(tok)
	by2 := info{Author: by.Kuid, CreatedAt: now.UnixMilli()}
	content, err := encode(struct {
		keyPart
		Info info `json:"_kuzzle_info"`
	}{part, by2})
	if err != nil {
		return Key{}, err
	}
	of.Incarnation = u.incarnation
	account, err := encode(of)
	if err != nil {
		return Key{}, err
	}
	doc := storage.Document{ID: part.Fingerprint, Version: 1, Content: content, Account: account}
	_, err = a.Store.Commit(ctx, storage.Change{
		In: storage.APIKeys, ID: doc.ID, Put: &doc, Take: []storage.Take{{Key: keyClaim(nk.ID)}}, Visible: nk.Visible,
	})
	var taken *storage.TakenError
	if errors.As(err, &taken) {
		return Key{}, storage.ErrExists.New()
	}
	if err != nil {
		return Key{}, err
	}
	shown, err := encode(struct {
		keyPart
		Token string `json:"token"`
		Info  info   `json:"_kuzzle_info"`
	}{part, tok, by2})
	return Key{ID: nk.ID, Source: shown, Token: tok}, err
}

// DeleteKey removes an API key of a user; it stops working at once, and so does
// what it made.
func (a *Accounts) DeleteKey(ctx context.Context, by Actor, kuid, id string, visible bool) error {
	claim, err := a.Store.Owner(ctx, keyClaim(id))
	if err != nil {
		return keyNotFound(id, err)
	}
	doc, err := a.Store.Get(ctx, storage.APIKeys, claim.Owner)
	if err != nil {
		return keyNotFound(id, err)
	}
	var part keyPart
	if err := json.Unmarshal(doc.Content, &part); err != nil {
		return err
	}
	if part.UserID != kuid {
		return storage.ErrNotFound.New(id, "kuzzle", string(storage.APIKeys))
	}
	if err := a.containKuid(ctx, by, kuid); err != nil {
		return err
	}
	a.keys.drop(doc.ID)
	_, err = a.Store.Commit(ctx, storage.Change{In: storage.APIKeys, ID: doc.ID, If: doc.Rev, Visible: visible})
	a.keys.drop(doc.ID)
	if err != nil {
		return keyNotFound(id, err)
	}
	a.Ended(kuid, id)
	a.sweepMadeBy(ctx, kuid, maker{Key: doc.ID})
	a.emit(ctx, events.APIKeyDeleted, by, subject(events.APIKey, id), events.Data{events.Owner: kuid})
	return nil
}

func keyNotFound(id string, err error) error {
	if errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrConflict) {
		return storage.ErrNotFound.New(id, "kuzzle", string(storage.APIKeys))
	}
	return err
}

func (a *Accounts) key(ctx context.Context, fingerprint string) (*session, error) {
	return a.keys.get(fingerprint, func() (*session, error) {
		doc, err := a.Store.Get(ctx, storage.APIKeys, fingerprint)
		if errors.Is(err, storage.ErrNotFound) {
			return nil, token.ErrInvalid.New()
		}
		if err != nil {
			return nil, err
		}
		return readKey(doc)
	})
}

func (a *Accounts) verifyKey(ctx context.Context, tok string) (Verified, error) {
	fingerprint := token.Fingerprint(tok)
	s, err := a.key(ctx, fingerprint)
	if err != nil {
		return Verified{}, err
	}
	v, err := a.current(ctx, s, a.Now())
	v.APIKey, v.Token = true, fingerprint
	return v, err
}

// anyEpoch marks what ending all of a user's sessions leaves alone.
const anyEpoch = -1

func readKey(doc storage.Document) (*session, error) {
	var part keyPart
	var account keyAccount
	if err := json.Unmarshal(doc.Content, &part); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(doc.Account, &account); err != nil {
		return nil, err
	}
	return &session{id: account.ID, vouch: account.vouch, sessionPart: sessionPart{
		Kuid: part.UserID, Incarnation: account.Incarnation, Epoch: anyEpoch, ExpiresAt: part.ExpiresAt,
	}}, nil
}
