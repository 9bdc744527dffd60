// Package fault is the one error type that may cross a wire.
//
// A package declares each of its errors once, as a package-level [Kind] with
// the id that clients match on, its numeric code, its HTTP status and the text;
// at the place of failure it makes an [Error] of it with the values that belong
// in the text. Anything else that reaches the dispatcher is our bug and is
// answered as one opaque 500.
//
// This package is a leaf: it imports the standard library and nothing of ours.
package fault
