// Package filters reads the filters of Clerk's lists of users and members: by names and
// identifiers, and by times. It converts arguments to conditions of the stores' query
// language.
package filters
