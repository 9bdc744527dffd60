// Command report reads what `go test -json` prints and tells what a person
// wants to know: the closing line of each package with its seconds, the output
// of what failed, and what did not run at all.
//
// It exits with 1 when a test or a build failed, when nothing ran, when a
// package has test files without a test in them, and, with -strict, when
// anything was skipped. In comes standard input, out goes standard output. With
// -times it appends the seconds of each test to a file.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	strict := flag.Bool("strict", false, "a skipped test is a failure")
	times := flag.String("times", "", "the `file` to which a line is appended for each test: seconds, package, name")
	flag.Parse()
	kept := io.Discard
	if *times != "" {
		file, err := os.OpenFile(*times, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			fmt.Println("report:", err)
			os.Exit(1)
		}
		defer file.Close()
		kept = file
	}
	problems, err := summarise(os.Stdin, os.Stdout, kept, *strict)
	if err != nil {
		problems = append(problems, err.Error())
	}
	for _, problem := range problems {
		fmt.Println("report:", problem)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
}
