// Package security is the controller security: users, roles, profiles, credentials and API keys,
// for callers whose roles allow it.
//
// One declaration per action has its names, routes, arguments in the order of their checks, and the
// call into the domain. The rules are those of accounts and rights; this package decodes, calls and
// encodes.
package security
