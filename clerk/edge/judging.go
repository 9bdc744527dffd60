package edge

import (
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Judging gathers what is wrong with a request, since clients are told all of it.
type Judging struct{ wrong []*fault.Error }

// Refuse notes an error about parameters; see [Refusal].
func (j *Judging) Refuse(kind *fault.Kind, params ...string) {
	j.wrong = append(j.wrong, Refusal(kind, params...))
}

// RefuseFirst notes an error before those that were noted.
func (j *Judging) RefuseFirst(failure *fault.Error) {
	j.wrong = append([]*fault.Error{failure}, j.wrong...)
}

// Right reports whether nothing was found wrong so far.
func (j *Judging) Right() bool { return len(j.wrong) == 0 }

// Err is all that is wrong, nil for nothing. The first decides the status.
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

// The page of a list, as Clerk bounds it.
const (
	defaultLimit = 10
	maxLimit     = 500
)

// Limit is how many a page has, and whether that may be asked for.
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

// Window is how far into a list a page reaches that a search finds.
const Window = 10_000

// Page is how many a page has that lies within the window, and how many lie before it.
func (j *Judging) Page(limit, offset Number) (size, from int) {
	size, _ = j.Limit(limit)
	return size, int(j.Offset(offset, Window-int64(size)))
}

// Offset is how many entries lie before a page, 0 where nobody says, most at most.
func (j *Judging) Offset(given Number, most int64) int64 { return j.Within("offset", given, 0, most) }

// PageOf is a page of a list that is at hand whole. offset is not negative.
func PageOf[T any](all []T, limit int, offset int64) []T {
	from := int(min(offset, int64(len(all))))
	return all[from:min(from+limit, len(all))]
}

// Needed is a text that has to be given, and not be blank.
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

// Within is a number that may be given, 0 where it is not, and lies from least to most.
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

// Known are the values of a filter, each of which has to be one of those that are known.
func (j *Judging) Known(param string, given Texts, known []string) []string {
	if slices.ContainsFunc(given.Values, func(value string) bool { return !slices.Contains(known, value) }) {
		j.Refuse(ValueInvalid, param)
	}
	return given.Values
}

// Order is what a list is in the order of: the first name of order_by, one of those that
// the list knows, and whether it descends. given has a value.
func Order[F any](j *Judging, given Texts, known map[string]F) (by F, name string, desc bool) {
	text := Unplussed(given.Values[0])
	name = strings.TrimLeft(text, "+-")
	by, ok := known[name]
	if !ok || len(text)-len(name) > 1 {
		j.Refuse(ValueInvalid, "order_by")
	}
	return by, name, strings.HasPrefix(text, "-")
}

// Unplussed is a value whose leading plus a client sent as it is, which arrives as a
// space.
func Unplussed(value string) string {
	if rest, ok := strings.CutPrefix(value, " "); ok {
		return "+" + rest
	}
	return value
}

// maxValues is how many values a filter has at most.
const maxValues = 100

// Values are those of a filter, none where they are too many.
func (j *Judging) Values(param string, given Texts) []string {
	if len(given.Values) > maxValues {
		j.Refuse(ArraySizeExceeded, param)
		return nil
	}
	return given.Values
}

// Chosen are the values of a filter to choose among, with or without a plus before them,
// and those with a minus, to leave out.
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

// Metadata is the argument of a kind of metadata.
type Metadata struct {
	Kind  string
	Given Object
}

// Param is the argument's name.
func (m Metadata) Param() string { return m.Kind + "_metadata" }

// Metadata are changes of metadata by kind, those that have a value. Each is bounded.
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

// MetadataApart refuses metadata in a request that takes none in its version.
func (j *Judging) MetadataApart(given []Metadata) {
	for _, one := range given {
		if one.Given.Given {
			j.Refuse(Deprecated, one.Param())
		}
	}
}
