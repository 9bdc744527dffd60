// Package sorted puts more records in the order of their keys than memory holds, by
// way of a temporary file, which has no name. Records of one key stay in the order in
// which they were added.
//
// It knows nothing of what the records are.
package sorted
