package users

import (
	"reflect"
	"slices"
)

// MayChangeLogin refuses an actor in a user's place who would change how that user or another one
// logs in, or would keep an access: the actor's power must end with the session. Everything that
// issues or changes credentials, contacts, API keys and the like calls it.
func (by Actor) MayChangeLogin() error {
	if by.Act == "" {
		return nil
	}
	return ErrActing.New()
}

// Sub returns the actor in the claim act of a session, "" for none.
func Sub(act map[string]any) string {
	sub, _ := act["sub"].(string)
	return sub
}

// logsInAs reports whether two states of a user have the same user name, credentials and contacts.
func (u *User) logsInAs(other *User) bool {
	return u.Detailed().Username == other.Detailed().Username && slices.EqualFunc(u.Records, other.Records, equal) &&
		slices.EqualFunc(u.Contacts, other.Contacts, equal)
}

func equal[T any](a, b T) bool { return reflect.DeepEqual(a, b) }
