// Package schemas stores the mapping of each collection in the meta index. Every
// node caches the last mapping that it read, and changes it by compare-and-set.
// The index gets its fields before the mapping names them.
package schemas
