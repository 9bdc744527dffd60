package registry

import (
	"crypto/sha256"
	"encoding/hex"
)

// OnceKey returns the store's key for a name that can be used up once.
func OnceKey(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "once:" + hex.EncodeToString(sum[:])
}

// TicketOnce returns the name by which a ticket is used up.
func TicketOnce(id string) string { return "ticket:" + id }
