// Package digest is the controller digest. It tells administrators the format of a password digest
// before they import it. It never answers, stores or logs any part of the digest.
package digest
