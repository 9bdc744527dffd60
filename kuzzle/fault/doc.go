// Package fault has the one type of error for clients.
//
// A package declares each of its errors once, as a package-level [Kind] with the id that clients
// compare, its numeric code, its HTTP status and the text. At the place of failure it makes an
// [Error] of the kind, with the values for the text. Any other error that reaches the dispatcher is
// a bug, and is answered as an opaque 500.
//
// This package imports only the standard library.
package fault
