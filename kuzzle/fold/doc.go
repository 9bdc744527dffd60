// Package fold brings texts into the form in which they are compared: what a
// person reads as the same is the same, whatever its case and spelling in Unicode.
package fold
