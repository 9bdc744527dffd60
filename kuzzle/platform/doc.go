// Package platform hides what operating systems do differently: numbers of errors, folders, and the
// memory of the machine.
package platform
