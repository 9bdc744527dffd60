package cli

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gokuzzle/kuzzle/kuzzle/duration"
)

// node is a command, or the program itself.
type node struct {
	// path is the names of the commands down to it.
	path, help string
	value      reflect.Value
	commands   []branch
	flags      []*field
	args       []*field
}

// branch is a command below another. It is read when it is named.
type branch struct {
	name, help string
	value      reflect.Value
}

// field is a flag or an argument.
type field struct {
	name, help, placeholder, standard, xor string
	enum                                   []string
	isArg, required, optional, isFile      bool
	value                                  reflect.Value
	// given tells that the command line has it.
	given bool
}

// newNode reads the tags of the struct that a command's pointer leads to.
func newNode(path, help string, command any) *node {
	n := &node{path: path, help: help, value: reflect.ValueOf(command).Elem()}
	n.collect(n.value)
	return n
}

func (n *node) collect(from reflect.Value) {
	for i := range from.NumField() {
		declared, value := from.Type().Field(i), from.Field(i)
		tag := declared.Tag
		name := tag.Get("name")
		if name == "" {
			name = kebab(declared.Name)
		}
		_, isCommand := tag.Lookup("cmd")
		switch {
		case declared.Anonymous && declared.Type.Kind() == reflect.Struct:
			n.collect(value)
		case !declared.IsExported():
		case isCommand:
			n.commands = append(n.commands, branch{name, tag.Get("help"), value})
		default:
			f := &field{name: name, help: tag.Get("help"), placeholder: tag.Get("placeholder"), standard: tag.Get("default"), xor: tag.Get("xor"),
				isFile: tag.Get("type") == "existingfile", value: value}
			if enum, ok := tag.Lookup("enum"); ok {
				f.enum = strings.Split(enum, ",")
			}
			_, f.isArg = tag.Lookup("arg")
			_, f.required = tag.Lookup("required")
			_, f.optional = tag.Lookup("optional")
			if f.isArg {
				n.args = append(n.args, f)
			} else {
				n.flags = append(n.flags, f)
			}
		}
	}
}

// kebab is a field's name as a flag's: DryRun is dry-run, FromCAFile from-ca-file.
func kebab(name string) string {
	letters := []rune(name)
	var out []rune
	for i, r := range letters {
		begins := unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1]))
		if begins {
			out = append(out, '-')
		}
		out = append(out, unicode.ToLower(r))
	}
	return string(out)
}

func (f *field) isBool() bool  { return f.value.Kind() == reflect.Bool }
func (f *field) isSlice() bool { return f.value.Kind() == reflect.Slice }

// label is what errors call it.
func (f *field) label() string {
	switch {
	case !f.isArg:
		return "--" + f.name
	case f.isSlice():
		return "<" + f.name + "> ..."
	}
	return "<" + f.name + ">"
}

// choices are the values that it takes, without that of a flag which is not given.
func (f *field) choices() []string {
	var out []string
	for _, choice := range f.enum {
		if choice != "" {
			out = append(out, choice)
		}
	}
	return out
}

// shown is what stands for its value in help.
func (f *field) shown() string {
	switch {
	case f.placeholder != "":
		return f.placeholder
	case f.enum != nil:
		return strings.Join(f.choices(), "|")
	case f.standard != "":
		return f.standard
	}
	return "TEXT"
}

// assign takes a value of the command line.
func (f *field) assign(text string) error {
	f.given = true
	if err := f.set(text); err != nil {
		return fmt.Errorf("%s: %w", f.label(), err)
	}
	return nil
}

func (f *field) set(text string) error {
	switch into := f.value.Addr().Interface().(type) {
	case *string:
		*into = text
	case *bool:
		value, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		*into = value
	case *int:
		value, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is no whole number", text)
		}
		*into = value
	case *time.Duration:
		value, err := duration.Parse(text)
		if err != nil {
			return fmt.Errorf("%q is no duration such as 30m, 24h or 7d", text)
		}
		*into = value
	case *[]string:
		*into = append(*into, text)
	case *map[string]string:
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			return fmt.Errorf("write %s", f.shown())
		}
		if *into == nil {
			*into = map[string]string{}
		}
		(*into)[key] = value
	default:
		return fmt.Errorf("a field of type %s is no flag", f.value.Type())
	}
	return nil
}
