package kuid

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fewestWords makes equal human ids rare enough.
const fewestWords = 600

func TestWords(t *testing.T) {
	adjectives, nouns := words()
	plain := regexp.MustCompile(`^[a-z]{3,13}$`)
	for name, list := range map[string][]string{"adjectives": adjectives, "nouns": nouns} {
		if got := len(list); got < fewestWords {
			t.Errorf("%s: %d words, want at least %d", name, got, fewestWords)
		}
		if !slices.IsSorted(list) {
			t.Errorf("%s are not in order", name)
		}
		for i, word := range list {
			if !plain.MatchString(word) {
				t.Errorf("%s: %q, want 3 to 13 lower-case ASCII letters", name, word)
			}
			if i > 0 && word == list[i-1] {
				t.Errorf("%s: %q is there twice", name, word)
			}
		}
	}
	for _, word := range adjectives {
		if slices.Contains(nouns, word) {
			t.Errorf("%q is an adjective and a noun: the two together would stutter", word)
		}
	}
}

// TestWordsAreFriendly keeps out words that are harmless alone and unkind
// beside another, or that touch people, bodies, beliefs and quarrels. A word is
// refused when it begins with one of these.
func TestWordsAreFriendly(t *testing.T) {
	unfriendly := strings.Fields(`
		afraid angry awful bad beast bitter blind blood body bomb bone boy bride broken brutal bull
		chick church corpse cow crazy cross cruel cult curse dark dead deaf death demon devil dirty dumb
		evil fat fight flesh girl god grave gun hair hand hard hate hell holy hot human hungry hurt
		ill jail kid kill king knife lame lazy leg lip lord love lust mad maid man mean monkey mouth
		nude nun old pain party pig pope poor pray priest prison queen race rat rude sacred sad
		scar sex sick sin skin slave sleaze slim slow smell snake soldier spear spider stink stupid
		sword thick thin throne tight toe tongue ugly vile viper war weak weapon wet widow wife
		witch woman worm wound wrong`)
	// Words that begin alike and mean something else.
	harmless := strings.Fields(`
		badge chickadee crossword cultured handy illustrious kingfisher legendary
		legible lovely lustrous manatee mandolin mango mannerly manor paintbrush
		painted pigeon rational saddle scarf scarlet sincere singing spearmint
		thicket warbler warm`)
	adjectives, nouns := words()
	all := slices.Concat(adjectives, nouns)
	for _, word := range harmless {
		if !slices.Contains(all, word) {
			t.Errorf("%q is excused and not in use", word)
		}
	}
	for _, word := range all {
		if slices.Contains(harmless, word) {
			continue
		}
		for _, start := range unfriendly {
			if strings.HasPrefix(word, start) {
				t.Errorf("%q begins with %q", word, start)
			}
		}
	}
}
