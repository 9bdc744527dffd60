// Package images serves users' pictures to anybody who has a picture's address, as
// those are who read the address in a user's shape: browsers of other users, for one.
//
// The address has the hash of the picture, so that whoever does not know the picture
// cannot guess it, and so that another picture has another address. It is good on every
// server, and until the user has another picture, or none.
package images
