// Package throttle slows down those who ask too often.
//
// [Rate] counts requests per caller and second, for the rateLimit of profiles.
// [Logins] makes failed logins wait: in come an account's normalised name, a
// client address and perhaps a device, out comes leave to check a password or a
// 429 that says when to try again. Nothing here knows what an account is, whether
// it exists, or how a password is checked.
//
// [Windows] count uses by key in sliding windows, for those who call with service keys.
//
// A process counts alone, in memory, and a restart forgets; with a [Ledger] all
// nodes count together. Then an attempt is admitted by what the ledger says, a
// failure raises its counts by compare-and-set, and an outcome is told only if
// the attempt would still be admitted after what others failed meanwhile: nodes
// that admit attempts at the same time learn no more of a password than one
// would. A clock that goes back, here or at another node, makes nobody wait
// longer than the delay that the failures stand for. Known and unknown names are
// read and written alike. Without its ledger nobody logs in.
package throttle
