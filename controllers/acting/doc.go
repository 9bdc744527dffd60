// Package acting says what is refused in sessions of actor tokens, in which somebody acts in
// a user's place. What is done there ends with the session. What the user may do to the own
// account the domain judges. What the user manages, other users, rights, keys and the
// server, can be read and not changed: anything that is made there, such as a new
// administrator, would be a way back in.
package acting
