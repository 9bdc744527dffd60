package query

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// reader reads single values of decoded JSON. It knows their position in the
// request and counts them against the limits. It knows no field and no clause.
type reader struct {
	limits Limits
	// at is the reader's position in the request, for messages.
	at []string
	// These are compared with the limits.
	depth, clauses, values, patterns int
}

// enter goes one clause deeper; the returned function goes back.
func (p *reader) enter(name string) (leave func(), err error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	back := p.step(name)
	return func() { p.depth--; back() }, nil
}

func (p *reader) deeper() error {
	if p.depth >= p.limits.Depth {
		return ErrTooComplex.New("clauses inside clauses", p.limits.Depth)
	}
	p.depth++
	return nil
}

// step goes to a part of the present clause; the returned function goes back.
func (p *reader) step(name string) (back func()) {
	p.at = append(p.at, clip(name))
	return func() { p.at = p.at[:len(p.at)-1] }
}

// where returns the path of the present position.
func (p *reader) where() string {
	if len(p.at) == 0 {
		return "query"
	}
	return strings.ReplaceAll(strings.Join(p.at, "."), ".[", "[")
}

// bad returns the fault for a value with the wrong shape; it names the position.
func (p *reader) bad(format string, args ...any) error {
	return ErrBadRequest.New(p.where() + " " + fmt.Sprintf(format, args...))
}

// unsupported returns the fault for a feature of Elasticsearch that this
// language does not have; it names the position.
func (p *reader) unsupported() error { return ErrUnsupported.New(p.where()) }

// count adds conditions and fails above the limit.
func (p *reader) count(n int) error {
	if p.clauses += n; p.clauses > p.limits.Clauses {
		return ErrTooComplex.New("clauses", p.limits.Clauses)
	}
	return nil
}

func keys(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }

// maxShown is the maximum length of a client's text in a message, in bytes.
const maxShown = 100

func clip(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + "…"
}
