// Package storagetest is the suite that every engine passes.
//
// An engine calls [Run] with a function that opens an empty store; the suite
// fixes what the comments of the storage contract promise, beside a plain
// evaluator of the search tree ([Evaluator]) that answers are compared with.
// It knows no engine, and asks for visibility wherever it searches.
package storagetest
