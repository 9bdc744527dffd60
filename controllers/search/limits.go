package search

import (
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

// What is wrong with the extent of a search.
var (
	ErrTooMany = fault.Declare(16842755, "services.storage.get_limit_exceeded", 413,
		"Too many documents at once. Ask for a smaller size.")
	// ErrScrollTooLong: the duration asked for.
	ErrScrollTooLong = fault.Declare(16842796, "services.storage.scroll_duration_too_great", 400,
		"A scroll cannot be kept for %q. Ask for a shorter time.")
)

// Limits bound what searches may ask for. Zero values are the defaults.
type Limits struct {
	// MaxPage is the most hits of a page (limits.documentsFetchCount); from and
	// size may not add up to more than the window that query sets.
	MaxPage int
	// MaxScroll is the longest that a scroll may be kept between pages, and
	// Scroll how long it is when a client does not say.
	MaxScroll, Scroll time.Duration
}

// The defaults of Limits.
const (
	DefaultMaxPage   = 10_000
	DefaultMaxScroll = time.Minute
	DefaultScroll    = 15 * time.Second
)

// OrDefaults fills in what is not set.
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

// Window is the part of all hits that a page shows.
type Window struct{ From, Size api.MaybeInt }

// resolve replaces what was not said: by the body's own from and size, which q
// holds, else by fallback, cut down so that the page fits the window of limits.
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
