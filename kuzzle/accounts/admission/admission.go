package admission

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// document is the id of the settings document that holds the lists.
	document = "sign-up-lists"
	// MaxListed bounds each list.
	MaxListed = 1000
	// tries is how often a change is tried when others write at the same time.
	tries = 10
)

// List is one of the lists.
type List string

// The lists.
const (
	Allow List = "allow"
	Block List = "block"
)

// prefixes begin the ids of what is listed.
var prefixes = map[List]string{Allow: "alid_", Block: "blid_"}

// Entry is an identifier on a list.
type Entry struct {
	ID string `json:"id"`
	// Identifier is an address of a kind that contacts have, or of e-mail addresses a
	// pattern for a domain.
	Identifier string `json:"identifier"`
	Kind       string `json:"kind"`
	// Invitation is the one that told of it, "" for none.
	Invitation string `json:"invitation,omitempty"`
	// CreatedAt is in epoch milliseconds.
	CreatedAt int64 `json:"createdAt"`
}

// Rules say what is asked of people who sign up.
type Rules struct {
	// AllowList asks for at least one address, and that all are on the allow list.
	AllowList bool
	// BlockList refuses addresses on the block list.
	BlockList bool
	// NoSubaddresses refuses e-mail addresses that are one of many of a mailbox, such as
	// jane+news@example.com, and NoDisposable those of mailboxes that last for minutes,
	// as far as the domain is a known one.
	NoSubaddresses, NoDisposable bool
}

// Admission has the lists of an instance. It is safe for concurrent use.
type Admission struct {
	store storage.Store
	now   func() time.Time
	rules atomic.Pointer[Rules]
}

// New makes the admission of an instance, without rules.
func New(store storage.Store, now func() time.Time) *Admission {
	a := &Admission{store: store, now: now}
	a.Obey(Rules{})
	return a
}

// Obey puts rules in force.
func (a *Admission) Obey(r Rules) { a.rules.Store(&r) }

// Rules are those in force.
func (a *Admission) Rules() Rules { return *a.rules.Load() }

// Check refuses who may not sign up by some names. While there is any rule, a name with
// an @ has to be an e-mail address as contacts are spelled: nobody passes by a spelling
// that only a mail server understands.
//
// Fault: ErrRefused.
func (a *Admission) Check(ctx context.Context, names []string) error {
	found, err := a.judge(ctx, names)
	if err == nil && !found && a.Rules().AllowList {
		err = ErrRefused.New()
	}
	return err
}

// CheckMore is Check for names that a user takes on, of which none needs to be an
// address.
func (a *Admission) CheckMore(ctx context.Context, names []string) error {
	_, err := a.judge(ctx, names)
	return err
}

// judge refuses names, and reports whether any is an address.
func (a *Admission) judge(ctx context.Context, names []string) (found bool, err error) {
	rules := a.Rules()
	if rules == (Rules{}) || len(names) == 0 {
		return false, nil
	}
	var lists map[List][]Entry
	if rules.AllowList || rules.BlockList {
		if _, lists, err = a.read(ctx); err != nil {
			return false, err
		}
	}
	allowed, blocked := keyed(lists[Allow]), keyed(lists[Block])
	for _, name := range names {
		address, kind := address(name)
		if kind == "" {
			if looksMailed(name) {
				return false, ErrRefused.New()
			}
			continue
		}
		found, address = true, keyOf(address)
		mail := kind == users.Email
		if address == "" || rules.AllowList && !allowed.has(address) || rules.BlockList && blocked.has(address) ||
			mail && rules.NoSubaddresses && subaddressed(address) || mail && rules.NoDisposable && disposed(address) {
			return false, ErrRefused.New()
		}
	}
	return found, nil
}

func keyed(entries []Entry) listed {
	all := make(listed, len(entries))
	for i := range entries {
		if key := keyOf(entries[i].Identifier); key != "" {
			all[key] = true
		}
	}
	return all
}

// Listed returns what a list has, the newest first.
func (a *Admission) Listed(ctx context.Context, list List) ([]Entry, error) {
	_, lists, err := a.read(ctx)
	slices.Reverse(lists[list])
	return lists[list], err
}

// Add lists an identifier.
//
// Faults: ErrIdentifier, ErrListed, ErrFull.
func (a *Admission) Add(ctx context.Context, list List, identifier string) (Entry, error) {
	identifier, kind, err := canonical(identifier)
	if err != nil {
		return Entry{}, err
	}
	made := Entry{ID: prefixes[list] + rand.Text(), Identifier: identifier, Kind: kind, CreatedAt: a.now().UnixMilli()}
	err = a.change(ctx, func(lists map[List][]Entry) error {
		switch {
		case keyed(lists[list])[keyOf(identifier)]:
			return ErrListed.New()
		case len(lists[list]) >= MaxListed:
			return ErrFull.New(MaxListed)
		}
		lists[list] = append(lists[list], made)
		return nil
	})
	return made, err
}

// Invited notes the invitation that told of an identifier, if it is still listed.
func (a *Admission) Invited(ctx context.Context, list List, id, invitation string) error {
	return a.change(ctx, func(lists map[List][]Entry) error {
		for i := range lists[list] {
			if lists[list][i].ID == id {
				lists[list][i].Invitation = invitation
			}
		}
		return nil
	})
}

// Remove takes an identifier off a list.
//
// Fault: ErrNotListed.
func (a *Admission) Remove(ctx context.Context, list List, id string) error {
	return a.change(ctx, func(lists map[List][]Entry) error {
		i := slices.IndexFunc(lists[list], func(e Entry) bool { return e.ID == id })
		if i < 0 {
			return ErrNotListed.New()
		}
		lists[list] = slices.Delete(lists[list], i, i+1)
		return nil
	})
}

// read returns the document, which is the zero one before the first change, and the
// lists, the oldest entry first.
func (a *Admission) read(ctx context.Context) (storage.Document, map[List][]Entry, error) {
	lists := map[List][]Entry{}
	doc, err := a.store.Get(ctx, storage.Settings, document)
	if errors.Is(err, storage.ErrNotFound) {
		return storage.Document{}, lists, nil
	}
	if err == nil {
		err = json.Unmarshal(doc.Content, &lists)
	}
	return doc, lists, err
}

// change writes the lists as edit makes them.
func (a *Admission) change(ctx context.Context, edit func(map[List][]Entry) error) (err error) {
	for range tries {
		if err = a.tryChange(ctx, edit); !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrExists) {
			return err
		}
	}
	return err
}

func (a *Admission) tryChange(ctx context.Context, edit func(map[List][]Entry) error) error {
	doc, lists, err := a.read(ctx)
	if err == nil {
		err = edit(lists)
	}
	if err != nil {
		return err
	}
	content, err := json.Marshal(lists)
	if err != nil {
		return err
	}
	put := storage.Document{ID: document, Incarnation: doc.Incarnation, Version: doc.Version + 1, Content: content}
	_, err = a.store.Commit(ctx, storage.Change{In: storage.Settings, ID: document, Put: &put, If: doc.Rev})
	return err
}
