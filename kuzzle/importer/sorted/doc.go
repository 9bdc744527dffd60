// Package sorted sorts more records by key than memory holds, in a temporary file without a
// name. Records of one key stay in the order in which they were added.
//
// It does not interpret the records.
package sorted
