package throttle

// Share is one node's place among those that share a limit. The zero value is a
// node that is alone.
type Share struct{ Rank, Of int }

// part is what the node may allow of a limit in a window. The parts of all nodes
// are the whole; what cannot be divided goes round from window to window.
func (s Share) part(limit int, window int64) int {
	if s.Of <= 1 {
		return limit
	}
	part := limit / s.Of
	if turn := (int64(s.Rank) + window) % int64(s.Of); turn < int64(limit%s.Of) {
		part++
	}
	return part
}
