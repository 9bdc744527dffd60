// Package texts reads files that strangers made as texts: it unpacks them, within bounds,
// and cuts JSON into values of which it holds one at a time.
//
// It knows nothing of what the values are.
package texts

// MaxBytes is the longest value: a line or a JSON element.
const MaxBytes = 1 << 20
