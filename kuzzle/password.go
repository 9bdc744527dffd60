package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// maxPassword bounds the input for a password, in bytes; the strategy has a
// lower limit.
const maxPassword = 64 << 10

// login are the flags for the credentials of a new user.
type login struct {
	Username string `placeholder:"NAME" help:"Name to log in with. The command asks for the password unless one of the next two flags gives it."`
	passwordFlags
}

// passwordFlags say where a password is read from: the terminal when none is given.
type passwordFlags struct {
	PasswordStdin bool   `xor:"password" help:"Read the password from standard input."`
	PasswordFile  string `xor:"password" type:"existingfile" placeholder:"FILE" help:"Read the password from a file."`
	// known is the password if nobody must be asked.
	known string
}

// credentials returns the credentials of the new user; none without a user
// name.
func (l *login) credentials(at console) (map[string]any, error) {
	if l.Username == "" {
		if l.PasswordStdin || l.PasswordFile != "" {
			return nil, usageError("--username: a password needs a user name")
		}
		return map[string]any{}, nil
	}
	password, err := l.password(at)
	if err != nil {
		return nil, err
	}
	return map[string]any{"local": map[string]any{"username": l.Username, "password": password}}, nil
}

func (l *passwordFlags) password(at console) (string, error) {
	switch {
	case l.known != "":
		return l.known, nil
	case l.PasswordFile != "":
		file, err := os.Open(l.PasswordFile)
		if err != nil {
			return "", err
		}
		defer file.Close()
		return oneLine(file)
	case l.PasswordStdin:
		return oneLine(at.in)
	case term.IsTerminal(int(at.in.Fd())):
		return at.prompt()
	}
	return "", usageError("there is no terminal to ask for the password; give it with --password-stdin or --password-file")
}

// oneLine reads all input, without a final line end.
func oneLine(from io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxPassword+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxPassword {
		return "", usageError(fmt.Sprintf("the password is longer than %d bytes", maxPassword))
	}
	password := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if password == "" {
		return "", usageError("the password is empty")
	}
	return password, nil
}

// prompt asks twice, without showing the input.
func (at console) prompt() (string, error) {
	first, err := at.hidden("Password: ")
	if err != nil {
		return "", err
	}
	second, err := at.hidden("Once more: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", usageError("the two passwords differ; start again")
	}
	return oneLine(strings.NewReader(first))
}

func (at console) hidden(question string) (string, error) {
	fmt.Fprint(at.err, question)
	text, err := term.ReadPassword(int(at.in.Fd()))
	fmt.Fprintln(at.err)
	return string(text), err
}
