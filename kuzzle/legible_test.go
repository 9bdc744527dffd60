package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestLegible: texts that users chose do not control the terminal of somebody who lists
// them, for any pieces of the text, and JSON stays the same.
func TestLegible(t *testing.T) {
	const chosen = "a\x1b]0;x\a\x1b[2J\r\u009b31m\u202eb\u2028\x7f \u00fc\U0001f469\u200d\U0001f4bb\t\n"
	const want = `a\u001b]0;x\u0007\u001b[2J\u000d\u009b31m\u202eb\u2028\u007f ` + "\u00fc\U0001f469\u200d\U0001f4bb\t\n"
	for size := 1; size <= len(chosen); size++ {
		var got bytes.Buffer
		l := &legible{to: &got}
		for rest := []byte(chosen); len(rest) > 0; {
			piece := rest[:min(size, len(rest))]
			if n, err := l.Write(piece); n != len(piece) || err != nil {
				t.Fatalf("wrote %d of %d bytes, %v", n, len(piece), err)
			}
			rest = rest[len(piece):]
		}
		if got.String() != want {
			t.Fatalf("in pieces of %d: %q, want %q", size, got.String(), want)
		}
	}
	var got bytes.Buffer
	if err := (console{out: &legible{to: &got}}).printJSON(map[string]string{chosen: chosen}); err != nil {
		t.Fatal(err)
	}
	back := map[string]string{}
	if err := json.Unmarshal(got.Bytes(), &back); err != nil || back[chosen] != chosen || strings.ContainsAny(got.String(), "\x1b\u009b\u202e") {
		t.Errorf("JSON became %q, %v", got.String(), err)
	}
}

// TestUserLegible: a user chose the name of a field, and the output about the user is
// one harmless line.
func TestUserLegible(t *testing.T) {
	var got bytes.Buffer
	at := console{out: &legible{to: &got}}
	if err := at.printUser(json.RawMessage(`{"_id":"u","_source":{"profileIds":["default"],"\u001b[2J\nroot\tadmin":1}}`), json.RawMessage(`{"strategies":[]}`)); err != nil {
		t.Fatal(err)
	}
	if text := got.String(); strings.Contains(text, "\x1b") || strings.Contains(text, "\nroot") || !strings.Contains(text, `\u001b[2J\u000aroot\u0009admin  1`) {
		t.Errorf("printed %q", text)
	}
	got.Reset()
	if err := at.printLine("u", []string{"default"}, named{[]string{"u\n\x1broot\tadmin"}}); err != nil {
		t.Fatal(err)
	}
	if text := got.String(); text != "u\tdefault\tu\\u000a\\u001broot\\u0009admin\n" {
		t.Errorf("printed %q", text)
	}
}
