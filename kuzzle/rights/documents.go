package rights

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// DefaultMaxContent is the largest size of a role or profile, in bytes of JSON, unless Bound sets
// another.
const DefaultMaxContent = 1 << 20

// ErrTooLarge has the id, the size and the limit in bytes.
var ErrTooLarge = fault.Declare(0x40120001, "security.rights.definition_too_large", 413,
	"The role or profile %q would take %d bytes; the limit is %d (limits.content). Store less.")

// Doc is a role or a profile as stored. Source includes _kuzzle_info.
type Doc struct {
	ID      string
	Version int64
	Source  json.RawMessage
}

// Write has the author and the options of a write.
type Write struct {
	// By is the author and the id of the request.
	By      events.Actor
	Request string
	// Instance marks a write of the instance itself, such as its command line's. Such a write is
	// not compared with By's rights.
	Instance bool
	// Force allows a role to name plugin controllers that do not exist. Strict refuses restrictions
	// on indexes that do not exist.
	Force, Strict bool
	// Visible waits until searches see the write.
	Visible bool
	// Retries is how often a write is tried again after somebody else changed the document at the
	// same time.
	Retries int
}

// mode is the condition of a write on the stored document.
type mode uint8

const (
	mustCreate mode = iota
	mustExist
	whatever
)

// Info is _kuzzle_info: authors and times of creation and change, in epoch milliseconds; null if
// unknown.
type Info struct {
	Author    any `json:"author"`
	CreatedAt any `json:"createdAt"`
	UpdatedAt any `json:"updatedAt"`
	Updater   any `json:"updater"`
}

func (k *Store) get(ctx context.Context, in storage.Collection, id string, missing *fault.Kind) (storage.Document, error) {
	doc, err := k.store.Get(ctx, in, id)
	if errors.Is(err, storage.ErrNotFound) {
		return doc, missing.New(id)
	}
	return doc, err
}

// getAll reads several documents in order, up to the limit of Store.GetMany; left are the ids still
// to read. The first missing document is a fault.
func (k *Store) getAll(ctx context.Context, in storage.Collection, ids []string, missing *fault.Kind) (docs []Doc, left []string, err error) {
	found, left, err := k.store.GetMany(ctx, in, ids)
	if err != nil {
		return nil, nil, err
	}
	docs = make([]Doc, len(found))
	for i, id := range ids[:len(ids)-len(left)] {
		if i >= len(found) || found[i].ID != id {
			return nil, nil, missing.New(id)
		}
		docs[i] = shown(found[i])
	}
	return docs, left, nil
}

func shown(doc storage.Document) Doc {
	return Doc{ID: doc.ID, Version: doc.Version, Source: doc.Content}
}

// put writes the document that define makes from the stored one (nil if there is none). It tries
// again after a conflict.
func (k *Store) put(ctx context.Context, in storage.Collection, id string, m mode, w Write, missing *fault.Kind,
	define func(stored map[string]any) (map[string]any, error)) (Doc, error) {
	if err := kuid.Check(id); err != nil {
		return Doc{}, err
	}
	for try := 0; ; try++ {
		doc, err := k.putOnce(ctx, in, id, m, w, missing, define)
		retry := errors.Is(err, storage.ErrConflict) || m == whatever && errors.Is(err, storage.ErrExists)
		if err == nil || !retry || try >= w.Retries {
			return doc, err
		}
	}
}

func (k *Store) putOnce(ctx context.Context, in storage.Collection, id string, m mode, w Write, missing *fault.Kind,
	define func(stored map[string]any) (map[string]any, error)) (Doc, error) {
	old, err := k.store.Get(ctx, in, id)
	found := err == nil
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return Doc{}, err
	}
	if !found && m == mustExist {
		if missing == storage.ErrNotFound {
			return Doc{}, missing.New(id, "kuzzle", string(in))
		}
		return Doc{}, missing.New(id)
	}
	var stored map[string]any
	if found {
		if stored, err = decode(old.Content); err != nil {
			return Doc{}, err
		}
	}
	body, err := define(stored)
	if err != nil {
		return Doc{}, err
	}
	if found && m == mustCreate {
		return Doc{}, storage.ErrExists.New()
	}
	old.ID = id
	next, err := k.next(old, found, body, w)
	if err != nil {
		return Doc{}, err
	}
	// Invalidate before the write, so that no revoked right is used after the acknowledgement, and
	// after it, for readers in between.
	k.Invalidate()
	_, err = k.store.Commit(ctx, storage.Change{In: in, ID: id, Put: &next, If: old.Rev, Visible: w.Visible})
	k.Invalidate()
	return shown(next), err
}

// change is put while no user can start to hold the document. It publishes the event afterwards,
// because subscribers may write users, roles and profiles too.
func (k *Store) change(ctx context.Context, in storage.Collection, id string, m mode, w Write, missing *fault.Kind,
	define func(stored map[string]any) (map[string]any, gain, error)) (doc Doc, err error) {
	var gained gain
	existed := false
	err = k.Exclude(func() error {
		doc, err = k.put(ctx, in, id, m, w, missing, func(stored map[string]any) (body map[string]any, err error) {
			existed = stored != nil
			body, gained, err = define(stored)
			return body, err
		})
		return err
	})
	if err == nil {
		k.tell(ctx, in, id, w, existed, gained)
	}
	return doc, err
}

// tell publishes the write, and the rights that it added for the holders.
func (k *Store) tell(ctx context.Context, in storage.Collection, id string, w Write, existed bool, gained gain) {
	if k.bus == nil {
		return
	}
	event := events.Event{Actor: w.By, Request: w.Request, Name: events.RoleCreated, Subject: events.Subject{Kind: events.Role, ID: id}}
	switch {
	case in == storage.Profiles && existed:
		event.Name = events.ProfileUpdated
	case in == storage.Profiles:
		event.Name = events.ProfileCreated
	case existed:
		event.Name = events.RoleUpdated
	}
	if in == storage.Profiles {
		event.Subject.Kind = events.Profile
	}
	k.bus.Publish(ctx, event)
	if len(gained) > 0 {
		event.Name, event.Data = events.RightsGranted, events.Data{events.Actions: texts(gained)}
		k.bus.Publish(ctx, event)
	}
}

func (k *Store) next(old storage.Document, found bool, body map[string]any, w Write) (storage.Document, error) {
	next := storage.Document{ID: old.ID, Incarnation: old.Incarnation, Version: old.Version + 1}
	now := k.now().UnixMilli()
	info := Info{Author: w.By.Kuid, CreatedAt: now}
	if found {
		stored, err := decode(old.Content)
		if err != nil {
			return next, err
		}
		// Read the exact member name; a struct would accept other cases.
		kept, _ := stored["_kuzzle_info"].(map[string]any)
		info = Info{Author: kept["author"], CreatedAt: kept["createdAt"]}
		info.UpdatedAt, info.Updater = now, w.By.Kuid
	} else {
		next.Incarnation = uuid.Must(uuid.NewV7()).String()
	}
	body["_kuzzle_info"] = info
	content, err := json.Marshal(body)
	next.Content = content
	if err != nil {
		return next, err
	}
	// A document above the limit may be made smaller, or keep its size.
	return next, k.checkSize(old.ID, len(content), len(old.Content))
}

// checkSize refuses a size above the limit, unless the document was as large before.
func (k *Store) checkSize(id string, size, before int) error {
	if limit := cmp.Or(k.maxContent, DefaultMaxContent); size > max(limit, before) {
		return ErrTooLarge.New(id, size, limit)
	}
	return nil
}

// checkBody is checkSize for a body that will be written later.
func (k *Store) checkBody(id string, body map[string]any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return k.checkSize(id, len(content), 0)
}

func (k *Store) delete(ctx context.Context, in storage.Collection, id string, missing *fault.Kind, visible bool) error {
	doc, err := k.get(ctx, in, id, missing)
	if err != nil {
		return err
	}
	k.Invalidate()
	_, err = k.store.Commit(ctx, storage.Change{In: in, ID: id, If: doc.Rev, Visible: visible})
	k.Invalidate()
	return err
}
