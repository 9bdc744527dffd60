// Package conditions resolves the conditions of a search under the mapping of a
// collection: it looks up their fields, converts their values, and tests them on a
// document.
//
// It translates a tree of package query to conditions. From them the engine derives
// the ranges of its index that contain every match. If a range contains more than
// the matches, the documents are tested one by one. This package reads no database.
package conditions
