// Package weighing puts a store behind another that takes what it reads from the memory
// budget of the request that reads it.
package weighing
