//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/sys/unix"
)

// TestReadmeImports runs the commands of the README's section about imports on a terminal, and
// compares all that they print.
func TestReadmeImports(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "## Bring your users\n")
	section, _, _ := strings.Cut(rest, "\n## ")
	folder := importFiles(t, section)
	ran := 0
	for _, block := range regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$").FindAllStringSubmatch(section, -1) {
		if block[1] != "" {
			continue
		}
		for command := range strings.SplitSeq(strings.TrimPrefix(block[2], "$ "), "\n$ ") {
			line, want, _ := strings.Cut(command, "\n")
			ran++
			if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(onTerminal(t, folder, line))); diff != "" {
				t.Errorf("%s\nprints something else (-README +kuzzle):\n%s", line, diff)
			}
		}
	}
	if ran == 0 {
		t.Error("the section has no commands")
	}
}

// importFiles writes the files of the section's commands into a folder: the table of the README
// itself, those of testdata, and those of the script about Clerk.
func importFiles(t *testing.T, section string) string {
	t.Helper()
	folder := t.TempDir()
	table := regexp.MustCompile("(?ms)^```csv\n(.*?)^```$").FindStringSubmatch(section)
	script, err := txtar.ParseFile("testdata/script/clerk.txtar")
	if err != nil || table == nil {
		t.Fatal("the README has no table, or there is no script: ", err)
	}
	files := append(script.Files, txtar.File{Name: "users.csv", Data: []byte(table[1])})
	names, err := filepath.Glob("testdata/readme/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, txtar.File{Name: filepath.Base(name), Data: data})
	}
	for _, file := range files {
		if err := os.WriteFile(filepath.Join(folder, file.Name), file.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// onTerminal runs a command whose standard input is a terminal, at which somebody answers y. It
// returns the output as a person sees it.
func onTerminal(t *testing.T, folder, line string) string {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	if _, err := master.WriteString("y\n"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	words := strings.Fields(line)
	command := exec.Command(words[0], words[1:]...)
	command.Dir, command.Stdin, command.Stdout, command.Stderr = folder, terminal, &out, &out
	command.Env = append(os.Environ(), "KUZZLE_DATA="+filepath.Join(folder, "data"))
	for _, setting := range cheap {
		command.Env = append(command.Env, setting[0]+"="+setting[1])
	}
	_ = command.Run() // its message is part of the output
	return strings.Replace(out.String(), "[y/N] ", "[y/N] y\n", 1)
}
