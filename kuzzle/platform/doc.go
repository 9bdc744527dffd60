// Package platform hides what operating systems do differently: numbers of errors, folders, files
// that survive a crash or have their names only once they are complete, and the memory of the
// machine.
package platform
