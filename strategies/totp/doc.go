// Package totp is the strategy totp: a second factor by six-digit codes that an authenticator app
// computes from a shared secret and the time (RFC 6238 with SHA-1 and steps of 30 seconds).
//
// A code is accepted in its step, the one before and the one after, and each step once. To enrol, a
// user calls totp:enrol, which returns a secret, and creates credentials with the app's first code,
// which proves that the app has the secret. Secrets are encrypted under the instance's master key.
package totp
