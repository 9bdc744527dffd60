// Package imports imports users, API keys, roles and profiles in bulk, and exports users. Rows are
// planned, written in batches and checked one by one. An existing user is kept, merged or replaced,
// as the import says. Running an import again changes nothing.
package imports
