// Package filters reads how Clerk's lists choose among users: by what they are called,
// and by when something happened to them. In come arguments, out go conditions on users
// for the query language of the stores. The lists of users and of members share it.
package filters
