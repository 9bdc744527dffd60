package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// NamingSetting is where the rule by which names are the same is kept, from a
// store's first start on.
const NamingSetting = "identifiers"

// namingPart is the rule that the claims were made under.
type namingPart struct {
	CaseSensitive bool `json:"caseSensitive"`
	// Reclaiming is the rule that Reclaim is bringing them under: some claims
	// are of one, some of the other. nil where none is at it.
	Reclaiming *bool `json:"reclaiming,omitempty"`
}

// NamingError says why a server must not use a store: its names are under
// another rule, or on their way from one to the other. It says what to do.
type NamingError struct{ problem string }

func (e *NamingError) Error() string { return e.problem }

func namingError(format string, args ...any) error {
	return &NamingError{fmt.Sprintf(format, args...)}
}

// FixNaming records at the first start by which rule names are the same, and
// refuses a start under another: the claims that were made would not be found,
// so that nobody could log in and every name could be taken again. It is called
// before anything else is read. A refusal is a *NamingError. Reclaim changes the
// rule.
func (a *Accounts) FixNaming(ctx context.Context) error {
	begun, doc, err := readNaming(ctx, a.Store, a.CaseSensitive)
	if err == nil && doc.Rev == (storage.Rev{}) {
		_, err = writeNaming(ctx, a.Store, begun, doc)
		if errors.Is(err, storage.ErrExists) {
			begun, _, err = readNaming(ctx, a.Store, a.CaseSensitive)
		}
	}
	if err != nil {
		return err
	}
	return a.allow(begun)
}

// CheckNaming is FixNaming without recording anything, for servers to ask while
// they run: another process may have changed the rule.
func (a *Accounts) CheckNaming(ctx context.Context) error {
	begun, doc, err := readNaming(ctx, a.Store, a.CaseSensitive)
	if err != nil || doc.Rev == (storage.Rev{}) {
		return err
	}
	return a.allow(begun)
}

func (a *Accounts) allow(begun namingPart) error {
	switch {
	case begun.Reclaiming != nil:
		return namingError("kuzzle doctor --reclaim is bringing the names in this data under identifiers.caseSensitive=%t, or ended early: "+
			"run it again, with all servers stopped", *begun.Reclaiming)
	case begun.CaseSensitive != a.CaseSensitive:
		return namingError("identifiers.caseSensitive is %t, but the names in this data were taken under %t: "+
			"set it to %t, or stop all servers and run kuzzle doctor --reclaim, which brings the names under %t",
			a.CaseSensitive, begun.CaseSensitive, begun.CaseSensitive, a.CaseSensitive)
	}
	return nil
}

// readNaming answers the rule of a store and the document that says so, which
// has no revision where nothing says it yet: fresh data goes by the wanted rule,
// and data that has profiles is older than the choice, its names are folded.
func readNaming(ctx context.Context, store storage.Store, wanted bool) (namingPart, storage.Document, error) {
	doc, err := store.Get(ctx, storage.Settings, NamingSetting)
	if errors.Is(err, storage.ErrNotFound) {
		_, err = store.Get(ctx, storage.Profiles, profiles.Anonymous)
		if errors.Is(err, storage.ErrNotFound) {
			return namingPart{CaseSensitive: wanted}, storage.Document{}, nil
		}
		return namingPart{}, storage.Document{}, err
	}
	if err != nil {
		return namingPart{}, doc, err
	}
	var begun namingPart
	if err := json.Unmarshal(doc.Content, &begun); err != nil {
		return begun, doc, fmt.Errorf("accounts: the setting %s: %w", NamingSetting, err)
	}
	return begun, doc, nil
}

// writeNaming writes the rule over what was read, and answers what is there now.
func writeNaming(ctx context.Context, store storage.Store, rule namingPart, over storage.Document) (storage.Document, error) {
	content, err := json.Marshal(rule)
	if err != nil {
		return over, err
	}
	doc := storage.Document{ID: NamingSetting, Incarnation: over.Incarnation, Version: over.Version + 1, Content: content}
	doc.Rev, err = store.Commit(ctx, storage.Change{In: storage.Settings, ID: NamingSetting, Put: &doc, If: over.Rev})
	return doc, err
}
