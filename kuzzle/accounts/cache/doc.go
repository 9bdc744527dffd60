// Package cache keeps documents of a collection until this process or another one writes them.
//
// Only [Cache.Get] and the functions that make a cache depend on the type of the values. The
// compiler makes the methods of a generic type again in each package that reaches it, and most
// packages reach the accounts.
package cache
