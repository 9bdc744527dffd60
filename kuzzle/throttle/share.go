package throttle

// Share is a node's number among the nodes that share a limit. The zero value is a single node.
type Share struct{ Rank, Of int }

// part returns this node's part of a limit in a window. The parts of all nodes add up to the limit;
// the remainder of the division rotates from window to window.
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
