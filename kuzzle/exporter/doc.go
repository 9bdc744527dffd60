// Package exporter writes users out, one a line, in the forms that others take: our own
// import, and Clerk's API. What a form has no place for is counted.
//
// It knows what an export of the domain holds, not where that comes from.
package exporter
