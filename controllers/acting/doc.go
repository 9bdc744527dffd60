// Package acting decides what sessions of actor tokens may not do, in which somebody acts in a
// user's place. The actor's power must end with the session. The domain decides about changes of
// the user's own account. For other users, rights, keys and the server, such a session may read and
// not write: a change, such as a new administrator, would be a way back in.
package acting
