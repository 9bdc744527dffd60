// Package weighing wraps a store so that documents are counted in the memory budget of
// the request that reads them.
package weighing
