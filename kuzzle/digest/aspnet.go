package digest

import (
	"encoding/binary"
)

// ASP.NET Identity's digests are base64 of a version byte and its fields.
const (
	aspnetSalt2, aspnetSum2 = 16, 32
	aspnetIterations2       = 1000
	aspnetHeader3           = 13 // version, PRF, iterations, salt length
	minAspnetSalt           = 8
)

var aspnetPRF = []algorithm{sha1Hash, sha256Hash, sha512Hash}

func readASPNet(format, text string) (*stored, error) {
	raw, err := unbase64(format, "it", text, std64, 1+aspnetSalt2+aspnetSum2, MaxText)
	if err != nil {
		return nil, err
	}
	switch raw[0] {
	case 0:
		if err := sized(format, "it", len(raw), 1+aspnetSalt2+aspnetSum2, 1+aspnetSalt2+aspnetSum2); err != nil {
			return nil, err
		}
		return aspnetDigest(raw, sha1Hash, aspnetIterations2, 1, aspnetSalt2), nil
	case 1:
		prf, iterations, salt := binary.BigEndian.Uint32(raw[1:]), binary.BigEndian.Uint32(raw[5:]), binary.BigEndian.Uint32(raw[9:])
		switch left := len(raw) - aspnetHeader3; {
		case prf >= uint32(len(aspnetPRF)):
			return nil, malformed(format, "its hash function is not supported")
		case iterations == 0:
			return nil, malformed(format, "it has no iterations")
		case salt < minAspnetSalt || salt > uint32(left) || left-int(salt) < minSum || left-int(salt) > maxSum:
			return nil, malformed(format, "the salt has %d of %d bytes, at least %d and room for a hash are needed", salt, left, minAspnetSalt)
		}
		return aspnetDigest(raw, aspnetPRF[prf], int64(iterations), aspnetHeader3, int(salt)), nil
	}
	return nil, malformed(format, "its version is %d, 0 and 1 are supported", raw[0])
}

func aspnetDigest(raw []byte, prf algorithm, iterations int64, header, salt int) *stored {
	head, sum := raw[:header+salt], raw[header+salt:]
	return pbkdf2Digest(prf, iterations, head[header:], sum, func() string {
		return std64.EncodeToString(append(append([]byte{}, head...), make([]byte, len(sum))...))
	})
}

// claimASPNet checks the version and the length; version 3 has three zeros before its PRF.
func claimASPNet(text string) Claim {
	const text2 = (1 + aspnetSalt2 + aspnetSum2 + 2) / 3 * 4
	switch {
	case len(text) == text2 && text[0] == 'A' && only(text[:text2-2], upperLower+"0123456789+/") && text[1] < 'Q':
		if _, err := readASPNet("", text); err == nil {
			return ByShape
		}
	case prefixed("AQAAAA")(text) != None:
		return ByPrefix
	}
	return None
}
