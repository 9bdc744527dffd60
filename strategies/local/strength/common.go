package strength

import (
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"slices"
	"sort"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// common is the filter of the most common passwords, made by .ci/commonwords. It is read in place
// in the binary, so that it takes no time to load.
//
//go:embed common.bin
var common string

// A filter holds 32 bits of the hash of each word. It begins with a table: for each value of the
// first byte, the number of words before the first word with that byte; then the number of all
// words. The other three bytes of each word follow, in order. In a list of n words, a password that
// is not in it is found once in 2^32/n times.
const (
	firsts    = 256
	countSize = 4
	restSize  = 3
	header    = (firsts + 1) * countSize
)

// Common reports whether a password, in any case and spelling, is among the most common ones.
func Common(password string) bool { return inFilter(common, password) }

func inFilter(filter, word string) bool {
	sum := hashWord(word)
	begin, end := countBefore(filter, int(sum[0])), countBefore(filter, int(sum[0])+1)
	rest := func(i int) string {
		at := header + (begin+i)*restSize
		return filter[at : at+restSize]
	}
	want := string(sum[1:])
	found := sort.Search(end-begin, func(i int) bool { return rest(i) >= want })
	return found < end-begin && rest(found) == want
}

func countBefore(filter string, first int) int {
	return int(binary.BigEndian.Uint32([]byte(filter[first*countSize:][:countSize])))
}

// Pack makes a filter of words.
func Pack(words []string) []byte {
	sums := make([]string, 0, len(words))
	for _, word := range words {
		if word != "" {
			sum := hashWord(word)
			sums = append(sums, string(sum[:]))
		}
	}
	slices.Sort(sums)
	sums = slices.Compact(sums)
	filter := make([]byte, 0, header+len(sums)*restSize)
	at := 0
	for first := range firsts + 1 {
		for at < len(sums) && int(sums[at][0]) < first {
			at++
		}
		filter = binary.BigEndian.AppendUint32(filter, uint32(at))
	}
	for _, sum := range sums {
		filter = append(filter, sum[1:]...)
	}
	return filter
}

func hashWord(word string) [1 + restSize]byte {
	sum := sha256.Sum256([]byte(strings.ToLower(norm.NFKC.String(word))))
	return [1 + restSize]byte(sum[:1+restSize])
}
