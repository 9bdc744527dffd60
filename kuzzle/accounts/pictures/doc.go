// Package pictures gives users a picture each. The picture is a blob, and the user
// keeps the reference to it, so that a user has one picture at most, and two users
// with the same one share what is stored. Logos of organizations are kept alike.
//
// A picture's type is that of its first bytes, whatever its sender says. Only types
// that browsers show and never run are taken.
package pictures
