package sessions

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/cache"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// NewKey is an API key to create.
type NewKey struct {
	// ID is the key's id; "" generates one.
	ID          string
	Kuid        string
	Description string
	// ExpiresIn is the client's value; nil is never.
	ExpiresIn any
	Visible   bool
	// Limited applies the configured maximum lifetime.
	Limited bool
}

// Key is a new API key. Source shows the token, only this once.
type Key struct {
	ID     string
	Source json.RawMessage
	Token  string
}

// KeyPart is the stored part of an API key. The document's id is the token's fingerprint.
type KeyPart struct {
	UserID      string `json:"userId"`
	Description string `json:"description"`
	// ExpiresAt and TTL are in milliseconds, -1 for never.
	ExpiresAt   int64  `json:"expiresAt"`
	TTL         int64  `json:"ttl"`
	Fingerprint string `json:"fingerprint"`
}

// KeyAccount is the searchable part of a key: its id, and the incarnation of its user.
type KeyAccount struct {
	ID          string `json:"id"`
	Incarnation string `json:"incarnation"`
	vouch
}

// KeyChange returns the write of a new API key: its document and the claim of its id.
func KeyChange(part KeyPart, of KeyAccount, made users.Info) (storage.Change, error) {
	content, err := users.Encode(struct {
		KeyPart
		Info users.Info `json:"_kuzzle_info"`
	}{part, made})
	if err != nil {
		return storage.Change{}, err
	}
	account, err := users.Encode(of)
	doc := storage.Document{ID: part.Fingerprint, Version: 1, Content: content, Account: account}
	return storage.Change{In: storage.APIKeys, ID: doc.ID, Put: &doc, Take: []storage.Take{{Key: KeyClaim(of.ID)}}}, err
}

// KeyID is the search field for the shown id of an API key.
var KeyID = query.Field{Area: query.Account, Path: "id"}

// KeyClaim returns the claim that makes the id of an API key unique.
func KeyClaim(id string) string { return users.RuleVersion + ":apikey:" + id }

// CreateKey creates an API key for a user. The caller needs a session that recently began with a
// login; otherwise the error is ErrLoginNeeded.
func (ks *Keys) CreateKey(ctx context.Context, by users.Actor, nk NewKey) (Key, error) {
	if err := by.MayChangeLogin(); err != nil {
		return Key{}, err
	}
	maker, err := ks.mayMakeKeys(ctx, by)
	if err != nil {
		return Key{}, err
	}
	if nk.ID == "" {
		nk.ID = uuid.NewString()
	} else if err := kuid.Check(nk.ID); err != nil {
		return Key{}, err
	}
	if len(nk.Description) > users.MaxKeyDescription {
		return Key{}, ErrKeyDescription.New(users.MaxKeyDescription)
	}
	max := time.Duration(-1)
	if nk.Limited {
		max = ks.sessions.limits.Load().MaxKeyTTL
	}
	if nk.ExpiresIn == nil {
		nk.ExpiresIn = "-1"
	}
	lifetime, infinite, err := ks.sessions.Lifetime(nk.ExpiresIn, -1, max)
	if err != nil {
		return Key{}, err
	}
	var key Key
	err = ks.Rights.Hold(ctx, nil, func() error {
		u, err := ks.users.User(ctx, nk.Kuid)
		if err != nil {
			return err
		}
		if err := ks.containment.ContainUser(ctx, by, &u); err != nil {
			return err
		}
		key, err = ks.writeKey(ctx, by, nk, KeyAccount{ID: nk.ID, vouch: maker}, u, lifetime, infinite)
		return err
	})
	if err == nil {
		ks.users.Emit(ctx, events.APIKeyCreated, by, users.Subject(events.APIKey, key.ID), events.Data{events.Owner: nk.Kuid})
	}
	return key, err
}

func (ks *Keys) writeKey(ctx context.Context, by users.Actor, nk NewKey, of KeyAccount, u users.User, lifetime time.Duration, infinite bool) (Key, error) {
	now := ks.Now()
	part := KeyPart{UserID: u.Kuid, Description: nk.Description, ExpiresAt: -1, TTL: -1}
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
	made := users.Info{Author: by.Kuid, CreatedAt: now.UnixMilli()}
	of.Incarnation = u.Incarnation
	write, err := KeyChange(part, of, made)
	if err != nil {
		return Key{}, err
	}
	write.Visible = nk.Visible
	_, err = ks.Store.Commit(ctx, write)
	var taken *storage.TakenError
	if errors.As(err, &taken) {
		return Key{}, storage.ErrExists.New()
	}
	if err != nil {
		return Key{}, err
	}
	shown, err := users.Encode(struct {
		KeyPart
		Token string     `json:"token"`
		Info  users.Info `json:"_kuzzle_info"`
	}{part, tok, made})
	return Key{ID: nk.ID, Source: shown, Token: tok}, err
}

// DeleteKey deletes an API key of a user. The key, and the sessions that it made, end at once.
func (ks *Keys) DeleteKey(ctx context.Context, by users.Actor, kuid, id string, visible bool) error {
	if err := by.MayChangeLogin(); err != nil {
		return err
	}
	claim, err := ks.Store.Owner(ctx, KeyClaim(id))
	if err != nil {
		return keyNotFound(id, err)
	}
	doc, err := ks.Store.Get(ctx, storage.APIKeys, claim.Owner)
	if err != nil {
		return keyNotFound(id, err)
	}
	var part KeyPart
	if err := json.Unmarshal(doc.Content, &part); err != nil {
		return err
	}
	if part.UserID != kuid {
		return storage.ErrNotFound.New(id, "kuzzle", string(storage.APIKeys))
	}
	if err := ks.containment.ContainKuid(ctx, by, kuid); err != nil {
		return err
	}
	ks.cache.Drop(doc.ID)
	_, err = ks.Store.Commit(ctx, storage.Change{In: storage.APIKeys, ID: doc.ID, If: doc.Rev, Visible: visible})
	ks.cache.Drop(doc.ID)
	if err != nil {
		return keyNotFound(id, err)
	}
	ks.Ended(kuid, id)
	ks.sessions.sweepMadeBy(ctx, kuid, maker{Key: doc.ID})
	ks.users.Emit(ctx, events.APIKeyDeleted, by, users.Subject(events.APIKey, id), events.Data{events.Owner: kuid})
	return nil
}

func keyNotFound(id string, err error) error {
	if errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrConflict) {
		return storage.ErrNotFound.New(id, "kuzzle", string(storage.APIKeys))
	}
	return err
}

func (ks *Keys) key(ctx context.Context, fingerprint string) (*session, error) {
	return cache.Get(ks.cache, fingerprint, func() (*session, error) {
		doc, err := ks.Store.Get(ctx, storage.APIKeys, fingerprint)
		if errors.Is(err, storage.ErrNotFound) {
			return nil, token.ErrInvalid.New()
		}
		if err != nil {
			return nil, err
		}
		return readKey(doc)
	})
}

func (ks *Keys) verifyKey(ctx context.Context, tok string) (Verified, error) {
	fingerprint := token.Fingerprint(tok)
	s, err := ks.key(ctx, fingerprint)
	if err != nil {
		return Verified{}, err
	}
	v, err := ks.sessions.current(ctx, s, ks.Now())
	v.APIKey, v.Token = true, fingerprint
	return v, err
}

// anyEpoch marks keys that stay when all sessions of a user end.
const anyEpoch = -1

func readKey(doc storage.Document) (*session, error) {
	var part KeyPart
	var account KeyAccount
	if err := json.Unmarshal(doc.Content, &part); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(doc.Account, &account); err != nil {
		return nil, err
	}
	return &session{id: account.ID, vouch: account.vouch, SessionPart: SessionPart{
		Kuid: part.UserID, Incarnation: account.Incarnation, Epoch: anyEpoch, ExpiresAt: part.ExpiresAt, ActBy: account.ActBy,
	}}, nil
}

// SearchKeys answers a user's API keys in the order in which they were made, and those
// of one moment in the order of their own id, which stands in place of the fingerprint;
// never those of an earlier user of that kuid.
func (ks *Keys) SearchKeys(ctx context.Context, kuid string, what query.Search) (storage.Page, error) {
	u, err := ks.users.User(ctx, kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return storage.Page{}, nil
	}
	if err != nil {
		return storage.Page{}, err
	}
	own := query.Bool{Must: []query.Node{
		ownedBy(storage.APIKeys, u.Kuid),
		query.Terms{Field: query.Field{Area: query.Account, Path: "incarnation"}, Values: []any{u.Incarnation}},
		what.Where,
	}}
	if u.Kuid == users.AnonymousKuid {
		own.Must = []query.Node{own.Must[0], what.Where}
	}
	what.Where, what.Sort = own, []query.Sort{{Field: query.Field{Path: "_kuzzle_info.createdAt"}}, {Field: KeyID}}
	page, err := ks.Store.Search(ctx, storage.APIKeys, what)
	for i := range page.Hits {
		var account KeyAccount
		if err := json.Unmarshal(page.Hits[i].Account, &account); err != nil {
			return page, err
		}
		page.Hits[i].ID = account.ID
	}
	return page, err
}
