// Package duration reads lengths of time as people write them: "90s", "1h30m", "1d",
// "2 weeks". The configuration, roles and profiles, tokens and flags use it, so that a
// unit that one of them knows is known to all.
package duration
