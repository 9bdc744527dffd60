// Package texts reads files from other systems as texts: it decompresses them, within
// bounds, and splits JSON into values, holding one at a time.
//
// It does not interpret the values.
package texts

// MaxBytes is the longest value: a line or a JSON element.
const MaxBytes = 1 << 20
