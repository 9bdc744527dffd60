package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/freeport"
)

const readme = "../README.md"

// block is a fenced text of the tour: commands, or their output.
type block struct{ kind, text string }

var fence = regexp.MustCompile("(?ms)^```([a-z ]+)\n(.*?)^```$")

// tour returns the blocks of the README's five minutes.
func tour(t *testing.T) []block {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "## Five minutes\n")
	section, _, ok := strings.Cut(rest, "\n## ")
	if !ok {
		t.Fatal("the README has no tour")
	}
	var blocks []block
	for _, found := range fence.FindAllStringSubmatch(section, -1) {
		blocks = append(blocks, block{found[1], found[2]})
	}
	return blocks
}

// TestReadme follows the tour literally, but for the address, which has to be a
// free one, and for the program, which is built already.
func TestReadme(t *testing.T) {
	need(t, "sh", "curl", "sed", "tee")
	address, err := freeport.Address()
	if err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("kuzzle")
	if err != nil {
		t.Fatal(err)
	}
	adapt := strings.NewReplacer("127.0.0.1:7512", address, "go run ./kuzzle", program,
		"port: 7512", "port: "+address[strings.LastIndex(address, ":")+1:])
	folder := t.TempDir()
	t.Setenv("KUZZLE_LISTEN", address)
	t.Setenv("KUZZLE_DATA", filepath.Join(folder, "kuzzle-data"))
	for _, setting := range cheap {
		t.Setenv(setting[0], setting[1])
	}
	blocks := tour(t)
	serveTour(t, folder, adapt.Replace(blocks[0].text))
	follow(t, folder, blocks[1:], adapt)
	t.Run("frame", func(t *testing.T) { sendFrames(t, address, blocks) })
	t.Run("kuzzle-sdk", func(t *testing.T) { runJavaScript(t, folder, blocks, adapt) })
}

// serveTour runs the tour's first command until the test ends.
func serveTour(t *testing.T, folder, command string) {
	t.Helper()
	server := exec.Command("sh", "-c", "exec "+command)
	var log bytes.Buffer
	server.Dir, server.Stderr, server.Stdout = folder, &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM) // a lost signal changes nothing
		if err := server.Wait(); err != nil || t.Failed() {
			t.Errorf("the server ended with %v\n%s", err, &log)
		}
	})
	for deadline := time.Now().Add(patient); ; {
		check := exec.Command(strings.Fields(command)[0], "healthcheck")
		if out, err := check.CombinedOutput(); err == nil {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("the server does not listen: %s", out)
		}
	}
}

// mark separates the outputs of two blocks of commands.
const mark = "\n-- next block --\n"

// follow runs all commands in one shell and compares their output with the
// blocks after them.
func follow(t *testing.T, folder string, blocks []block, adapt *strings.Replacer) {
	t.Helper()
	script := "set -eu\n"
	for _, b := range blocks {
		if b.kind == "sh" {
			script += b.text + "printf '" + strings.ReplaceAll(mark, "\n", `\n`) + "'\n"
		}
	}
	shell := exec.Command("sh", "-c", adapt.Replace(script))
	shell.Dir, shell.Stderr = folder, os.Stderr
	out, err := shell.Output()
	if err != nil {
		t.Fatalf("%v after\n%s", err, out)
	}
	printed := strings.Split(string(out), mark)
	compared := 0
	for i, b := range blocks {
		if b.kind != "sh" {
			continue
		}
		got := printed[compared]
		compared++
		switch want := blocks[i+1]; want.kind {
		case "json":
			if diff := cmp.Diff(masked(t, want.text), masked(t, got)); diff != "" {
				t.Errorf("%s\nprints something else (-README +server):\n%s", b.text, diff)
			}
		case "text":
			if diff := cmp.Diff(maskIDs(want.text), maskIDs(got+"\n")); diff != "" {
				t.Errorf("%s\nprints something else (-README +server):\n%s", b.text, diff)
			}
		default:
			t.Errorf("the README does not tell what this prints:\n%s", b.text)
		}
	}
}

// varying are the keys whose values are different each time; their kind is not.
var varying = regexp.MustCompile(`^(requestId|jwt|expiresAt|createdAt|_id)$`)

func masked(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return mask(value)
}

func mask(value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	for key, inner := range object {
		text, isText := inner.(string)
		switch {
		case varying.MatchString(key) && isText:
			kind, _, _ := strings.Cut(text, "-")
			if key == "requestId" {
				kind = ""
			}
			object[key] = kind + "-…"
		case varying.MatchString(key):
			object[key] = "…"
		default:
			object[key] = mask(inner)
		}
	}
	return object
}

var human = regexp.MustCompile(`kuid-[a-z]+-[a-z]+-\d+`)

func maskIDs(text string) string { return human.ReplaceAllString(strings.TrimSpace(text), "kuid-…") }

// sendFrames sends the tour's frames over one WebSocket.
func sendFrames(t *testing.T, address string, blocks []block) {
	conn, _, err := websocket.DefaultDialer.Dial("ws://"+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sent := 0
	for _, b := range blocks {
		if b.kind != "json frame" {
			continue
		}
		sent++
		if err := conn.WriteMessage(websocket.TextMessage, []byte(b.text)); err != nil {
			t.Fatal(err)
		}
		var answer struct {
			Status int
			Room   string
			Result struct {
				ID string `json:"_id"`
			}
		}
		if err := conn.ReadJSON(&answer); err != nil {
			t.Fatal(err)
		}
		if answer.Status != 200 || answer.Room != "1" || answer.Result.ID != "root" {
			t.Errorf("%s is answered %+v", b.text, answer)
		}
	}
	if sent == 0 {
		t.Error("the tour has no frame")
	}
}

// runJavaScript runs the tour's program with the unmodified client.
func runJavaScript(t *testing.T, folder string, blocks []block, adapt *strings.Replacer) {
	need(t, "node")
	packages, err := filepath.Abs("../.ci/clients/kuzzle-sdk/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(packages); err != nil {
		skip(t, "kuzzle-sdk is not installed; .ci/test does it")
	}
	for _, b := range blocks {
		if b.kind != "js" {
			continue
		}
		file := filepath.Join(folder, "tour.cjs")
		if err := os.WriteFile(file, []byte(adapt.Replace(b.text)), 0o600); err != nil {
			t.Fatal(err)
		}
		node := exec.Command("node", file)
		node.Env = append(os.Environ(), "NODE_PATH="+packages)
		out, err := node.CombinedOutput()
		if got, want := string(out), "[ 'mary' ]\n"; err != nil || got != want {
			t.Errorf("got %q and %v, want %q", got, err, want)
		}
	}
}

func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			skip(t, tool+" is not installed")
		}
	}
}

// skip leaves out a test that needs more than Go, except in CI.
func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}
