package clients

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// FindFormer returns the client of a token that was replaced at most FormerFor ago, for a request that
// was under way. The client has the state from just before, so that the token shows nothing that it
// did not show then, and it cannot be changed. Any other token is ErrUnknown.
func (cs *Clients) FindFormer(ctx context.Context, token string) (*Client, error) {
	id, secret, ok := parts(token)
	if !ok {
		return nil, ErrUnknown.New()
	}
	now, err := cs.read(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		err = ErrUnknown.New()
	}
	if err != nil {
		return nil, err
	}
	former := now.Former
	if former == nil || now.formerOver(cs.Now()) || subtle.ConstantTimeCompare(former.Fingerprint, fingerprint(secret)) != 1 {
		return nil, ErrUnknown.New()
	}
	c := &Client{ID: id, Part: *former, former: true}
	if c.CreatedAt != 0 {
		c.doc = now.doc
	}
	return c, nil
}

// formerOver reports whether the former token shows nothing any more.
func (in *Part) formerOver(now time.Time) bool {
	return now.UnixMilli() >= in.ReplacedAt+FormerFor.Milliseconds()
}

// replaced keeps the state before a change for the former token, if the change replaces the token, and
// forgets an earlier one when its time is over.
func (in *Part) replaced(before Part, now time.Time) {
	switch {
	case !bytes.Equal(in.Fingerprint, before.Fingerprint):
		before.Former, before.ReplacedAt, before.Ended, before.Enrolments = nil, 0, nil, nil
		in.Former, in.ReplacedAt = &before, now.UnixMilli()
	case in.formerOver(now):
		in.Former, in.ReplacedAt = nil, 0
	}
}
