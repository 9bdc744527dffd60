// Package settings is the controller settings: what administrators may set while
// the server runs, in force on every server of a cluster within a second.
//
// Whoever sets something has to be allowed everything: settings bound what others
// may do. Names, defaults, bounds and values are package settings' of the server. Some of
// what is set before the start is shown beside, so that administrators see all that is in
// force.
package settings
