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
	// LookAlikes is set where names that look alike are the same.
	LookAlikes bool `json:"lookAlikes,omitempty"`
	// Reclaiming is the rule that Reclaim is bringing them under: some claims
	// are of one, some of the other. nil where none is at it.
	Reclaiming *bool `json:"reclaiming,omitempty"`
	// ReclaimingAlike is LookAlikes of that rule.
	ReclaimingAlike bool `json:"reclaimingLookAlikes,omitempty"`
}

// LookAlikes says whether names that look alike are the same, such as one with a
// Cyrillic letter in place of a Latin one. Names as they are given never are.
type LookAlikes string

// What LookAlikes may be. AsTheDataHas is what was so at the first start, Same for
// new data.
const (
	AsTheDataHas LookAlikes = "auto"
	Same         LookAlikes = "same"
	Distinct     LookAlikes = "distinct"
)

// over is what it means for data that has a rule.
func (l LookAlikes) over(begun bool) bool { return l == Same || l != Distinct && begun }

// fresh is the rule of new data.
func (l LookAlikes) fresh(caseSensitive bool) namingPart {
	return namingPart{CaseSensitive: caseSensitive, LookAlikes: !caseSensitive && l.over(true)}
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
	begun, doc, err := readNaming(ctx, a.Store, a.LookAlikes.fresh(a.CaseSensitive))
	if err == nil && doc.Rev == (storage.Rev{}) {
		_, err = writeNaming(ctx, a.Store, begun, doc)
		if errors.Is(err, storage.ErrExists) {
			begun, _, err = readNaming(ctx, a.Store, a.LookAlikes.fresh(a.CaseSensitive))
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
	begun, doc, err := readNaming(ctx, a.Store, a.LookAlikes.fresh(a.CaseSensitive))
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
	case !a.CaseSensitive && begun.LookAlikes != a.LookAlikes.over(begun.LookAlikes):
		return namingError("identifiers.lookAlikes is %s, but the names in this data were taken otherwise: "+
			"leave it out, or stop all servers and run kuzzle doctor --reclaim, which brings the names under it", a.LookAlikes)
	}
	a.alike.Store(begun.LookAlikes)
	return nil
}

// readNaming answers the rule of a store and the document that says so, which
// has no revision where nothing says it yet: fresh data goes by the wanted rule,
// and data that has profiles is older than the choice, its names are folded.
func readNaming(ctx context.Context, store storage.Store, wanted namingPart) (namingPart, storage.Document, error) {
	doc, err := store.Get(ctx, storage.Settings, NamingSetting)
	if errors.Is(err, storage.ErrNotFound) {
		_, err = store.Get(ctx, storage.Profiles, profiles.Anonymous)
		if errors.Is(err, storage.ErrNotFound) {
			return wanted, storage.Document{}, nil
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
