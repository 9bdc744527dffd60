// Package schemas keeps the mapping of each collection: it lies in the meta index,
// every node holds the last one that it read, and a change of it is a
// compare-and-set. The index gets its fields before the mapping names them.
package schemas
