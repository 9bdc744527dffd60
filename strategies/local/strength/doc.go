// Package strength estimates how many guesses a password withstands, and tells
// whether it is among the most common ones. A small filter in the program has those;
// a [Breached] list on disk, which is the operator's, has all that leaked.
//
// In come a password and words that an attacker knows of its owner, out goes a
// score on zxcvbn's scale. The method is zxcvbn's too: find the cheapest way to
// put the password together from common passwords, names, words, dates,
// repetitions, sequences, keyboard walks and, for the rest, single letters. The
// word lists are those of zxcvbn-go; they are read on first use, since its own
// estimator reads them when a process starts and takes 40 ms for that.
//
// This package knows nothing of strategies.
package strength
