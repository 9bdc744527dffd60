// Package storagetest is the test suite that every engine must pass.
//
// An engine calls [Run] with a function that opens an empty store. The suite
// tests the promises in the comments of the storage contract, and compares
// answers with those of a plain evaluator of the search tree ([Evaluator]). It
// knows no engine, and requests visibility before it searches.
package storagetest
