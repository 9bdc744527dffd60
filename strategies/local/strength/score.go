package strength

import (
	"math"
	"strings"
)

// horizon is how many runes of a password are examined. Further runes cannot make it weaker, and
// the work grows with the square of their number.
const horizon = 80

// steps are the guesses from which on a password has a score of 1, 2, 3 and 4.
var steps = [...]float64{1e3, 1e6, 1e8, 1e10}

// Score returns how hard a password is to guess, from 0 (at once) to 4 (not even offline with a
// slow hash). Known are words that an attacker would try first.
func Score(password string, known ...string) int {
	guesses := math.Log10(Guesses(password, known...))
	for score, step := range steps {
		if guesses < math.Log10(step) {
			return score
		}
	}
	return len(steps)
}

// Guesses estimates the number of tries of a clever attacker.
func Guesses(password string, known ...string) float64 {
	runes := []rune(password)
	runes = runes[:min(len(runes), horizon)]
	own := map[string]bool{}
	for _, word := range known {
		own[strings.ToLower(word)] = true
	}
	return cheapest(runes, pieces(runes, own))
}

// piece is a recognised part of a password: runes from..to and its guesses.
type piece struct {
	from, to int
	guesses  float64
}

// perPart: an attacker tries few parts before many. n parts cost n! orders, and perPart to the
// power of n-1 for the shorter combinations before.
const perPart = 1e4

// maxParts bounds the search; a password with more parts is strong already.
const maxParts = 12

// cheapest returns the fewest guesses for any way to put the password together.
func cheapest(runes []rune, found []piece) float64 {
	if len(runes) == 0 {
		return 1
	}
	ending := make([][]piece, len(runes)+1)
	for _, part := range found {
		ending[part.to] = append(ending[part.to], part)
	}
	for to := 1; to <= len(runes); to++ {
		for from := range to {
			ending[to] = append(ending[to], piece{from, to, math.Max(11, math.Pow(10, float64(to-from)))})
		}
	}
	// best[n][i] is the smallest product for the first i runes in n parts.
	best := make([][]float64, maxParts+1)
	for n := range best {
		best[n] = make([]float64, len(runes)+1)
		for i := range best[n] {
			best[n][i] = math.Inf(1)
		}
	}
	best[0][0] = 1
	for n := 1; n <= maxParts; n++ {
		for to := 1; to <= len(runes); to++ {
			for _, part := range ending[to] {
				best[n][to] = math.Min(best[n][to], best[n-1][part.from]*part.guesses)
			}
		}
	}
	least, orders := math.Inf(1), 1.0
	for n := 1; n <= maxParts; n++ {
		orders *= float64(n)
		least = math.Min(least, orders*best[n][len(runes)]+math.Pow(perPart, float64(n-1)))
	}
	return least
}
