// Package jobs runs imports whose files come over the API, a part at a time.
//
// In come options and the parts of a file, out go how far the import is and a
// report of the rows that were not imported. Reading, judging and writing rows is
// the business of package importer; this one keeps the files, one job after
// another, within bounds of number, size, time and memory, and tells after a
// restart how the jobs were.
package jobs
