// Package throttle slows down callers with too many requests.
//
// [Rate] counts requests per caller and second, for the rateLimit of profiles. [Logins] makes
// failed logins wait: for an account's normalised name, a client address and perhaps a device, it
// admits the check of a password, or refuses it with a 429 and the time to try again. The package
// does not know what an account is, whether it exists, or how a password is checked.
//
// [Windows] count uses by key in sliding windows, for service keys.
//
// A process counts alone, in memory, and forgets at a restart; with a [Ledger] all nodes count
// together. Then the ledger decides whether an attempt is admitted, and a failure raises its counts
// by compare-and-set. An outcome is answered only if the attempt would still be admitted after the
// failures of others meanwhile, so nodes that admit attempts concurrently reveal no more about a
// password than one node would. If a clock goes back, here or on another node, nobody waits longer
// than the delay for the failures. Known and unknown names are read and written in the same way.
// Without its ledger nobody can log in.
package throttle
