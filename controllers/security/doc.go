// Package security is the controller security: users, roles, profiles,
// credentials and API keys, for those whose roles allow it.
//
// Each action is declared in one place: names, routes, arguments in the order in
// which they are checked, and the call into the domain. The rules are those of
// accounts and rights; this package decodes, calls and encodes.
package security
