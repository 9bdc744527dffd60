//go:build cheaphash

package digest

// What new digests cost in test runs under the race detector, where argon2id
// itself is not what is tested.
const (
	DefaultArgon2Memory uint32 = 64 // KiB
	DefaultArgon2Passes uint32 = 1
	DefaultArgon2Lanes  uint8  = 1
)
