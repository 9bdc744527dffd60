package sqlite

import "time"

// SetReached has f called before each step of an upgrade.
func SetReached(f func(step string)) (undo func()) {
	had := reached
	reached = f
	return func() { reached = had }
}

// ForgetHealth has the next Health make a self-test of its own.
func ForgetHealth(s *Store) { s.health.at = time.Time{} }

// MakeTables makes what is kept for each collection anew.
func MakeTables() { tables = makeTables() }
