package registry

import (
	"crypto/sha256"
	"encoding/hex"
)

// OnceKey is the key of a store by which something is used up once.
func OnceKey(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "once:" + hex.EncodeToString(sum[:])
}

// TicketOnce is the name by which the ticket of that id is used up.
func TicketOnce(id string) string { return "ticket:" + id }
