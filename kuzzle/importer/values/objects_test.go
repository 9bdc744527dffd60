package values

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDecode: an integer keeps its digits, as a number where a float64 has them and else as a
// text. Everything else is as encoding/json reads it.
func TestDecode(t *testing.T) {
	for text, want := range map[string]any{
		"9007199254740993": "9007199254740993", "-9007199254740993": "-9007199254740993", "9007199254740992": float64(1 << 53),
		"123456789012345680": 123456789012345680.0, "0.1234567890123456789": 0.1234567890123456789, "1e20": 1e20, `"9007199254740993"`: "9007199254740993",
		`[12345678901234567891]`: []any{"12345678901234567891"}, `{"a":{"b":12345678901234567891}}`: map[string]any{"a": map[string]any{"b": "12345678901234567891"}},
	} {
		var got any
		if err := Decode([]byte(text), &got); err != nil || !cmp.Equal(Exact(got), want) {
			t.Errorf("%s: %#v, %v, want %#v", text, got, err, want)
		}
	}
	var user struct {
		App map[string]any
	}
	if err := Decode([]byte(`{"app":{"id":12345678901234567891}}`), &user); err != nil || Exact(user.App["id"]) != "12345678901234567891" {
		t.Errorf("a member: %v, %v", user.App, err)
	}
	if err := Decode([]byte(`{"id":12345678901234567891} {`), &user); err == nil {
		t.Error("a text with more behind its value is read")
	}
	for _, text := range []string{"NaN", "Inf", "1e999", ""} {
		if got := Number(text); got != text {
			t.Errorf("%s is the number %v", text, got)
		}
	}
}
