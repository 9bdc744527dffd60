package codes

import "time"

// Proof is a right code or an opened link for an address, of an attempt that cannot go on: somebody signs
// up who has an account, or signs in who has none. Another attempt of the same browser may take it over.
type Proof struct {
	// Way is the name of the proof, Kind the kind of the address To.
	Way  string `json:"way"`
	Kind string `json:"kind"`
	To   string `json:"to"`
	// At is in epoch milliseconds.
	At int64 `json:"at"`
}

// Holds reports whether a proof still counts; it does for as long as a code.
func (p *Proof) Holds(now time.Time) bool {
	return p != nil && now.Before(time.UnixMilli(p.At).Add(For))
}
