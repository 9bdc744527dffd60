package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

type shared struct {
	DataDir string `placeholder:"${where}" help:"Folder of ${where}."`
}

type copying struct {
	shared
	From   string            `required:"" placeholder:"STORE" help:"Where it is."`
	Into   []string          `arg:"" name:"file" help:"Files to write."`
	Mode   string            `enum:",fast,safe" help:"How."`
	Limit  int               `default:"100" help:"How many."`
	Wait   time.Duration     `default:"24h" help:"How long."`
	DryRun bool              `help:"Write nothing."`
	Map    map[string]string `placeholder:"KEY=VALUE" help:"What to rename."`
	Tag    []string          `default:"plain" help:"Tags."`
	CAFile string            `name:"ca-file" type:"existingfile" xor:"trust" help:"A file."`
	Trust  bool              `xor:"trust" help:"Trust anybody."`
}

func (copying) Help() string { return "More about copying." }

type all struct {
	Copy  copying `cmd:"" help:"Copy things."`
	Thing struct {
		List struct {
			First string `arg:"" optional:"" default:"-" help:"The first one."`
		} `cmd:"" help:"List things."`
		Drop struct{} `cmd:"" help:"Drop things."`
	} `cmd:"" help:"Look after things."`
}

var program = Program{Name: "tool", About: "A tool.\n\nIt does things.", Version: func() string { return "tool 1" },
	Texts: func() map[string]string { return map[string]string{"where": "HERE"} }}

// TestParse: flags come before, between and behind arguments, in either form, and what
// is not given has its default.
func TestParse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	standard := copying{From: "a", Into: []string{"x"}, Limit: 100, Wait: 24 * time.Hour, Tag: []string{"plain"}}
	with := func(change func(c *copying)) *copying {
		c := standard
		change(&c)
		return &c
	}
	for _, test := range []struct {
		line string
		want *copying
	}{
		{"copy --from a x", &standard},
		{"copy --from=a x y", with(func(c *copying) { c.Into = []string{"x", "y"} })},
		{"copy x --from a - -- --y", with(func(c *copying) { c.Into = []string{"x", "-", "--y"} })},
		{"copy x --from b --from a", &standard},
		{"copy x --from a --limit=-5 --wait 90s", with(func(c *copying) { c.Limit, c.Wait = -5, 90*time.Second })},
		{"copy x --from a --dry-run --mode fast", with(func(c *copying) { c.DryRun, c.Mode = true, "fast" })},
		{"copy --dry-run=false x --from a --mode=", &standard},
		{"copy x --from a --map a=b --map c=d=e", with(func(c *copying) { c.Map = map[string]string{"a": "b", "c": "d=e"} })},
		{"copy x --from a --tag v --tag w,x", with(func(c *copying) { c.Tag = []string{"v", "w,x"} })},
		{"copy x --from a --data-dir /d --ca-file " + file, with(func(c *copying) { c.DataDir, c.CAFile = "/d", file })},
		{"copy x --from a --ca-file -", with(func(c *copying) { c.CAFile = "-" })},
	} {
		got, err := program.Parse(new(all), strings.Fields(test.line))
		if err != nil {
			t.Errorf("%s: %v", test.line, err)
			continue
		}
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(copying{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.line, diff)
		}
	}
	home := filepath.Dir(file)
	t.Setenv("HOME", home)
	got, err := program.Parse(new(all), []string{"copy", "x", "--from=a", "--ca-file=~/ca.pem"})
	if err != nil || got.(*copying).CAFile != file {
		t.Errorf("below the home: got %v, %v", got, err)
	}
}

// TestRefusals: each names the flag or argument, and a near one where there is one.
func TestRefusals(t *testing.T) {
	for line, want := range map[string]string{
		"":                                    "give a command after tool: copy, thing",
		"thing":                               "give a command after tool thing: list, drop",
		"copi":                                `unexpected argument copi, did you mean "copy"?`,
		"thing list a b":                      "unexpected argument b",
		"copy --from a":                       `expected "<file> ..."`,
		"copy x":                              "missing flags: --from=STORE",
		"copy x --form=secret":                `unknown flag --form, did you mean "--from"?`,
		"copy x --password=secret":            "unknown flag --password",
		"copy x -v":                           "unknown flag -v",
		"copy x --from":                       "--from: give a value",
		"copy x --from --dry-run":             "--from: give a value, after = where it begins with -",
		"copy x --from a --mode slow":         `--mode: "slow" is none of fast, safe`,
		"copy x --from a --limit x":           `--limit: "x" is no whole number`,
		"copy x --from a --wait x":            `--wait: "x" is no duration such as 30m, 24h or 7d`,
		"copy x --from a --dry-run=maybe":     `--dry-run: "maybe" is neither true nor false`,
		"copy x --from a --map x":             "--map: write KEY=VALUE",
		"copy x --from a --ca-file missing":   "--ca-file: stat missing: no such file or directory",
		"copy x --from a --ca-file /":         "--ca-file: / is a folder",
		"copy x --from a --ca-file=- --trust": "--ca-file and --trust exclude each other",
		"--from a copy":                       "unknown flag --from",
	} {
		_, err := program.Parse(new(all), strings.Fields(line))
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", line, err, want)
		}
	}
}

// TestHelp: help is of the command named so far, wherever it is asked for.
func TestHelp(t *testing.T) {
	for line, want := range map[string]string{
		"--help": `Usage: tool <command> [flags]

A tool.

It does things.

Flags:
  -h, --help       Show this help.
      --version    Print the version.

Commands:
  copy          Copy things.
  thing list    List things.
  thing drop    Drop things.

Run "tool <command> --help" for more information on a command.
`,
		"copy x --trust -h --nonsense": `Usage: tool copy <file> ... [flags]

Copy things.

More about copying.

Arguments:
  <file> ...    Files to write.

Flags:
      --data-dir=HERE     Folder of HERE.
      --from=STORE        Where it is.
      --mode=fast|safe    How.
      --limit=100         How many.
      --wait=24h          How long.
      --dry-run           Write nothing.
      --map=KEY=VALUE     What to rename.
      --tag=plain         Tags.
      --ca-file=TEXT      A file.
      --trust             Trust anybody.
  -h, --help              Show this help.
      --version           Print the version.
`,
		"thing --version": "tool 1\n",
	} {
		_, err := program.Parse(new(all), strings.Fields(line))
		var got Printed
		if !errors.As(err, &got) {
			t.Errorf("%s: %v", line, err)
		} else if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
	words := wrap("one two three four", 9)
	if diff := cmp.Diff([]string{"one two", "three", "four"}, words); diff != "" {
		t.Error(diff)
	}
}
