// Package lookalike tells which texts a person takes for each other, as Unicode's
// UTS #39 does: by characters that are confusable, and by scripts that nobody
// mixes in one word.
//
// ASCII stays as it is, unlike in UTS #39: of names in one script that everybody
// types, tom and torn, or l1 and ll, are different ones.
package lookalike
