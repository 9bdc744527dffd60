package mapping

import (
	"encoding/hex"
	"net/netip"
)

// typeIP is the type of Internet addresses. One is kept as the 32 hexadecimal digits of
// its IPv6 form, by which addresses are ordered.
const typeIP = "ip"

func toAddress(s string) (any, error) {
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return nil, errKind
	}
	return digitsOf(addr), nil
}

func digitsOf(addr netip.Addr) string {
	bytes := addr.As16()
	return hex.EncodeToString(bytes[:])
}

// isAddress reports whether a text is an address as it is kept.
func isAddress(s string) bool {
	decoded, err := hex.DecodeString(s)
	return err == nil && len(decoded) == 16
}

// Shown is a value of the field as clients write it.
func (f *Field) Shown(value any) any {
	text, is := value.(string)
	if !is || f.Type != typeIP || !isAddress(text) {
		return value
	}
	var bytes [16]byte
	_, _ = hex.Decode(bytes[:], []byte(text)) // it was looked at
	return netip.AddrFrom16(bytes).Unmap().String()
}

// network reads a block of addresses, such as 10.0.0.0/8.
func network(s string) (Span, bool) {
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return Span{}, false
	}
	low, bits := prefix.Masked().Addr().As16(), prefix.Bits()
	if prefix.Addr().Is4() {
		bits += 96
	}
	high := low
	for i := bits; i < 128; i++ {
		high[i/8] |= 0x80 >> (i % 8)
	}
	return Span{Low: hex.EncodeToString(low[:]), High: hex.EncodeToString(high[:])}, true
}
