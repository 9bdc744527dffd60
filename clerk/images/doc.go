// Package images serves users' pictures to everybody who has the URL of a picture.
// Those are the clients that can read the URL in a user's shape, such as browsers of
// other users.
//
// The URL contains the hash of the picture. So nobody can guess it without the picture,
// and another picture has another URL. It works on every server, until the user changes
// or removes the picture.
//
// Browsers show users without a picture too. For these there are placeholders, whose URLs say nothing
// but initials.
package images
