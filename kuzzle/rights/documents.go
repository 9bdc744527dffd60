package rights

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/gofrs/uuid/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// DefaultMaxContent is how many bytes of JSON a role or a profile takes at most
// where Bound says nothing else.
const DefaultMaxContent = 1 << 20

// ErrTooLarge: the id, the bytes it would take, the limit.
var ErrTooLarge = fault.Declare(0x40120001, "security.rights.definition_too_large", 413,
	"The role or profile %q would take %d bytes, and at most %d are allowed (limits.content). Store less.")

// Doc is a role or a profile as stored. Source includes _kuzzle_info.
type Doc struct {
	ID      string
	Version int64
	Source  json.RawMessage
}

// Write says how to write a role or a profile.
type Write struct {
	// By is whoever writes, in the request of that id.
	By      events.Actor
	Request string
	// Instance marks a write of the instance itself, such as its command line's:
	// it is not held against what By may do.
	Instance bool
	// Force lets a role name plugin controllers that do not exist; Strict
	// refuses restrictions on indexes that do not exist.
	Force, Strict bool
	// Visible waits until searches see the write.
	Visible bool
	// Retries is how often a write is tried again when somebody else changed
	// the document meanwhile.
	Retries int
}

// mode says what must be there before a write.
type mode uint8

const (
	mustCreate mode = iota
	mustExist
	whatever
)

// Info is _kuzzle_info: who made and changed a document, when, in epoch
// milliseconds; null where nobody did.
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

// getAll reads several in order, as many as Store.GetMany reads at once; left are
// those to be read next. The first of them that does not exist is a fault.
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

// put writes a document that define makes of what is stored (nil when nothing
// is), trying again when somebody else was faster.
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
	// Twice: before the write, so that nobody goes on with what it revokes once
	// it is acknowledged, and after it, for those who read in between.
	k.Invalidate()
	_, err = k.store.Commit(ctx, storage.Change{In: in, ID: id, Put: &next, If: old.Rev, Visible: w.Visible})
	k.Invalidate()
	return shown(next), err
}

// change is put while nobody starts to hold what is written, and tells of it
// afterwards: whoever is told may write users, roles and profiles too.
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

// tell publishes what was written, and by what those who hold it gained.
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
		// By its exact name, which a struct would not insist on.
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
	// One that was larger before may be made smaller, or stay as large.
	return next, k.checkSize(old.ID, len(content), len(old.Content))
}

// checkSize refuses more bytes than a role or a profile may take, or took before.
func (k *Store) checkSize(id string, size, before int) error {
	if limit := cmp.Or(k.maxContent, DefaultMaxContent); size > max(limit, before) {
		return ErrTooLarge.New(id, size, limit)
	}
	return nil
}

// checkBody is checkSize for a body that is to be written later.
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
