// Package conditions says what the conditions of a search mean under the mapping of
// a collection: it looks their fields up, converts their values, and tests them on a
// document.
//
// In comes a tree of package query, out go conditions. The engine reads from them
// which ranges of its index hold every match; where a range holds more than the
// matches, the documents are tested one by one. This package reads no database.
package conditions
