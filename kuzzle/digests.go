package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
)

type digests struct {
	Identify identifyDigest `cmd:"" help:"Show the format, parameters and strength of a password digest."`
	Verify   verifyDigest   `cmd:"" help:"Check a password, which is asked for, against a digest."`
	Presets  digestPresets  `cmd:"" help:"List the names that --digest knows, with their recipes."`
}

// givenDigest is the digest, and its format if the digest itself does not show
// it.
type givenDigest struct {
	Digest string `arg:"" help:"The digest, in single quotes, or - to read it from standard input."`
	Hasher string `placeholder:"NAME" help:"Format of the digest, if the digest itself does not show it."`
	described
	Value map[string]string `placeholder:"NAME=VALUE" mapsep:"none" help:"Value of a name in the recipe, such as --value salt=a1b2. May be repeated."`
}

type identifyDigest struct {
	givenDigest
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints the possible formats of the digest.
func (i *identifyDigest) Run(_ context.Context, at console) error {
	text, err := i.text(at)
	if err == nil {
		i.Hasher, text, err = i.with(i.Hasher, text)
	}
	if err != nil {
		return err
	}
	if i.Hasher != "" {
		described, err := backend.CheckDigest(i.Hasher, text)
		if err != nil {
			return errors.New(backend.Explain(err))
		}
		if i.JSON {
			return at.printJSON(described)
		}
		_, err = fmt.Fprintf(at.out, "%s\t%s\t%s\n", described.Hasher, described.Strength, parameters(described.Parameters))
		return err
	}
	report := backend.ExamineDigest(text)
	if i.JSON {
		return at.printJSON(report)
	}
	return i.print(at, report)
}

func (i *identifyDigest) print(at console, report backend.DigestReport) error {
	for _, c := range report.Candidates {
		switch {
		case c.Problem != "":
			fmt.Fprintf(at.out, "%s\tno\t%s\n", c.Hasher, c.Problem)
		case c.NeedsName:
			fmt.Fprintf(at.out, "%s\t%s\t%s\twith --hasher only\n", c.Hasher, c.Strength, parameters(c.Parameters))
		default:
			fmt.Fprintf(at.out, "%s\t%s\t%s\n", c.Hasher, c.Strength, parameters(c.Parameters))
		}
	}
	_, err := fmt.Fprintln(at.out, strings.ReplaceAll(report.Advice, "by naming the hasher", "with --hasher"))
	if err == nil && !report.Importable() {
		err = errors.New("this is no digest that could be imported")
	}
	return err
}

type verifyDigest struct {
	givenDigest
	PasswordStdin bool   `xor:"password" help:"Read the password from standard input."`
	PasswordFile  string `xor:"password" type:"existingfile" placeholder:"FILE" help:"Read the password from a file."`
}

// Run prints whether a password matches, and sets the exit status.
func (v *verifyDigest) Run(ctx context.Context, at console) error {
	text, err := v.text(at)
	if err != nil {
		return err
	}
	hasher, text, err := v.with(v.Hasher, text)
	if err != nil {
		return err
	}
	password, err := v.password(at)
	if err != nil {
		return err
	}
	right, err := backend.VerifyDigest(ctx, hasher, text, password)
	switch {
	case err != nil:
		return errors.New(backend.Explain(err))
	case !right:
		return errors.New("the password does not fit the digest")
	}
	_, err = fmt.Fprintln(at.out, "The password fits the digest.")
	return err
}

// password asks once: a mistyped one only fails to match.
func (v *verifyDigest) password(at console) (string, error) {
	if v.PasswordFile == "" && !v.PasswordStdin && term.IsTerminal(int(at.in.Fd())) {
		return at.hidden("Password: ")
	}
	if v.PasswordStdin && v.Digest == "-" {
		return "", usageError("standard input cannot hold both the digest and the password")
	}
	given := passwordFlags{PasswordStdin: v.PasswordStdin, PasswordFile: v.PasswordFile}
	return given.password(at)
}

func (g *givenDigest) text(at console) (string, error) {
	if g.Digest == "-" {
		return oneLine(at.in)
	}
	return g.Digest, nil
}

func parameters(all map[string]any) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		parts = append(parts, fmt.Sprintf("%s=%v", name, all[name]))
	}
	return strings.Join(parts, " ")
}
