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
	// document is the id of the settings document with the lists.
	document = "sign-up-lists"
	// MaxListed is the largest number of entries in a list.
	MaxListed = 1000
	// tries is how often a change is tried after conflicts.
	tries = 10
)

// List is the name of a list.
type List string

// The lists.
const (
	Allow List = "allow"
	Block List = "block"
)

// prefixes begin the ids of entries.
var prefixes = map[List]string{Allow: "alid_", Block: "blid_"}

// Entry is an identifier on a list.
type Entry struct {
	ID string `json:"id"`
	// Identifier is an address of a contact's kind, or a pattern for a domain of e-mail addresses.
	Identifier string `json:"identifier"`
	Kind       string `json:"kind"`
	// Invitation is the invitation that told the address, "" for none.
	Invitation string `json:"invitation,omitempty"`
	// CreatedAt is in epoch milliseconds.
	CreatedAt int64 `json:"createdAt"`
}

// Rules are the rules for sign-ups.
type Rules struct {
	// AllowList requires at least one address, and all addresses on the allow list.
	AllowList bool
	// BlockList refuses addresses on the block list.
	BlockList bool
	// NoSubaddresses refuses e-mail addresses that are one of several for a mailbox, such as
	// jane+news@example.com. NoDisposable refuses those of short-lived mailboxes, if the domain is
	// known as such.
	NoSubaddresses, NoDisposable bool
}

// Admission has the lists of an instance. It is safe for concurrent use.
type Admission struct {
	store storage.Store
	now   func() time.Time
	rules atomic.Pointer[Rules]
}

// New returns the admission of an instance, without rules.
func New(store storage.Store, now func() time.Time) *Admission {
	a := &Admission{store: store, now: now}
	a.Obey(Rules{})
	return a
}

// Obey sets the rules.
func (a *Admission) Obey(r Rules) { a.rules.Store(&r) }

// Rules returns the rules in force.
func (a *Admission) Rules() Rules { return *a.rules.Load() }

// Check refuses a sign-up with names that the rules forbid. While there is any rule, a name with an
// @ must be an e-mail address in the spelling of contacts: a spelling that only a mail server
// understands must not bypass the rules.
//
// Fault: ErrRefused.
func (a *Admission) Check(ctx context.Context, names []string) error {
	found, err := a.judge(ctx, names)
	if err == nil && !found && a.Rules().AllowList {
		err = ErrRefused.New()
	}
	return err
}

// CheckMore is Check for names that a user adds; none of them needs to be an address.
func (a *Admission) CheckMore(ctx context.Context, names []string) error {
	_, err := a.judge(ctx, names)
	return err
}

// judge refuses forbidden names, and reports whether any name is an address.
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

// Listed returns the entries of a list, the newest first.
func (a *Admission) Listed(ctx context.Context, list List) ([]Entry, error) {
	_, lists, err := a.read(ctx)
	slices.Reverse(lists[list])
	return lists[list], err
}

// Add adds an identifier to a list.
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

// Invited records the invitation that told an address, if the entry still exists.
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

// Remove removes an identifier from a list.
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

// read returns the document, the zero value before the first change, and the lists, the oldest
// entry first.
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

// change writes the lists after edit.
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
