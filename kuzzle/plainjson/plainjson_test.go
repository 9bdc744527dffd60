package plainjson_test

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// FuzzAppendString writes, byte by byte, what the standard library does, and
// what was there before stays.
func FuzzAppendString(f *testing.F) {
	for _, text := range []string{"", "a\"\\\x00é\u2028\xff</script>", "é\u2029", "\x7f", "plain", "naïve", "\xff", `{"a":"b\\n"}`, "\"é\u2028", "\\\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want bytes.Buffer
		want.WriteString("before\n")
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(text); err != nil {
			t.Fatal(err)
		}
		if got := append(plainjson.AppendString([]byte("before\n"), text), '\n'); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%q: got %s, want %s", text, got, want.Bytes())
		}
	})
}

func TestAppendRefuses(t *testing.T) {
	if got, err := plainjson.Append(nil, math.NaN()); err == nil {
		t.Errorf("got %s, want an error", got)
	}
}
