package strength

import (
	"encoding/json"
	"strings"
	"sync"

	"github.com/ccojocar/zxcvbn-go/data"
)

// lists names the word lists. A rank is a word's position in its list, so that the most common ones
// cost the fewest guesses.
var lists = []string{"Passwords", "English", "Surnames", "MaleNames", "FemaleNames"}

// words returns the best rank of every word. It reads 5 MB once and keeps them.
var words = sync.OnceValue(func() map[string]int32 {
	ranks := make(map[string]int32, 100_000)
	for _, name := range lists {
		for i, word := range readList(name) {
			word = strings.ToLower(word)
			if rank, known := ranks[word]; !known || int(rank) > i+1 {
				ranks[word] = int32(i + 1)
			}
		}
	}
	return ranks
})

func readList(name string) []string {
	var content struct{ List []string }
	raw, err := data.Asset("data/" + name + ".json")
	if err == nil {
		err = json.Unmarshal(raw, &content)
	}
	if err != nil {
		panic("strength: the list " + name + " is not in this program: " + err.Error())
	}
	return content.List
}
