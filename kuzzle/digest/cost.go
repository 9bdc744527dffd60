//go:build !cheaphash

package digest

// Cost of new digests: about 25 ms of one core of 2024 in the usual libraries, a third of
// that or less in package argon2. The parameters are OWASP's second choice, which is as
// strong as 46 MiB in one pass.
const (
	DefaultArgon2Memory uint32 = 19 << 10 // KiB
	DefaultArgon2Passes uint32 = 2
	DefaultArgon2Lanes  uint8  = 1
)
