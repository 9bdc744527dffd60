// Package auth is the controller auth: logging in and out, tokens, and what
// callers do with their own account, credentials and API keys.
//
// Credentials and tokens pass through to accounts, which alone makes sessions.
// This package adds the cookie that browsers keep them in.
package auth
