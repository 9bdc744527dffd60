package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/nearest"
)

// Program is a command line.
type Program struct {
	// Name is the program's, About what --help says of it.
	Name, About string
	// Version returns what --version prints, Texts what ${name} stands for in the tags.
	// They are called when somebody asks.
	Version func() string
	Texts   func() map[string]string
}

// Printed is the error of a command line that asks for --help or --version: the text to
// print.
type Printed string

// Error is the text.
func (p Printed) Error() string { return string(p) }

// Parse reads arguments into root, a pointer to a struct, and returns a pointer to the
// struct of the command that they name. An error names the flag or argument, and never
// has the value of an unknown flag, which may be a secret.
func (p Program) Parse(root any, args []string) (command any, err error) {
	at := newNode(p.Name, "", root)
	var given []string
	for flagsEnded := false; len(args) > 0; {
		arg := args[0]
		args = args[1:]
		switch {
		case flagsEnded || arg == "-" || !strings.HasPrefix(arg, "-"):
			if len(at.commands) == 0 {
				given = append(given, arg)
			} else if at, err = at.command(arg); err != nil {
				return nil, err
			}
		case arg == "--":
			flagsEnded = true
		case arg == "-h", arg == "--help":
			return nil, Printed(p.help(at))
		case arg == "--version":
			return nil, Printed(p.Version() + "\n")
		default:
			if args, err = at.flag(arg, args); err != nil {
				return nil, err
			}
		}
	}
	if len(at.commands) > 0 {
		return nil, at.unfinished()
	}
	if err := at.arguments(given); err != nil {
		return nil, err
	}
	return at.value.Addr().Interface(), at.check()
}

// command is the one of a name.
func (n *node) command(name string) (*node, error) {
	var names []string
	for _, c := range n.commands {
		if c.name == name {
			return newNode(n.path+" "+name, c.help, c.value.Addr().Interface()), nil
		}
		names = append(names, c.name)
	}
	return nil, unexpected("argument "+name, nearest.Of(name, names))
}

func unexpected(what, near string) error {
	if near == "" {
		return errors.New("unexpected " + what)
	}
	return fmt.Errorf("unexpected %s, did you mean %q?", what, near)
}

// unfinished is the error of a command line that names no command.
func (n *node) unfinished() error {
	var names []string
	for _, c := range n.commands {
		names = append(names, c.name)
	}
	return fmt.Errorf("give a command after %s: %s", n.path, strings.Join(names, ", "))
}

// flag reads one flag, whose value may be the next argument, and returns the arguments
// behind it.
func (n *node) flag(arg string, next []string) ([]string, error) {
	name, value, hasValue := strings.Cut(arg, "=")
	names := []string{"--help", "--version"}
	for i, f := range n.flags {
		if "--"+f.name != name {
			names = append(names, "--"+f.name)
			continue
		}
		switch {
		case hasValue:
		case f.isBool():
			value = "true"
		case len(next) == 0:
			return nil, fmt.Errorf("%s: give a value", name)
		case strings.HasPrefix(next[0], "-") && next[0] != "-":
			return nil, fmt.Errorf("%s: give a value, after = where it begins with -", name)
		default:
			value, next = next[0], next[1:]
		}
		return next, n.flags[i].assign(value)
	}
	return nil, unknown(name, nearest.Of(name, names))
}

func unknown(name, near string) error {
	if near == "" {
		return errors.New("unknown flag " + name)
	}
	return fmt.Errorf("unknown flag %s, did you mean %q?", name, near)
}

// arguments gives the arguments to their fields, in order.
func (n *node) arguments(given []string) error {
	for i, f := range n.args {
		many := f.isSlice()
		switch {
		case len(given) == 0 && !f.optional:
			return fmt.Errorf("expected %q", f.label())
		case len(given) == 0:
			continue
		}
		for len(given) > 0 {
			if err := n.args[i].assign(given[0]); err != nil {
				return err
			}
			if given = given[1:]; !many {
				break
			}
		}
	}
	if len(given) > 0 {
		return unexpected("argument "+given[0], "")
	}
	return nil
}

// check gives defaults to what was not given, and refuses flags that are missing, that
// exclude each other, or that have a value which is not taken.
func (n *node) check() error {
	var missing []string
	exclusive := map[string]string{}
	for _, f := range slices.Concat(n.flags, n.args) {
		if f.required && !f.given {
			missing = append(missing, "--"+f.name+"="+f.shown())
		}
		if f.given && f.xor != "" {
			if other := exclusive[f.xor]; other != "" {
				return fmt.Errorf("%s and %s exclude each other", other, f.label())
			}
			exclusive[f.xor] = f.label()
		}
		if !f.given && f.standard != "" {
			if err := f.set(f.standard); err != nil {
				return fmt.Errorf("%s: the default: %w", f.label(), err)
			}
		}
		if f.given && f.enum != nil && !slices.Contains(f.enum, f.value.String()) {
			return fmt.Errorf("%s: %q is none of %s", f.label(), f.value.String(), strings.Join(f.choices(), ", "))
		}
		if f.given && f.isFile {
			if err := f.openable(); err != nil {
				return fmt.Errorf("%s: %w", f.label(), err)
			}
		}
	}
	if missing != nil {
		return fmt.Errorf("missing flags: %s", strings.Join(missing, ", "))
	}
	return nil
}

// openable refuses a value that does not name a file. It expands ~/ to the user's home,
// since a shell does not do so after --flag=.
func (f *field) openable() error {
	name := f.value.String()
	if name == "-" {
		return nil
	}
	if below, ok := strings.CutPrefix(name, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return err
		}
		name = filepath.Join(home, below)
		f.value.SetString(name)
	}
	info, err := os.Stat(name)
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder", name)
	}
	return err
}
