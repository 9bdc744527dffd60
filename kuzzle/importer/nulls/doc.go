// Package nulls knows which fields of a user a source removes by null, and finds them in an
// object of the source.
package nulls
