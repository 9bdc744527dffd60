// Package cache keeps documents of a collection until this process or another one writes them.
//
// [Cache] is not generic. The compiler makes the methods of a generic type again in each package
// that reaches it, and most packages reach the accounts. For the same reason the entries are an
// interface.
package cache
