// Package duration reads durations as people write them: "90s", "1h30m", "1d", "2 weeks".
// The configuration, roles and profiles, tokens and flags use it, so that they know the same
// units.
package duration
