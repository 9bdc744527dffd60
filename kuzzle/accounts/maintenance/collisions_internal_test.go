package maintenance

import (
	"fmt"
	"hash/maphash"
	"testing"
)

// TestFingerprints checks that with any number of parts, repeated keys are found once, and that no
// part holds much more than its limit.
func TestFingerprints(t *testing.T) {
	for _, most := range []int{1 << 20, 500, 64} {
		f := fingerprints{seed: maphash.MakeSeed(), parts: 1, most: most}
		const keys, every = 5000, 50
		found := map[uint64]int{}
		for f.part < f.parts {
			for i := range keys {
				f.add(fmt.Sprint(i))
				if i%every == 0 {
					f.add(fmt.Sprint(i))
				}
			}
			if len(f.all) > 2*most {
				t.Errorf("most %d: part %d of %d holds %d", most, f.part, f.parts, len(f.all))
			}
			for _, print := range f.twice() {
				found[print]++
			}
		}
		if len(found) != keys/every {
			t.Errorf("most %d: got %d that came twice, want %d", most, len(found), keys/every)
		}
		for i := 0; i < keys; i += every {
			if got := found[f.of(fmt.Sprint(i))]; got != 1 {
				t.Errorf("most %d: %d was found %d times", most, i, got)
			}
		}
	}
}
