// Package frontend implements the dialect of Clerk's Frontend API, by which pages in browsers sign
// people in and up, and keep them signed in.
//
// It knows the transport: which requests are the dialect's, forms, the verb in _method, which
// browser asks ([Visit]), origins, cookies, and the envelope of answers with the browser's whole
// state ([Answer]). The packages below it declare the actions, one family each; package view makes
// the shapes of answers. None of them has domain logic: browsers, their sign-ins and sign-ups are in
// package accounts, which all dialects share.
//
//	environment    what the instance is and has: GET /v1/environment
//	clients        the browser, its sessions, their tokens, the handshake: /v1/client, /v1/dev_browser
//	signin         signing in: /v1/client/sign_ins
//	signup         signing up: /v1/client/sign_ups
//	verify         links in mails: /v1/verify, /v1/tickets/accept
//	profile        the user's own: /v1/me
//	organizations  organizations of the user: /v1/organizations, /v1/me/organization_…
//
// The paths are below /v1, beside those of the Backend API: a request belongs to this dialect by its
// first segment and, where both have one, by the absence of the header Authorization. They are also
// below the path of the Frontend API in publishable keys, if it has one.
//
// A browser is known by the cookie __client. Browsers of a development instance, whose pages are on
// another site, are known by a token in addresses instead.
package frontend
