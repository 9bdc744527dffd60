package main

import (
	"io"
	"strings"
	"testing"
)

const (
	passed  = `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n"
	closed  = `{"Action":"output","Package":"p","Output":"ok  \tp\t0.012s\n"}` + "\n" + `{"Action":"pass","Package":"p"}` + "\n"
	skipped = `{"Action":"output","Package":"p","Test":"TestB","Output":"    why it was skipped\n"}` + "\n" +
		`{"Action":"skip","Package":"p","Test":"TestB"}` + "\n"
	failed = `{"Action":"output","Package":"p","Test":"TestC","Output":"    what went wrong\n"}` + "\n" +
		`{"Action":"fail","Package":"p","Test":"TestC"}` + "\n" +
		`{"Action":"output","Package":"p","Output":"FAIL\tp\t0.012s\n"}` + "\n" + `{"Action":"fail","Package":"p"}` + "\n"
	noFiles = `{"Action":"output","Package":"q","Output":"?   \tq\t[no test files]\n"}` + "\n" + `{"Action":"skip","Package":"q"}` + "\n"
	noTests = `{"Action":"output","Package":"q","Output":"ok  \tq\t0.002s [no tests to run]\n"}` + "\n" + `{"Action":"pass","Package":"q"}` + "\n"
	chatter = `{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}` + "\n"
	broken  = `{"Action":"build-output","ImportPath":"p","Output":"p.go:1: undefined: x\n"}` + "\n" + `{"Action":"build-fail","ImportPath":"p"}` + "\n"
)

func TestSummarise(t *testing.T) {
	for _, c := range []struct {
		name    string
		in      string
		strict  bool
		problem string // "" means that the run counts as passed
		printed string
		hidden  string
	}{
		{"all passed", chatter + passed + closed + noFiles, true, "", "ok  \tp\t0.012s\n?   \tq\t[no test files]\n1 tests passed, 0 skipped\n", "chatter"},
		{"a failure", passed + failed, false, "TestC failed in p", "what went wrong\nFAIL\tp\t0.012s\n", ""},
		{"a skip by hand", passed + skipped + closed, false, "", "why it was skipped\n", ""},
		{"a skip in CI", passed + skipped + closed, true, "TestB was skipped in p", "why it was skipped\n", ""},
		{"a build error", broken + passed + closed, false, "a build failed", "p.go:1: undefined: x\n", ""},
		{"nothing ran", noFiles, false, "no test ran", "", ""},
		{"test files without tests", passed + closed + noTests, false, "q has test files but no test", "", ""},
		{"words of the go command", "go: no such module\n", false, "no test ran", "go: no such module\n", ""},
		{"empty", "", false, "no test ran", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			problems, err := summarise(strings.NewReader(c.in), &out, io.Discard, c.strict)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case c.problem == "" && len(problems) > 0:
				t.Errorf("got the problems %q, want none", problems)
			case c.problem != "" && (len(problems) == 0 || problems[0] != c.problem):
				t.Errorf("got the problems %q, want %q first", problems, c.problem)
			}
			if !strings.Contains(out.String(), c.printed) {
				t.Errorf("got the output %q, want %q in it", out.String(), c.printed)
			}
			if c.hidden != "" && strings.Contains(out.String(), c.hidden) {
				t.Errorf("got the output %q, want no %q in it", out.String(), c.hidden)
			}
		})
	}
}

func TestSummariseTellsOfTooLongLines(t *testing.T) {
	_, err := summarise(strings.NewReader(strings.Repeat("x", longestLine+1)), &strings.Builder{}, io.Discard, false)
	if err == nil {
		t.Error("got no error, want one: the rest of the input was not read")
	}
}

func TestSecondsOfEachTest(t *testing.T) {
	const events = `{"Action":"pass","Package":"p","Test":"TestA/part","Elapsed":1.5}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":2.25}
{"Action":"fail","Package":"q","Test":"TestB","Elapsed":0.5}
{"Action":"pass","Package":"p","Elapsed":3}
`
	var times strings.Builder
	if _, err := summarise(strings.NewReader(events), io.Discard, &times, false); err != nil {
		t.Fatal(err)
	}
	const want = "2.25\tp\tTestA\n0.50\tq\tTestB\n"
	if times.String() != want {
		t.Errorf("got the times %q, want %q", times.String(), want)
	}
}
