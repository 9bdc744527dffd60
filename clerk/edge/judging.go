package edge

import (
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Judging collects all violations of a request, because clients get all of them.
type Judging struct{ wrong []*fault.Error }

// Refuse adds an error about parameters; see [Refusal].
func (j *Judging) Refuse(kind *fault.Kind, params ...string) {
	j.wrong = append(j.wrong, Refusal(kind, params...))
}

// RefuseFirst adds an error before the others.
func (j *Judging) RefuseFirst(failure *fault.Error) {
	j.wrong = append([]*fault.Error{failure}, j.wrong...)
}

// Right reports whether no violation was found so far.
func (j *Judging) Right() bool { return len(j.wrong) == 0 }

// Err returns all violations, nil for none. The first one decides the status.
func (j *Judging) Err() error {
	if j.Right() {
		return nil
	}
	whole := *j.wrong[0]
	if len(j.wrong) > 1 {
		whole.Errors = j.wrong
	}
	return &whole
}

// Bounds of a list's page, as Clerk has them.
const (
	defaultLimit = 10
	maxLimit     = 500
)

// Limit returns the size of a page, and whether the given one is allowed.
func (j *Judging) Limit(given Number) (limit int, right bool) {
	const param = "limit"
	switch {
	case !given.Is():
		return defaultLimit, true
	case given.Value < 1:
		j.Refuse(ValueInvalid, param)
	case given.Value > maxLimit:
		j.Refuse(ValueTooLarge, param)
	default:
		return int(given.Value), true
	}
	return defaultLimit, false
}

// Window is the number of hits of a search within which a page must end.
const Window = 10_000

// Page returns the size of a page, cut at the window, and the number of hits before it.
func (j *Judging) Page(limit, offset Number) (size, from int) {
	size, _ = j.Limit(limit)
	return size, int(j.Offset(offset, Window-int64(size)))
}

// Offset returns the number of entries before a page, 0 by default, at most most.
func (j *Judging) Offset(given Number, most int64) int64 { return j.Within("offset", given, 0, most) }

// PageOf returns a page of a complete list. offset is not negative.
func PageOf[T any](all []T, limit int, offset int64) []T {
	from := int(min(offset, int64(len(all))))
	return all[from:min(from+limit, len(all))]
}

// Needed returns a text that must be given and must not be blank.
func (j *Judging) Needed(param string, given Text) string {
	text := strings.TrimSpace(given.Value)
	switch {
	case !given.Given:
		j.Refuse(Missing, param)
	case text == "":
		j.Refuse(Nil, param)
	}
	return text
}

// Within returns an optional number, 0 if it is absent, which must lie between least and
// most.
func (j *Judging) Within(param string, given Number, least, most int64) int64 {
	switch {
	case !given.Is():
		return 0
	case given.Value < least:
		j.Refuse(ValueInvalid, param)
	case given.Value > most:
		j.Refuse(ValueTooLarge, param)
	}
	return given.Value
}

// Known returns the values of a filter; each must be one of the known values.
func (j *Judging) Known(param string, given Texts, known []string) []string {
	if slices.ContainsFunc(given.Values, func(value string) bool { return !slices.Contains(known, value) }) {
		j.Refuse(ValueInvalid, param)
	}
	return given.Values
}

// Order returns the field of order_by, which must be one that the list knows, its name,
// and whether the order is descending. given has a value.
func Order[F any](j *Judging, given Texts, known map[string]F) (by F, name string, desc bool) {
	text := Unplussed(given.Values[0])
	name = strings.TrimLeft(text, "+-")
	by, ok := known[name]
	if !ok || len(text)-len(name) > 1 {
		j.Refuse(ValueInvalid, "order_by")
	}
	return by, name, strings.HasPrefix(text, "-")
}

// Unplussed restores a leading plus that a client did not escape and that therefore
// arrived as a space.
func Unplussed(value string) string {
	if rest, ok := strings.CutPrefix(value, " "); ok {
		return "+" + rest
	}
	return value
}

// maxValues is the maximum number of values of a filter.
const maxValues = 100

// Values returns the values of a filter, none if they are too many.
func (j *Judging) Values(param string, given Texts) []string {
	if len(given.Values) > maxValues {
		j.Refuse(ArraySizeExceeded, param)
		return nil
	}
	return given.Values
}

// Chosen splits the values of a filter: in has those to include, with or without a plus
// before them, out those to exclude, with a minus before them.
func (j *Judging) Chosen(param string, given Texts) (in, out []string) {
	for _, value := range j.Values(param, given) {
		value = Unplussed(value)
		if rest, excluded := strings.CutPrefix(value, "-"); excluded {
			out = append(out, rest)
		} else {
			in = append(in, strings.TrimPrefix(value, "+"))
		}
	}
	return in, out
}

// Metadata is the argument for a kind of metadata.
type Metadata struct {
	Kind  string
	Given Object
}

// Param returns the argument's name.
func (m Metadata) Param() string { return m.Kind + "_metadata" }

// Metadata returns the changes of metadata that have a value, by kind. Each is bounded.
func (j *Judging) Metadata(given []Metadata) map[string]any {
	all := map[string]any{}
	for _, one := range given {
		if !one.Given.Is() {
			continue
		}
		all[one.Kind] = one.Given.Value
		if text, err := users.Encode(one.Given.Value); err != nil || len(text) > users.MaxMetadata {
			j.Refuse(SizeExceeded, one.Param())
		}
	}
	return all
}

// MetadataApart refuses metadata in requests whose API version does not allow it there.
func (j *Judging) MetadataApart(given []Metadata) {
	for _, one := range given {
		if one.Given.Given {
			j.Refuse(Deprecated, one.Param())
		}
	}
}
