package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// described are the flags about digests that other functions precede, or that have their
// salt elsewhere. The pepper is no flag, because other users of the machine see those.
type described struct {
	Recipe     string `name:"digest" placeholder:"RECIPE" help:"Way from the password to the digest, such as 'bcrypt(base64(hmac_sha512(pepper, password)))', or a name that kuzzle digest presets lists. salt, and any other name, is the column with it."`
	PepperFile string `type:"existingfile" placeholder:"FILE" help:"File with the recipe's pepper; without it, the environment variable KUZZLE_DIGEST_PEPPER."`
	// secret is the pepper, once it is read.
	secret string
}

// pepper returns the pepper, "" for none.
func (d *described) pepper() (string, error) {
	switch {
	case d.PepperFile != "" && d.Recipe == "":
		return "", usageError("--pepper-file: it needs --digest")
	case d.PepperFile == "" && backend.NeedsPepper(d.Recipe):
		return os.Getenv(config.DigestPepper), nil
	case d.PepperFile == "":
		return "", nil
	}
	file, err := os.Open(d.PepperFile)
	if err != nil {
		return "", err
	}
	defer file.Close()
	pepper, err := oneLine(file)
	if err != nil {
		return "", usageError("--pepper-file: the file is empty or too long")
	}
	return pepper, nil
}

// with returns the format and the text of a digest with its recipe.
func (g *givenDigest) with(hasher, text string) (as, described string, err error) {
	switch {
	case g.Recipe == "" && len(g.Value) > 0:
		return "", "", usageError("--value: it needs --digest")
	case g.Recipe == "":
		return hasher, text, nil
	case hasher != "":
		return "", "", usageError("--hasher: give it or --digest, not both")
	}
	pepper, err := g.pepper()
	if err != nil {
		return "", "", err
	}
	values := maps.Clone(g.Value)
	if values == nil {
		values = map[string]string{}
	}
	if pepper != "" {
		values["pepper"] = pepper
	}
	as, described, err = backend.DescribedDigest(g.Recipe, text, values)
	if err != nil {
		return "", "", errors.New(backend.Explain(err))
	}
	return as, described, nil
}

type digestPresets struct{}

// Run prints each preset with its recipe, if it needs one.
func (digestPresets) Run(_ context.Context, at console) error {
	for _, p := range backend.DigestPresets() {
		fmt.Fprintf(at.out, "%-26s %s\n", p.Name, p.Note)
		if p.Recipe != "" {
			fmt.Fprintf(at.out, "    %s\n", p.Recipe)
		}
	}
	return nil
}
