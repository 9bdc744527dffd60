// Package strength estimates how many guesses a password withstands, and reports whether it is
// among the most common ones. A small filter in the binary has those. A [Breached] list on the
// operator's disk has all leaked passwords.
//
// The estimate takes a password and words that an attacker knows about its owner, and returns a
// score on zxcvbn's scale. The method is zxcvbn's too: find the cheapest way to build the password
// from common passwords, names, words, dates, repetitions, sequences, keyboard walks and single
// letters. The word lists are those of zxcvbn-go. They are read on first use, since zxcvbn-go's own
// estimator takes 40 ms to read them when a process starts.
//
// This package knows nothing of strategies.
package strength
