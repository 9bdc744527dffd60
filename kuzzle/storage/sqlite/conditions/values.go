package conditions

// afterPrefix returns the smallest string after all that begin with the prefix,
// or nil if there is none.
func afterPrefix(prefix string) any {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff {
			return prefix[:i] + string([]byte{prefix[i] + 1})
		}
	}
	return nil
}
