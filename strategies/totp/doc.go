// Package totp is the strategy totp: a second factor by codes of six digits that
// an authenticator app makes of a shared secret and the time (RFC 6238 with SHA-1
// and steps of 30 seconds).
//
// A code counts in its step, the one before and the one after, and each step
// once. A user enrols with totp:enrol, which answers a secret, and proves that an
// app has it by creating credentials with the first code. Secrets are encrypted
// under the instance's master key.
package totp
