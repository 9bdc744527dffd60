package query

import (
	"testing"

	"pgregory.net/rapid"
)

// TestCombineKeepsMeaning holds a simplified node against the Bool it was.
func TestCombineKeepsMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Node {
			if rapid.Bool().Draw(t, "holds") {
				return All{}
			}
			return None{}
		}), 0, 4)
		b := Bool{
			Must: nodes.Draw(t, "must"), Should: nodes.Draw(t, "should"), MustNot: nodes.Draw(t, "must not"),
			MinShould: rapid.IntRange(0, 5).Draw(t, "at least"),
		}
		if got, want := holds(combine(b)), holds(b); got != want {
			t.Fatalf("%+v becomes %+v", b, combine(b))
		}
	})
}

func holds(n Node) bool {
	b, is := n.(Bool)
	if !is {
		return n == All{}
	}
	return count(b.Must) == len(b.Must) && count(b.MustNot) == 0 && count(b.Should) >= b.MinShould
}

func count(nodes []Node) (n int) {
	for _, node := range nodes {
		if holds(node) {
			n++
		}
	}
	return n
}
