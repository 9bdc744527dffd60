package instance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// document is the id of the stored document.
	document = "instance"
	// tries is how often a change is tried when other servers write at the same time.
	tries = 10
)

// Facts are the known facts; an unknown text is "".
type Facts struct {
	AllowedOrigins    []string `json:"allowedOrigins,omitempty"`
	DevelopmentOrigin string   `json:"developmentOrigin,omitempty"`
	TestMode          bool     `json:"testMode,omitempty"`
	Cookieless        bool     `json:"cookieless,omitempty"`
	URLSessions       bool     `json:"urlSessions,omitempty"`
	SupportEmail      string   `json:"supportEmail,omitempty"`
	// FromEmail is the part before the @ of the sender's address.
	FromEmail     string `json:"fromEmail,omitempty"`
	ClientVersion string `json:"clientVersion,omitempty"`
	// PreferredStrategy is the strategy that a page shows first.
	PreferredStrategy string `json:"preferredStrategy,omitempty"`
	// Progressive sign-ups ask for missing data step by step.
	Progressive bool `json:"progressive,omitempty"`
	// ListsOffOnSignIn lets pages admit users who signed up before an address was listed.
	// Logins here do not check the lists.
	ListsOffOnSignIn bool `json:"listsOffOnSignIn,omitempty"`
}

// Instance has the facts of one instance. It is safe for concurrent use.
type Instance struct {
	store  storage.Store
	derive Derive
}

// Derive derives a key of the instance for a purpose.
type Derive func(purpose string) ([]byte, error)

// New returns an instance over a store.
func New(store storage.Store, derive Derive) *Instance { return &Instance{store, derive} }

// ID returns the instance's id for clients.
func (i *Instance) ID() (string, error) { return ID(i.derive) }

// ID is derived from the master key, so it is the same on every server, permanently: ins_
// and letters and digits.
func ID(derive Derive) (string, error) {
	key, err := derive("clerk instance")
	sum := sha256.Sum256(key)
	return "ins_" + hex.EncodeToString(sum[:16]), err
}

// Facts reads the facts.
func (i *Instance) Facts(ctx context.Context) (Facts, error) {
	_, facts, err := i.read(ctx)
	return facts, err
}

// Change writes the facts as edit changes them, and returns them. undo takes the change back, except
// for facts that others changed meanwhile; it is nil if edit changed nothing.
func (i *Instance) Change(ctx context.Context, edit func(*Facts)) (now Facts, undo func(context.Context) error, err error) {
	var before Facts
	for range tries {
		before, now, err = i.tryChange(ctx, edit)
		if !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrExists) {
			break
		}
	}
	if err != nil || reflect.DeepEqual(before, now) {
		return now, nil, err
	}
	return now, func(ctx context.Context) error {
		_, _, err := i.Change(ctx, func(f *Facts) { restore(f, &before, &now) })
		return err
	}, nil
}

// restore sets those facts to before that are as a change made them.
func restore(f, before, changed *Facts) {
	to, was, is := reflect.ValueOf(f).Elem(), reflect.ValueOf(before).Elem(), reflect.ValueOf(changed).Elem()
	for n := range to.NumField() {
		if reflect.DeepEqual(to.Field(n).Interface(), is.Field(n).Interface()) {
			to.Field(n).Set(was.Field(n))
		}
	}
}

func (i *Instance) read(ctx context.Context) (doc storage.Document, facts Facts, err error) {
	doc, err = i.store.Get(ctx, storage.Settings, document)
	if errors.Is(err, storage.ErrNotFound) {
		return storage.Document{}, Facts{}, nil
	}
	if err == nil {
		err = json.Unmarshal(doc.Content, &facts)
	}
	return doc, facts, err
}

func (i *Instance) tryChange(ctx context.Context, edit func(*Facts)) (before, facts Facts, err error) {
	doc, facts, err := i.read(ctx)
	if err != nil {
		return before, facts, err
	}
	before = facts
	if edit(&facts); reflect.DeepEqual(facts, before) {
		return before, facts, nil
	}
	content, err := json.Marshal(facts)
	if err != nil {
		return before, facts, err
	}
	put := storage.Document{ID: document, Incarnation: doc.Incarnation, Version: doc.Version + 1, Content: content}
	_, err = i.store.Commit(ctx, storage.Change{In: storage.Settings, ID: document, Put: &put, If: doc.Rev})
	return before, facts, err
}
