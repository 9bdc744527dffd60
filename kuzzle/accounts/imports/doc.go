// Package imports brings users, API keys, roles and profiles in from elsewhere, many
// at once, and writes users out again. Rows are planned, written in batches and
// judged one by one: what is there already is kept, merged or replaced as the
// import says, and running it again changes nothing.
package imports
