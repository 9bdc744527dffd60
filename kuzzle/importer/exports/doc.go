// Package exports lists the systems whose exports are imported: the forms of their files, how
// they are recognised, what comes, and what does not.
package exports
