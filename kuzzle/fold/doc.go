// Package fold converts texts to the form in which they are compared: texts that a
// person reads as the same become the same, regardless of case and Unicode form.
package fold
