package sqlite

// SetReached has f called before each step of an upgrade.
func SetReached(f func(step string)) (undo func()) {
	had := reached
	reached = f
	return func() { reached = had }
}

// MakeTables makes what is kept for each collection anew.
func MakeTables() { tables = makeTables() }
