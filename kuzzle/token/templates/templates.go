package templates

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
)

// Limits of templates.
const (
	MaxTemplates = 50
	MaxName      = 100
	// MaxClaims bounds the claims as JSON without blanks, MaxFilled the claims of a
	// token.
	MaxClaims   = 8 << 10
	MaxFilled   = 32 << 10
	MinLifetime = 30 * time.Second
	MaxSkew     = 300 * time.Second
)

// Defaults of a template.
const (
	DefaultLifetime = time.Minute
	DefaultSkew     = 5 * time.Second
)

const (
	// document is the id of the settings document that holds the templates.
	document = "token-templates"
	idPrefix = "jtmp_"
	idBytes  = 16
	// tries is how often a change is tried when other servers write at the same time.
	tries = 10
)

// Template is a template of tokens. Times are in epoch milliseconds.
type Template struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Claims is a JSON object with shortcodes.
	Claims   json.RawMessage `json:"claims"`
	Lifetime time.Duration   `json:"lifetime"`
	// Skew is how long before its issue a token is valid, for verifiers whose clocks are
	// behind.
	Skew      time.Duration `json:"skew"`
	CreatedAt int64         `json:"createdAt"`
	UpdatedAt int64         `json:"updatedAt"`
	// Key is the application's own key; nil means that tokens are signed like those of
	// sessions.
	Key *Key `json:"key,omitempty"`
}

// Algorithm returns the signing algorithm of the template's tokens.
func (t *Template) Algorithm() string {
	if t.Key == nil {
		return signing.Algorithm
	}
	return t.Key.Algorithm
}

// Options configures Templates.
type Options struct {
	Store  storage.Store
	Sealer *token.Sealer
	Signer *signing.Signer
	Now    func() time.Time
}

// Templates are the templates of one instance. They are safe for concurrent use.
type Templates struct{ Options }

// New returns the templates of an instance; it reads nothing yet.
func New(opts Options) *Templates { return &Templates{opts} }

// stored is the area of the document that searches never show.
type stored struct {
	Templates []Template `json:"templates"`
}

// List returns all templates, oldest first.
func (ts *Templates) List(ctx context.Context) ([]Template, error) {
	_, all, err := ts.load(ctx)
	return all, err
}

// Find returns the template with an id. Fault: ErrNotFound.
func (ts *Templates) Find(ctx context.Context, id string) (Template, error) {
	return ts.first(ctx, id, func(t *Template) bool { return t.ID == id })
}

// Named returns the template with a name. Fault: ErrNotFound.
func (ts *Templates) Named(ctx context.Context, name string) (Template, error) {
	return ts.first(ctx, name, func(t *Template) bool { return t.Name == name })
}

func (ts *Templates) first(ctx context.Context, called string, is func(*Template) bool) (Template, error) {
	all, err := ts.List(ctx)
	if err != nil {
		return Template{}, err
	}
	for i := range all {
		if is(&all[i]) {
			return all[i], nil
		}
	}
	return Template{}, ErrNotFound.New(called)
}

// Create makes a template; it sets the id and the times itself.
//
// Faults: ErrName, ErrTaken, ErrReserved, ErrTooLarge, ErrLifetime, ErrSkew, ErrTooMany.
func (ts *Templates) Create(ctx context.Context, made Template) (Template, error) {
	random := make([]byte, idBytes)
	rand.Read(random)
	made.ID, made.CreatedAt = idPrefix+hex.EncodeToString(random), ts.Now().UnixMilli()
	made.UpdatedAt = made.CreatedAt
	if err := made.check(); err != nil {
		return Template{}, err
	}
	err := ts.change(ctx, func(all []Template) ([]Template, error) {
		if len(all) >= MaxTemplates {
			return nil, ErrTooMany.New(MaxTemplates)
		}
		return append(all, made), named(all, &made)
	})
	return made, err
}

// Update changes a template by edit, which may be called several times.
//
// Faults: ErrNotFound, and those of Create.
func (ts *Templates) Update(ctx context.Context, id string, edit func(*Template) error) (changed Template, err error) {
	err = ts.change(ctx, func(all []Template) ([]Template, error) {
		i := slices.IndexFunc(all, func(t Template) bool { return t.ID == id })
		if i < 0 {
			return nil, ErrNotFound.New(id)
		}
		t := &all[i]
		if err := edit(t); err != nil {
			return nil, err
		}
		if err := t.check(); err != nil {
			return nil, err
		}
		t.UpdatedAt = ts.Now().UnixMilli()
		changed = *t
		return all, named(all, t)
	})
	return changed, err
}

// Delete removes a template; its tokens stay valid. Fault: ErrNotFound.
func (ts *Templates) Delete(ctx context.Context, id string) error {
	return ts.change(ctx, func(all []Template) ([]Template, error) {
		left := slices.DeleteFunc(slices.Clone(all), func(t Template) bool { return t.ID == id })
		if len(left) == len(all) {
			return nil, ErrNotFound.New(id)
		}
		return left, nil
	})
}

var nameForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`) })

// check refuses a template that could not be used.
func (t *Template) check() error {
	switch {
	case len(t.Name) > MaxName || !nameForm().MatchString(t.Name):
		return ErrName.New(MaxName)
	case t.Lifetime < MinLifetime || t.Lifetime > signing.MaxLifetime:
		return ErrLifetime.New(int64(MinLifetime.Seconds()), int64(signing.MaxLifetime.Seconds()))
	case t.Skew < 0 || t.Skew > MaxSkew:
		return ErrSkew.New(int64(MaxSkew.Seconds()))
	}
	claims := map[string]json.RawMessage{}
	if len(t.Claims) > MaxClaims || json.Unmarshal(t.Claims, &claims) != nil || claims == nil {
		return ErrTooLarge.New(MaxClaims)
	}
	for _, name := range reserved {
		if _, has := claims[name]; has {
			return ErrReserved.New(name)
		}
	}
	return nil
}

// named refuses a name that another template has.
func named(all []Template, t *Template) error {
	if slices.ContainsFunc(all, func(other Template) bool { return other.Name == t.Name && other.ID != t.ID }) {
		return ErrTaken.New(t.Name)
	}
	return nil
}

func (ts *Templates) load(ctx context.Context) (storage.Document, []Template, error) {
	doc, err := ts.Store.Get(ctx, storage.Settings, document)
	if errors.Is(err, storage.ErrNotFound) {
		return storage.Document{}, nil, nil
	}
	var kept stored
	if err == nil {
		err = json.Unmarshal(doc.Auth, &kept)
	}
	return doc, kept.Templates, err
}

// change writes the templates as edit changes them.
func (ts *Templates) change(ctx context.Context, edit func([]Template) ([]Template, error)) (err error) {
	for range tries {
		if err = ts.tryChange(ctx, edit); !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrExists) {
			return err
		}
	}
	return err
}

func (ts *Templates) tryChange(ctx context.Context, edit func([]Template) ([]Template, error)) error {
	doc, all, err := ts.load(ctx)
	if err != nil {
		return err
	}
	if all, err = edit(all); err != nil {
		return err
	}
	auth, err := json.Marshal(stored{all})
	if err != nil {
		return err
	}
	put := storage.Document{ID: document, Incarnation: doc.Incarnation, Version: doc.Version + 1, Content: json.RawMessage(`{}`), Auth: auth}
	_, err = ts.Store.Commit(ctx, storage.Change{In: storage.Settings, ID: document, Put: &put, If: doc.Rev})
	return err
}
