package kuid

import (
	_ "embed"
	"strings"
	"sync"
)

// One word per line, lower-case ASCII letters only, in order. Every adjective
// must read kindly before every noun, and no word may be about people, their
// bodies, beliefs or quarrels.
var (
	//go:embed words_adjectives.txt
	adjectiveLines string
	//go:embed words_nouns.txt
	nounLines string
)

// words splits the lists when the first id is made, not when the program starts.
var words = sync.OnceValues(func() (adjectives, nouns []string) {
	return strings.Fields(adjectiveLines), strings.Fields(nounLines)
})
