// Package lookalike finds texts that a person mistakes for each other, as
// Unicode's UTS #39 does: because of confusable characters, and of scripts that
// are never mixed in one word.
//
// Unlike in UTS #39, ASCII characters are distinct from each other: tom and torn,
// or l1 and ll, are different names in a script that everybody types.
package lookalike
