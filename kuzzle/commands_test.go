package main

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/cli"
)

// words are where a name of Go has a hyphen as the name of a command.
var words = regexp.MustCompile("([a-z])([A-Z])")

// TestCommands: every command can be carried out, and says by --help what it, each of
// its arguments and each of its flags is for.
func TestCommands(t *testing.T) {
	found := 0
	var look func(command reflect.Value, path []string)
	look = func(command reflect.Value, path []string) {
		below := 0
		for i := range command.NumField() {
			field := command.Type().Field(i)
			if _, is := field.Tag.Lookup("cmd"); is {
				below++
				look(command.Field(i), append(path[:len(path):len(path)], strings.ToLower(words.ReplaceAllString(field.Name, "$1-$2"))))
			}
			if tag := field.Tag; !field.Anonymous && field.IsExported() && tag.Get("help") == "" {
				t.Errorf("kuzzle %s: no text for %s", strings.Join(path, " "), field.Name)
			}
		}
		if below > 0 {
			return
		}
		found++
		if _, is := command.Addr().Interface().(runner); !is {
			t.Errorf("kuzzle %s has no method Run", strings.Join(path, " "))
		}
		_, err := cli.Program{Name: "kuzzle", Texts: tagTexts}.Parse(new(commands), append(path, "--help"))
		if _, is := err.(cli.Printed); !is || strings.Contains(err.Error(), "${") {
			t.Errorf("kuzzle %s --help: %v", strings.Join(path, " "), err)
		}
	}
	look(reflect.ValueOf(new(commands)).Elem(), nil)
	if found < 30 {
		t.Errorf("%d commands were found", found)
	}
}

// BenchmarkServe measures what a start spends on its command line.
func BenchmarkServe(b *testing.B) {
	for b.Loop() {
		if _, err := (cli.Program{Name: "kuzzle", About: about}).Parse(new(commands), []string{"serve", "--dev"}); err != nil {
			b.Fatal(err)
		}
	}
}
