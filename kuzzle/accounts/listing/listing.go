package listing

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// How many users a page has where nobody says, and at most.
const (
	DefaultSize = 25
	MaxSize     = 500
)

// enough is how many users are counted where that takes no time.
const enough = 10_000

// Wanted says which users are listed: those that fulfil all that is set.
type Wanted struct {
	Filter
	// Order is one of [Orders], "" for [ByCreation]; Descending turns it around.
	Order      string
	Descending bool
	// Size is from 1 to MaxSize. After is a page's Next, "" for the first page.
	Size  int
	After string
}

// Page is a part of a list.
type Page struct {
	Users []*users.User
	// Total is how many users the list has; of a page behind the first, and with More,
	// how many are known of.
	Total int64
	More  bool
	// Next is where the next page begins, "" behind the last.
	Next string
}

// Listing lists users. It is safe for concurrent use.
type Listing struct {
	users    *users.Users
	registry *registry.Registry
}

// New makes a Listing.
func New(us *users.Users, reg *registry.Registry) *Listing { return &Listing{us, reg} }

// List answers a page. Faults are those of arguments, which are named as clients send
// them, and those of searches.
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
		// The users are larger than their hits: the others are of the next page.
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
