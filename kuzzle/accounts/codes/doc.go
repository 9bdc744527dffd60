// Package codes stores codes of six digits that are sent to an address, to prove that somebody reads
// it. A code belongs to one attempt of a browser and to one address, works once, for ten minutes and
// for five tries. It is encrypted in the store, and drawn anew for each message that is asked for.
//
// A [Link] may take the place of a code. Somebody opens it, perhaps in another browser; the attempt
// goes on when its own browser asks for it next.
package codes
