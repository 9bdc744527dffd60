//go:build !linux

package argon2

// mapped is nil: everywhere else the Go heap is good enough.
func mapped(int64) *Memory { return nil }
