package search

import (
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

// The faults of searches that are too large or too long.
var (
	ErrTooMany = fault.Declare(16842755, "services.storage.get_limit_exceeded", 413,
		"The page has too many documents. Ask for a smaller size.")
	// ErrScrollTooLong has the requested duration.
	ErrScrollTooLong = fault.Declare(16842796, "services.storage.scroll_duration_too_great", 400,
		"A scroll cannot stay open for %q. Ask for a shorter time.")
)

// Limits bound searches. Zero values are the defaults.
type Limits struct {
	// MaxPage is the largest page (limits.documentsFetchCount). The sum of from and size is also
	// bounded, by the window of package query.
	MaxPage int
	// MaxScroll is the longest time that a scroll may stay open between pages; Scroll is the
	// default.
	MaxScroll, Scroll time.Duration
}

// The defaults of Limits.
const (
	DefaultMaxPage   = 10_000
	DefaultMaxScroll = time.Minute
	DefaultScroll    = 15 * time.Second
)

// OrDefaults fills in the defaults.
func (l Limits) OrDefaults() Limits {
	if l.MaxPage == 0 {
		l.MaxPage = DefaultMaxPage
	}
	if l.MaxScroll == 0 {
		l.MaxScroll = DefaultMaxScroll
	}
	if l.Scroll == 0 {
		l.Scroll = DefaultScroll
	}
	return l
}

// Check refuses more documents than a page may have.
func (l Limits) Check(documents int) error {
	if documents > l.MaxPage {
		return ErrTooMany.New()
	}
	return nil
}

// Window is the part of all hits that a page has.
type Window struct{ From, Size api.MaybeInt }

// resolve fills in what the arguments leave out: from the body's own from and size, which q holds,
// else from fallback, reduced so that the page fits into the window of limits.
func (w Window) resolve(q query.Search, body map[string]any, fallback int, limits query.Limits) (query.Search, error) {
	from, size := w.From.Int, w.Size.Int
	if !w.From.Given {
		from = q.From
	}
	switch {
	case w.Size.Given:
	case body["size"] != nil:
		size = q.Size
	default:
		size = max(0, min(fallback, limits.Window-from))
	}
	return q.Window(from, size, limits)
}
