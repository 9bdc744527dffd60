// Package digest is the controller by which administrators ask what a password
// digest is before they import it. Nothing of the digest is answered, kept or
// logged.
package digest
