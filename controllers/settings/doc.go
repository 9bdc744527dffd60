// Package settings is the controller settings. Administrators change settings while the server
// runs, and every server of a cluster applies them within a second.
//
// Settings bound the rights of others, so only callers who may do everything can use this
// controller. Names, defaults, bounds and values are those of the server's package settings. Some
// values of the configuration are shown too, so that administrators see everything that is in
// force.
package settings
