package network

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// shape is how a JSON text is made up: units of one kind, many times over.
type shape struct {
	unit string // %d is a number that is never the same
	list bool   // units are the elements of an array, or the members of an object
}

// randomValue draws a value, at most so deep.
func randomValue(r *rand.Rand, depth int) string {
	leaves := []string{`1`, `0`, `-1.5`, `1e5`, `true`, `null`, `""`, `"a"`, `"ab"`, `"%d"`, `"\u0041\u0042"`, `"` + strings.Repeat("x", 33) + `"`, `{}`, `[]`, `%d`, `123456789012`}
	if depth == 0 || r.IntN(4) == 0 {
		return leaves[r.IntN(len(leaves))]
	}
	keys := []string{`"a"`, `""`, `"%d"`, `"\u0061"`, `"` + strings.Repeat("k", 17) + `"`}
	parts := make([]string, r.IntN(11))
	if r.IntN(3) > 0 {
		parts = parts[:min(1, len(parts))]
	}
	object := r.IntN(2) == 0
	for i := range parts {
		parts[i] = randomValue(r, depth-1)
		if object {
			parts[i] = keys[r.IntN(len(keys))] + `:` + parts[i]
		}
	}
	if object {
		return `{` + strings.Join(parts, ",") + `}`
	}
	return `[` + strings.Join(parts, ",") + `]`
}

// text is a JSON text of a shape with about so many values.
func (s shape) text(values int) string {
	each := max(1, strings.Count(s.unit, ",")+strings.Count(s.unit, ":"))
	var b strings.Builder
	b.WriteByte('{')
	if s.list {
		b.Reset()
		b.WriteByte('[')
	}
	for i := 0; i < values; i += each {
		if i > 0 {
			b.WriteByte(',')
		}
		unit := s.unit
		if !s.list {
			unit = `"%d":` + unit
		}
		for at := strings.Index(unit, "%d"); at >= 0; at = strings.Index(unit, "%d") {
			unit = unit[:at] + fmt.Sprint(i+at) + unit[at+2:]
		}
		b.WriteString(unit)
	}
	if s.list {
		return b.String() + `]`
	}
	return b.String() + `}`
}

// live is the number of bytes that a decoded text takes.
func live(t *testing.T, text []byte) int64 {
	t.Helper()
	before := heapInUse()
	value, err := decodeJSON(text)
	after := heapInUse()
	if err != nil {
		t.Fatalf("%.100s: %v", text, err)
	}
	runtime.KeepAlive(value)
	runtime.KeepAlive(text)
	return after - before
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestMeasure searches for texts that weigh more when they are decoded than
// measure says: shapes are drawn, and those that come nearest are varied.
func TestMeasure(t *testing.T) {
	const values = 3000
	rounds := 150
	if testing.Short() {
		rounds = 50
	}
	r := rand.New(rand.NewPCG(11, 1))
	type judged struct {
		shape
		ratio, perByte float64
	}
	var worst, heaviest judged
	judge := func(s shape) {
		text := []byte(s.text(values))
		says, err := measure(text, 1000, 1_000_000)
		if err != nil {
			t.Fatal(err)
		}
		is := live(t, text)
		one := judged{s, float64(is) / float64(says), float64(is) / float64(len(text))}
		if one.ratio > worst.ratio {
			worst = one
		}
		if one.perByte > heaviest.perByte {
			heaviest = one
		}
	}
	for _, unit := range []string{`{"a":1}`, `{}`, `[]`, `[1]`, `1`, `"a"`, `""`, `"%d"`, `[[]]`, `{"":{}}`, `{"a":{"a":{"a":{}}}}`,
		`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9}`, `{"a":1,"a":2,"a":3,"a":4}`, `[1,2,3,4,5]`, `[{},{},{},{},{}]`} {
		judge(shape{unit, true})
		judge(shape{unit, false})
	}
	for range rounds {
		judge(shape{randomValue(r, 1+r.IntN(6)), r.IntN(2) == 0})
	}
	t.Logf("the nearest to the measure: %.2f of it, %q (in a list: %v)", worst.ratio, worst.unit, worst.list)
	t.Logf("the heaviest: %.1f bytes for each of the text, %q (in a list: %v)", heaviest.perByte, heaviest.unit, heaviest.list)
	if worst.ratio > 1 {
		t.Errorf("%q takes %.2f times what measure says", worst.text(3), worst.ratio)
	}
	if heaviest.perByte < 20 {
		t.Errorf("the heaviest text found takes %.1f bytes for each of its own: the search has become blind", heaviest.perByte)
	}
}

// TestNodes counts the values of a text.
func TestNodes(t *testing.T) {
	for text, nodes := range map[string]int{
		`1`: 1, `[]`: 1, `[ ]`: 1, `[1]`: 2, `[1,[2,{}]]`: 5, `{"a":1}`: 2, `{"a,b":"[{"}`: 2, `{"a":[1,2],"b":{}}`: 5, `["\",",1]`: 3,
	} {
		if _, err := measure([]byte(text), 10, nodes); err != nil {
			t.Errorf("%s has %d values, and is refused where so many are allowed: %v", text, nodes, err)
		}
		if _, err := measure([]byte(text), 10, nodes-1); !errors.Is(err, errTooMany) {
			t.Errorf("%s has %d values, and where one less is allowed: %v", text, nodes, err)
		}
	}
}

// TestPeek finds action and token of a message without decoding the rest.
func TestPeek(t *testing.T) {
	for text, want := range map[string]api.Request{
		`{"controller":"auth","body":{"controller":"x"},"action":"login","jwt":"t"}`: {Controller: "auth", Action: "login", Token: "t", HasToken: true},
		` { "\u0061ction" : "a\"b" , "controller":"x","controller":"y" } `:           {Controller: "y", Action: `a"b`},
		`{"controller":["auth"],"action":null,"jwt":1}`:                              {HasToken: true},
		`[{"controller":"auth"}]`:                                                    {}, `{"a":"controller","b":":"`: {}, ``: {}, `{`: {}, `"controller"`: {}, `{"action":"x"`: {},
	} {
		var got api.Request
		peek([]byte(text), &got)
		if got.Controller != want.Controller || got.Action != want.Action || got.Token != want.Token || got.HasToken != want.HasToken {
			t.Errorf("%s: got %q %q %q %v", text, got.Controller, got.Action, got.Token, got.HasToken)
		}
	}
}

// TestIndented is as long as json.Indent makes a text, or longer.
func TestIndented(t *testing.T) {
	for _, text := range []string{`{}`, `[]`, `[1,[2,{"a":[]}],"[,{"]`, `{"a":{"b":[1,2,3]}}`, `1`} {
		var out bytes.Buffer
		if err := json.Indent(&out, []byte(text), "", indentation); err != nil {
			t.Fatal(err)
		}
		if got, most := out.Len(), int(indented([]byte(text))); got > most {
			t.Errorf("%s is %d bytes long when indented, and was said to be %d at most", text, got, most)
		}
	}
}
