package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// longestLine bounds one event; test2json splits longer output by itself.
const longestLine = 16 << 20

// event is the part of a test2json event that is looked at.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64 // seconds
}

// summary is what has been seen so far.
type summary struct {
	out      io.Writer
	times    io.Writer
	strict   bool
	output   map[[2]string]*strings.Builder // by package and test, of what has not ended
	ran      int
	skipped  int
	problems []string
}

// summarise copies the closing lines and the output of failures from in to out
// and returns why the run may not count as passed. It writes a line to times for
// each test that ended: its seconds, package and name. The error is that of in.
func summarise(in io.Reader, out, times io.Writer, strict bool) ([]string, error) {
	s := &summary{out: out, times: times, strict: strict, output: map[[2]string]*strings.Builder{}}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action == "" {
			fmt.Fprintln(out, lines.Text())
			continue
		}
		s.add(e)
	}
	if s.ran == 0 {
		s.problem("no test ran")
	}
	fmt.Fprintf(out, "%d tests passed, %d skipped\n", s.ran, s.skipped)
	return s.problems, lines.Err()
}

func (s *summary) problem(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

func (s *summary) add(e event) {
	key := [2]string{e.Package, e.Test}
	if (e.Action == "pass" || e.Action == "fail") && e.Test != "" && !strings.Contains(e.Test, "/") {
		fmt.Fprintf(s.times, "%.2f\t%s\t%s\n", e.Elapsed, e.Package, e.Test)
	}
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "build-fail":
		s.problem("a build failed")
	case "output":
		s.collect(key, e.Output)
	case "pass":
		delete(s.output, key)
		if e.Test != "" {
			s.ran++
		}
	case "skip":
		s.skip(key, e)
	case "fail":
		s.fail(key, e)
	}
}

// collect keeps output until it is known whether it matters, but prints the
// closing line of a package at once.
func (s *summary) collect(key [2]string, text string) {
	if key[1] == "" && closing(text) {
		fmt.Fprint(s.out, text)
		if strings.HasPrefix(text, "ok") && strings.Contains(text, "[no tests to run]") {
			s.problem("%s has test files but no test", key[0])
		}
		return
	}
	if s.output[key] == nil {
		s.output[key] = &strings.Builder{}
	}
	s.output[key].WriteString(text)
}

func closing(text string) bool {
	return strings.HasPrefix(text, "ok  \t") || strings.HasPrefix(text, "FAIL\t") || strings.HasPrefix(text, "?   \t")
}

// skip counts a skipped test; a package that skips merely has no test files.
func (s *summary) skip(key [2]string, e event) {
	if e.Test == "" {
		return
	}
	s.skipped++
	s.print(key)
	if s.strict {
		s.problem("%s was skipped in %s", e.Test, e.Package)
	}
}

func (s *summary) fail(key [2]string, e event) {
	s.print(key)
	if e.Test == "" {
		s.problem("%s failed", e.Package)
		return
	}
	s.problem("%s failed in %s", e.Test, e.Package)
}

func (s *summary) print(key [2]string) {
	if text := s.output[key]; text != nil {
		fmt.Fprint(s.out, text.String())
	}
	delete(s.output, key)
}
