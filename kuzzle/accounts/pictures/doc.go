// Package pictures stores a picture for each user. The picture is a blob, and the user has the
// reference to it. So a user has at most one picture, and users with equal pictures share the blob.
// Logos of organizations are stored in the same way.
//
// The first bytes of a picture determine its type. Only types that browsers show and never run are
// accepted.
package pictures
