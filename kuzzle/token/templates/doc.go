// Package templates stores, fills and signs templates of tokens, by which an application
// puts its own claims into tokens for other services.
//
// A template is JSON whose texts may have shortcodes, such as {{user.id}}. The caller
// supplies their values: this package knows no user. A token from a template has a
// subject and an expiry, and belongs to no session; claims that only a session's token
// has are refused.
//
// The templates are one document of the settings. It contains signing keys of the
// application in encrypted form; no answer shows them.
package templates
