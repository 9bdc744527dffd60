// Package imports is the controller import: bringing users in bulk over the API.
//
// A client creates a job, sends the file in parts, and asks how it is, by polling
// or by waiting for a change; then it reads the report. The work is the
// importer's, this package decodes, calls and encodes.
package imports
