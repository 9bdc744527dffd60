// Command report reads what `go test -json` prints and tells what a person
// wants to know: the closing line of each package with its seconds, the output
// of what failed, and what did not run at all.
//
// It exits with 1 when a test or a build failed, when nothing ran, when a
// package has test files without a test in them, and, with -strict, when
// anything was skipped. In comes standard input, out goes standard output.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	strict := flag.Bool("strict", false, "a skipped test is a failure")
	flag.Parse()
	problems, err := summarise(os.Stdin, os.Stdout, *strict)
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
