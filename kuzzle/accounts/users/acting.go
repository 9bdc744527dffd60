package users

import (
	"reflect"
	"slices"
)

// MayChangeLogin refuses an actor who acts in the place of a user, and would change how
// that user or another logs in, or take a way in along: what is done in the session ends
// with it. Everything that hands out or changes credentials, contacts, API keys and the
// like asks it.
func (by Actor) MayChangeLogin() error {
	if by.Act == "" {
		return nil
	}
	return ErrActing.New()
}

// Sub is who acts in a user's place, of the claim act of a session; "" for nobody.
func Sub(act map[string]any) string {
	sub, _ := act["sub"].(string)
	return sub
}

// logsInAs reports whether a user logs in by the same as another state of theirs.
func (u *User) logsInAs(other *User) bool {
	return u.Detailed().Username == other.Detailed().Username && slices.EqualFunc(u.Records, other.Records, equal) &&
		slices.EqualFunc(u.Contacts, other.Contacts, equal)
}

func equal[T any](a, b T) bool { return reflect.DeepEqual(a, b) }
