package logins

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// flows stores one strategy's single-use values. It stores only the hash of a token, so that a
// reader of the store cannot use it.
type flows host

var _ strategies.Flows = flows{}

// maxFlow is the largest value of a flow, in bytes of JSON.
const maxFlow = 16 << 10

type flowPart struct {
	Strategy    string `json:"strategy"`
	Kuid        string `json:"kuid"`
	Kind        string `json:"kind,omitempty"`
	Incarnation string `json:"incarnation,omitempty"`
	Epoch       int64  `json:"epoch"`
	Bound       bool   `json:"bound,omitempty"`
	ExpiresAt   int64  `json:"expiresAt"`
	// Maker is the caller who made it for another user, or with an API key, nil for none. The flow ends with the warrant,
	// and when the other user has more rights than the maker.
	Maker *sessions.Warrant `json:"maker,omitempty"`
	// Contacts are the ids of the user's verified contacts when the token was sent to one of them.
	Contacts []string       `json:"contacts,omitempty"`
	Value    map[string]any `json:"value,omitempty"`
}

// Put implements strategies.Flows.
func (f flows) Put(ctx context.Context, flow strategies.Flow) (string, error) {
	part := flowPart{
		Strategy: f.name, Kuid: flow.Kuid, Kind: flow.Kind, Bound: flow.Bound, Value: flow.Value, ExpiresAt: -1,
	}
	doc := storage.Document{Version: 1}
	if flow.For > 0 {
		doc.ExpiresAt = f.ls.Now().Add(flow.For)
		part.ExpiresAt = doc.ExpiresAt.UnixMilli()
	}
	if flow.Kuid != "" {
		u, err := f.ls.users.Current(ctx, flow.Kuid)
		if err != nil {
			return "", err
		}
		part.Incarnation, part.Epoch = u.Incarnation, u.Epoch
		if flow.Sent {
			part.Contacts = verified(u)
		}
	}
	if flow.Kuid != "" && !flow.Sent {
		var err error
		if part.Maker, err = f.contain(ctx, flow.Kuid); err != nil {
			return "", err
		}
	}
	content, err := json.Marshal(part)
	if err != nil {
		return "", err
	}
	if len(content) > maxFlow {
		return "", fmt.Errorf("accounts: a flow of %d bytes; the limit is %d", len(content), maxFlow)
	}
	token, id, err := f.ls.newToken(flow.Kuid, part.Incarnation)
	if err != nil {
		return "", err
	}
	doc.ID, doc.Content = id, content
	if _, err = f.ls.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: doc.ID, Put: &doc}); err != nil {
		return "", err
	}
	if flow.Kuid != "" {
		f.ls.users.Emit(ctx, events.FlowCreated, attempts.Caller(ctx), users.Subject(events.User, flow.Kuid),
			events.Data{events.Strategy: f.name, events.Purpose: flow.Kind})
	}
	return token, nil
}

// contain refuses to give the caller of an action a token of a user with more rights, and returns the
// caller as its maker. A login may give it, to the user who was proved.
func (f flows) contain(ctx context.Context, kuid string) (*sessions.Warrant, error) {
	by, acts := attempts.Actor(ctx)
	if !acts {
		return nil, nil
	}
	if err := by.MayChangeLogin(); err != nil {
		return nil, err
	}
	if err := f.ls.containment.ContainKuid(ctx, by, kuid); err != nil {
		return nil, err
	}
	if by.Instance() || by.Open || by.Kuid == kuid && !by.APIKey {
		return nil, nil
	}
	return sessions.NewWarrant(ctx, f.ls.sessions, by)
}

// vouched refuses a flow whose maker's warrant ended, or has fewer rights than the user by now.
func (f flows) vouched(ctx context.Context, by *sessions.Warrant, u *users.User) error {
	if by == nil {
		return nil
	}
	made, err := by.User(ctx, f.ls.sessions)
	if made != nil && err == nil {
		err = f.ls.containment.ContainUser(ctx, users.Actor{Kuid: by.Kuid}, u)
	}
	if made == nil && err == nil || errors.Is(err, profiles.ErrExceedsOwn) {
		err = strategies.ErrFlowUnknown.New()
	}
	return err
}

// Peek implements strategies.Flows.
func (f flows) Peek(ctx context.Context, token string) (strategies.Flow, error) {
	_, flow, err := f.read(ctx, token)
	return flow, err
}

// Take implements strategies.Flows.
func (f flows) Take(ctx context.Context, token string) (strategies.Flow, error) {
	doc, flow, err := f.read(ctx, token)
	if err != nil {
		return flow, err
	}
	_, err = f.ls.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: doc.ID, If: doc.Rev})
	if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrNotFound) {
		return flow, strategies.ErrFlowUnknown.New()
	}
	return flow, err
}

func (f flows) read(ctx context.Context, token string) (storage.Document, strategies.Flow, error) {
	doc, err := f.ls.byToken(ctx, token)
	if errors.Is(err, storage.ErrNotFound) {
		return doc, strategies.Flow{}, strategies.ErrFlowUnknown.New()
	}
	if err != nil {
		return doc, strategies.Flow{}, err
	}
	var part flowPart
	if err := json.Unmarshal(doc.Content, &part); err != nil {
		return doc, strategies.Flow{}, err
	}
	if part.Strategy != f.name {
		return doc, strategies.Flow{}, strategies.ErrFlowUnknown.New()
	}
	if part.ExpiresAt >= 0 && f.ls.Now().UnixMilli() >= part.ExpiresAt {
		return doc, strategies.Flow{}, strategies.ErrFlowExpired.New()
	}
	flow := strategies.Flow{Kuid: part.Kuid, Kind: part.Kind, Value: part.Value, Bound: part.Bound}
	if part.ExpiresAt >= 0 {
		flow.For = time.Duration(part.ExpiresAt-f.ls.Now().UnixMilli()) * time.Millisecond
	}
	return doc, flow, f.alive(ctx, part)
}

// alive refuses the flows of deleted, banned and locked users, bound flows whose user's sessions ended
// since then, sent ones if the user lost a contact, which may be the one that they were sent to, and
// those whose maker no longer vouches for them.
func (f flows) alive(ctx context.Context, part flowPart) error {
	if part.Kuid == "" {
		return nil
	}
	u, err := f.ls.users.Current(ctx, part.Kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return strategies.ErrFlowUnknown.New()
	}
	if err != nil {
		return err
	}
	if u.Incarnation != part.Incarnation || part.Bound && u.Epoch != part.Epoch {
		return strategies.ErrFlowUnknown.New()
	}
	if err := f.vouched(ctx, part.Maker, u); err != nil {
		return err
	}
	left := verified(u)
	for _, id := range part.Contacts {
		if !slices.Contains(left, id) {
			return strategies.ErrFlowUnknown.New()
		}
	}
	return u.MayEnter(f.ls.Now())
}

// verified lists the ids of a user's verified contacts.
func verified(u *users.User) (ids []string) {
	for i := range u.Contacts {
		if u.Contacts[i].Verified() {
			ids = append(ids, u.Contacts[i].ID)
		}
	}
	return ids
}
