// Command commonwords makes the filter of common passwords that package strength
// embeds: in come passwords, one a line, out goes the filter.
//
//	go run ./.ci/commonwords <words >strategies/local/strength/common.bin
//
// The words of the filter in the tree are those of three lists together: Django
// 5.2.19's common-passwords.txt, the passwords of zxcvbn 4.5.0 for Python, and those of
// @zxcvbn-ts/language-common 4.1.3.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"github.com/gokuzzle/kuzzle/strategies/local/strength"
)

func main() {
	if err := pack(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "commonwords:", err)
		os.Exit(1)
	}
}

func pack(from io.Reader, to io.Writer) error {
	var words []string
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		words = append(words, lines.Text())
	}
	if err := lines.Err(); err != nil {
		return err
	}
	_, err := to.Write(strength.Pack(words))
	return err
}
