package listing

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// The default and the largest size of a page.
const (
	DefaultSize = 25
	MaxSize     = 500
)

// enough is the largest exact total; counting up to it takes no time.
const enough = 10_000

// Wanted selects the users of a list: those that match all set fields.
type Wanted struct {
	Filter
	// Order is one of [Orders], "" for [ByCreation]; Descending reverses it.
	Order      string
	Descending bool
	// Size is from 1 to MaxSize. After is the Next of the page before, "" for the first page.
	Size  int
	After string
}

// Page is a part of a list.
type Page struct {
	Users []*users.User
	// Total is the number of users in the list. After the first page, and with More, it is a lower
	// bound.
	Total int64
	More  bool
	// Next is the After of the next page, "" on the last page.
	Next string
}

// Listing lists users. It is safe for concurrent use.
type Listing struct {
	users    *users.Users
	registry *registry.Registry
}

// New returns a Listing.
func New(us *users.Users, reg *registry.Registry) *Listing { return &Listing{us, reg} }

// List returns a page. Faults: those of arguments, with the clients' names for them, and those of
// searches.
func (l *Listing) List(ctx context.Context, want Wanted) (Page, error) {
	what, err := l.search(&want)
	if err != nil {
		return Page{}, err
	}
	found, _, err := l.users.Search(ctx, storage.Users, what, 0)
	if err != nil {
		return Page{}, err
	}
	page := Page{Total: found.Total, More: found.More || want.After != ""}
	hits := found.Hits
	if more := len(hits) > want.Size; more || found.Partial {
		hits = hits[:min(len(hits), want.Size)]
		page.Next = want.next(hits[len(hits)-1].Sort)
	}
	ids := make([]string, len(hits))
	for i, hit := range hits {
		ids[i] = hit.ID
	}
	some, left, err := l.users.CurrentUsers(ctx, ids)
	page.Users = some
	if len(left) > 0 {
		// The users were larger than expected: the others go to the next page.
		page.Next = want.next(hits[len(hits)-len(left)-1].Sort)
	}
	return page, err
}

func (l *Listing) search(want *Wanted) (query.Search, error) {
	where, err := l.where(want.Filter)
	if err != nil {
		return query.Search{}, err
	}
	what := query.Search{Where: where, Size: want.Size + 1, Source: query.Source{Hidden: true}, Uncounted: true, Enough: enough}
	if what.Sort, err = want.sort(); err == nil {
		what.After, err = want.after()
	}
	return what, err
}
