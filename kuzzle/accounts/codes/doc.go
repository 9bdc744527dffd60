// Package codes stores codes of six digits that are sent to an address, to prove that somebody reads
// it. A code belongs to one attempt of a browser, to one address and one kind of message, works once,
// for ten minutes and for five tries. It is encrypted in the store, and drawn when its message is sent.
//
// [Codes.Keep], [Codes.CountTry] and [Codes.UseUp] are what makes a code work once and for five tries,
// also for a code that another package stores in a document of its own.
//
// A [Link] may take the place of a code. Somebody opens it, perhaps in another browser; the attempt
// goes on when its own browser asks for it next.
package codes
