//go:build !cheaphash

package digest

// What new digests cost: about 25 ms of one core of 2024 in the usual libraries,
// a third of that or less in package argon2. OWASP's second choice of
// parameters, which has the same strength as 46 MiB in one pass.
const (
	DefaultArgon2Memory uint32 = 19 << 10 // KiB
	DefaultArgon2Passes uint32 = 2
	DefaultArgon2Lanes  uint8  = 1
)
