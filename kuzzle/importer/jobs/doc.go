// Package jobs runs imports whose files are uploaded over the API, a part at a time.
//
// It keeps the files, runs one job after another within bounds of number, size, time and
// memory, and reports progress and the rows that were not imported. After a restart it still
// reports the jobs' states. Package importer reads, checks and writes the rows.
package jobs
