package backend

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// terminal returns a pseudo-terminal: a person would read the program's output
// on the screen.
func terminal(t *testing.T) (program, screen *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	if err := unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return program, screen
}

// shown reads what the screen shows until it holds the text.
func shown(t *testing.T, screen *os.File, until string) string {
	t.Helper()
	var text strings.Builder
	timer := time.AfterFunc(20*time.Second, func() { _ = screen.Close() })
	defer timer.Stop()
	for buffer := make([]byte, 4096); !strings.Contains(text.String(), until); {
		n, err := screen.Read(buffer)
		if err != nil {
			t.Fatalf("the screen shows no %q: %q and %v", until, text.String(), err)
		}
		text.Write(buffer[:n])
	}
	return strings.ReplaceAll(text.String(), "\r\n", "\n")
}

var (
	curl         = regexp.MustCompile(`(?m)^  (curl .*)$`)
	printedToken = regexp.MustCompile(`kboot-\w+`)
)

// run gives a printed command to a shell, and the answer's status.
func run(t *testing.T, command string) string {
	t.Helper()
	out, err := exec.Command("sh", "-c", strings.Replace(command, "curl ", "curl -s -o /dev/null -w '%{http_code}' ", 1)).Output()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return string(out)
}

// TestTerminal: a terminal shows how to make the first administrator, the
// printed curl does it once a password is filled in, and the log has no token.
func TestTerminal(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("curl is not installed")
	}
	for _, open := range []bool{false, true} {
		t.Run(fmt.Sprintf("dev=%t", open), func(t *testing.T) {
			program, screen := terminal(t)
			var log bytes.Buffer
			app := newApp(t, func(cfg *config.Config) { cfg.Dev = open }, WithTerminal(program), WithLog(slog.New(slog.NewTextHandler(&log, nil))))
			serveAt(t, app)
			text := shown(t, screen, "instead of")
			command := curl.FindStringSubmatch(text)
			if command == nil {
				t.Fatalf("there is no curl: %s", text)
			}
			greeting, text, _ := strings.Cut(text, "\n")
			if !regexp.MustCompile(`^Kuzzle listens on (http://127\.0\.0\.1:\d+)\. Next: open http://127\.0\.0\.1:\d+/dashboard/ in a browser\.\r?$`).MatchString(greeting) {
				t.Errorf("the first line is %q", greeting)
			}
			if open != strings.HasPrefix(text, "Open to this machine: until the first administrator exists, every program on it may do everything") {
				t.Errorf("it begins otherwise: %s", text)
			}
			if open == strings.Contains(text, "\n  kuzzle admin create --username root --data '") || open == printedToken.MatchString(text) {
				t.Errorf("a way is missing, or there is one too many: %s", text)
			}
			if got := run(t, command[1]); got != "400" {
				t.Errorf("with the placeholder as a password it is answered %s", got)
			}
			if got := run(t, strings.ReplaceAll(command[1], placeholder, "correct horse")); got != "200" {
				t.Errorf("%s is answered %s", command[1], got)
			}
			if again := run(t, strings.ReplaceAll(command[1], placeholder, "correct horse")); again != "401" {
				t.Errorf("the same again is answered %s", again)
			}
			if tok := printedToken.FindString(log.String()); tok != "" {
				t.Error("the log holds a token")
			}
		})
	}
}

// TestNoTerminal: output that is not a terminal gets no token, although a device
// looks like one.
func TestNoTerminal(t *testing.T) {
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer nowhere.Close()
	var log bytes.Buffer
	for name, w := range map[string]io.Writer{"/dev/null": nowhere, "nothing": nil} {
		log.Reset()
		app := newApp(t, nil, WithTerminal(w), WithLog(slog.New(slog.NewTextHandler(&log, nil))))
		serveOnce(t, app)
		if !strings.Contains(log.String(), "kuzzle admin create --username root") || !strings.Contains(log.String(), "KUZZLE_BOOTSTRAP_TOKEN_FILE") {
			t.Errorf("%s: the log does not say both ways: %s", name, &log)
		}
		if printedToken.MatchString(log.String()) {
			t.Errorf("%s: the log holds a token", name)
		}
	}
}
