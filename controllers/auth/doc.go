// Package auth is the controller auth: logging in and out, tokens, and callers' own accounts,
// credentials and API keys.
//
// It passes credentials and tokens to package accounts, which alone creates sessions. It adds the
// session cookie for browsers.
package auth
