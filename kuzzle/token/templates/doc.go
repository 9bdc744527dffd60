// Package templates keeps templates of tokens, by which an application has claims of its
// own in tokens for other services, and fills and signs them.
//
// A template is JSON whose texts may have shortcodes, such as {{user.id}}. The values
// that these stand for are the caller's: this package knows no user. A token of a
// template says who it is about and until when it counts, and belongs to no session:
// claims that only a session's token has are refused.
//
// The templates are one document of the settings. Signing keys that an application
// brings are sealed in it, and shown to nobody.
package templates
