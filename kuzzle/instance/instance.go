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
	// document is the id of what is stored.
	document = "instance"
	// tries is how often a change is tried when others write at the same time.
	tries = 10
)

// Facts are what is known. A text is "" where it is not.
type Facts struct {
	AllowedOrigins    []string `json:"allowedOrigins,omitempty"`
	DevelopmentOrigin string   `json:"developmentOrigin,omitempty"`
	TestMode          bool     `json:"testMode,omitempty"`
	Cookieless        bool     `json:"cookieless,omitempty"`
	URLSessions       bool     `json:"urlSessions,omitempty"`
	SupportEmail      string   `json:"supportEmail,omitempty"`
	// FromEmail is the part before the @ of the sender of mails.
	FromEmail     string `json:"fromEmail,omitempty"`
	ClientVersion string `json:"clientVersion,omitempty"`
	// PreferredStrategy is the one that a page shows first.
	PreferredStrategy string `json:"preferredStrategy,omitempty"`
	// Progressive sign-ups ask for what is missing step by step.
	Progressive bool `json:"progressive,omitempty"`
	// ListsOffOnSignIn has pages let in who signed up before an address was listed. No
	// login here asks the lists.
	ListsOffOnSignIn bool `json:"listsOffOnSignIn,omitempty"`
}

// Instance has the facts of one. It is safe for concurrent use.
type Instance struct {
	store  storage.Store
	derive Derive
}

// Derive makes a key of an instance's own for a purpose.
type Derive func(purpose string) ([]byte, error)

// New makes an instance over a store.
func New(store storage.Store, derive Derive) *Instance { return &Instance{store, derive} }

// ID is what clients are told the instance is called.
func (i *Instance) ID() (string, error) { return ID(i.derive) }

// ID follows from the master key, so that it is the same on every server and for ever: it
// is ins_ and letters and digits.
func ID(derive Derive) (string, error) {
	key, err := derive("clerk instance")
	sum := sha256.Sum256(key)
	return "ins_" + hex.EncodeToString(sum[:16]), err
}

// Facts reads them.
func (i *Instance) Facts(ctx context.Context) (Facts, error) {
	_, facts, err := i.read(ctx)
	return facts, err
}

// Change writes the facts as edit makes them, and reports whether that changes any.
func (i *Instance) Change(ctx context.Context, edit func(*Facts)) (changed bool, err error) {
	for range tries {
		if changed, err = i.tryChange(ctx, edit); !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrExists) {
			return changed, err
		}
	}
	return changed, err
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

func (i *Instance) tryChange(ctx context.Context, edit func(*Facts)) (changed bool, err error) {
	doc, facts, err := i.read(ctx)
	if err != nil {
		return false, err
	}
	before := facts
	if edit(&facts); reflect.DeepEqual(facts, before) {
		return false, nil
	}
	content, err := json.Marshal(facts)
	if err != nil {
		return false, err
	}
	put := storage.Document{ID: document, Incarnation: doc.Incarnation, Version: doc.Version + 1, Content: content}
	_, err = i.store.Commit(ctx, storage.Change{In: storage.Settings, ID: document, Put: &put, If: doc.Rev})
	return err == nil, err
}
