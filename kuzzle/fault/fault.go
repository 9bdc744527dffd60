package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kind is a declared error: the common part of all its occurrences. It is itself an error, so that
// errors.Is(err, users.ErrUserNotFound) works.
type Kind struct {
	id     string
	code   int32
	status int
	text   string
}

// PluginCodes is the first code for errors of plugin authors; all codes below it are Kuzzle's or
// this program's own.
const PluginCodes = 0x60000000

var catalogue struct {
	sync.Mutex
	kinds map[string]*Kind
	codes map[int32]string
}

// Declare adds an error to the catalogue. Call it only for package-level variables. It panics if
// the id or the code is already declared, since that is a mistake in the program.
//
// The id has the form domain.subdomain.name. The code is the one that Kuzzle computes from it:
// domain<<24 | subdomain<<16 | error, read as a signed 32-bit number. Ids that Kuzzle does not have
// use the domains from 0x40 on, those of plugins the domains from 0x60 on ([PluginCodes]). The text
// is a fmt format for the error's props in order; it may leave out the last ones.
func Declare(code int32, id string, status int, text string) *Kind {
	catalogue.Lock()
	defer catalogue.Unlock()
	if catalogue.kinds == nil {
		catalogue.kinds, catalogue.codes = map[string]*Kind{}, map[int32]string{}
	}
	if catalogue.kinds[id] != nil {
		panic(fmt.Sprintf("fault: the id %s is declared twice, with the codes %#x and %#x", id, catalogue.kinds[id].code, code))
	}
	if other, taken := catalogue.codes[code]; taken {
		panic(fmt.Sprintf("fault: %s and %s share the code %#x", id, other, code))
	}
	kind := &Kind{id: id, code: code, status: status, text: text}
	catalogue.kinds[id], catalogue.codes[code] = kind, id
	return kind
}

// Catalogue returns every declared error, ordered by id.
func Catalogue() []*Kind {
	catalogue.Lock()
	defer catalogue.Unlock()
	kinds := make([]*Kind, 0, len(catalogue.kinds))
	for _, kind := range catalogue.kinds {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b *Kind) int { return strings.Compare(a.id, b.id) })
	return kinds
}

// ID returns the id that clients compare, such as security.user.not_found.
func (k *Kind) ID() string { return k.id }

// Code returns the error's number in Kuzzle's protocol.
func (k *Kind) Code() int32 { return k.code }

// Status returns the HTTP status of the answer.
func (k *Kind) Status() int { return k.status }

func (k *Kind) Error() string { return k.id }

// New returns an occurrence. The props are the values for the text's placeholders. They are sent to
// the client, so none may be a secret.
func (k *Kind) New(props ...any) *Error {
	return &Error{Kind: k, Props: props}
}

// Error is one occurrence of a declared error.
type Error struct {
	*Kind
	// Props are the values in the text: strings or lists of strings.
	Props []any
	// Hint, if set, replaces the declared text; it names field and remedy.
	Hint string
	// Inside, if set, is the text for callers who may read the users that it names. It is never
	// sent or logged unless Reveal was called.
	Inside string
	// Errors are the parts of a partial failure (status 206), in any order.
	Errors []*Error
	// Item is the id of the document of a part of a partial failure. It is for listeners, and not
	// sent to the client.
	Item string
	// RetryAfter is when to try again; zero is unknown.
	RetryAfter time.Duration
	// Cause is logged and never sent to the client.
	Cause error
}

// Message returns the text for people.
func (e *Error) Message() string {
	if e.Hint != "" {
		return e.Hint
	}
	places := strings.Count(strings.ReplaceAll(e.text, "%%", ""), "%")
	if places == 0 {
		return strings.ReplaceAll(e.text, "%%", "%")
	}
	props := e.Props
	for len(props) < places {
		props = append(slices.Clip(props), "?")
	}
	return fmt.Sprintf(e.text, props[:places]...)
}

// Error returns the text for logs: id, text and cause.
func (e *Error) Error() string {
	text := e.id + ": " + e.Message()
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns the declared kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// Because records the cause and returns e.
func (e *Error) Because(cause error) *Error {
	e.Cause = cause
	return e
}

// Saying replaces the declared text by a more specific one, and returns e.
func (e *Error) Saying(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// Reveals reports whether Reveal changes the text of the error or of one of its parts.
func (e *Error) Reveals() bool {
	return e.Inside != "" || slices.ContainsFunc(e.Errors, (*Error).Reveals)
}

// Reveal makes Inside the text of the error and of its parts. Call it for callers who may read all
// users.
func (e *Error) Reveal() {
	if e.Inside != "" {
		e.Hint = e.Inside
	}
	for _, part := range e.Errors {
		part.Reveal()
	}
}

// RetryIn sets RetryAfter and returns e.
func (e *Error) RetryIn(wait time.Duration) *Error {
	e.RetryAfter = wait
	return e
}

// From finds the fault in err's chain, if there is one.
func From(err error) (*Error, bool) {
	var e *Error
	if errors.As(err, &e) {
		return e, true
	}
	var kind *Kind
	if errors.As(err, &kind) {
		return kind.New(), true
	}
	return nil, false
}
