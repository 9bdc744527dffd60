//go:build !amd64 || purego

package argon2

// elsewhere reports that our code is to be used.
func (Params) elsewhere([]byte, uint32) (tag []byte, ok bool) { return nil, false }

func compress(out, x, y *block, over bool) { compressGo(out, x, y, over) }
