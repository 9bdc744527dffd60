// Package imports is the controller import: importing users in bulk over the API.
//
// A client creates a job, sends the file in parts, and polls its progress or waits for a change;
// then it reads the report. Package importer does the work; this package decodes, calls and
// encodes.
package imports
