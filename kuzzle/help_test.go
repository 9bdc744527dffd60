package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// TestChoicesInHelp holds that --help names every value of a flag that takes one of a few.
func TestChoicesInHelp(t *testing.T) {
	parser, err := kong.New(new(commands), kong.Vars(config.FlagVars()), importVars(), webhookVars(), kong.Vars{"version": "any"})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	var look func(node *kong.Node)
	look = func(node *kong.Node) {
		for _, flag := range node.Flags {
			if flag.Enum == "" {
				continue
			}
			seen++
			words := strings.FieldsFunc(flag.PlaceHolder+" "+flag.Help, func(r rune) bool { return strings.ContainsRune(" |,.:;", r) })
			for choice := range strings.SplitSeq(flag.Enum, ",") {
				if choice != "" && !slices.Contains(words, choice) {
					t.Errorf("%s --%s: the help does not name %q", node.FullPath(), flag.Name, choice)
				}
			}
		}
		for _, child := range node.Children {
			look(child)
		}
	}
	look(parser.Model.Node)
	if seen == 0 {
		t.Error("no flag takes one of a few values")
	}
}
