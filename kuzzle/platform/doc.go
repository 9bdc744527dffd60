// Package platform hides what operating systems do differently: numbers of errors, folders, files
// that survive a crash, and the memory of the machine.
package platform
