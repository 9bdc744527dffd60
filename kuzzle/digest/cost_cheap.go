//go:build cheaphash

package digest

// Cost of new digests in test runs under the race detector, which do not test argon2id
// itself.
const (
	DefaultArgon2Memory uint32 = 64 // KiB
	DefaultArgon2Passes uint32 = 1
	DefaultArgon2Lanes  uint8  = 1
)
