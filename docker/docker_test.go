package docker

import (
	"context"
	"debug/elf"
	"net"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

const top = ".."

// instruction is one line of the Dockerfile, split at its first space.
type instruction struct{ name, rest string }

func dockerfile(t *testing.T) []instruction {
	t.Helper()
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var list []instruction
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if name, rest, ok := strings.Cut(line, " "); ok && !strings.HasPrefix(line, "#") {
			list = append(list, instruction{name, rest})
		}
	}
	return list
}

// one answers what the only instruction of a name says.
func one(t *testing.T, name string) string {
	t.Helper()
	var found []string
	for _, in := range dockerfile(t) {
		if in.name == name {
			found = append(found, in.rest)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d instructions %s, want one", len(found), name)
	}
	return found[0]
}

// TestSources holds that what the image is built from exists, and that the
// ignore file lets it through.
func TestSources(t *testing.T) {
	ignore, err := os.ReadFile("Dockerfile.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	let := strings.Split(string(ignore), "\n")
	copied := 0
	for _, in := range dockerfile(t) {
		if in.name != "COPY" || strings.HasPrefix(in.rest, "--from=") {
			continue
		}
		words := strings.Fields(in.rest)
		for _, source := range words[:len(words)-1] {
			copied++
			if _, err := os.Stat(filepath.Join(top, source)); err != nil {
				t.Errorf("COPY %s: %v", source, err)
			}
			if !slices.Contains(let, "!"+source) {
				t.Errorf("COPY %s: Dockerfile.dockerignore keeps it out", source)
			}
		}
	}
	if copied == 0 {
		t.Error("nothing is copied")
	}
}

// compose is what the test looks at in compose.yaml.
type compose struct {
	Services map[string]struct {
		Build       struct{ Context, Dockerfile string }
		Ports       []string
		Environment map[string]string
		Volumes     []string
		Healthcheck struct{ Test []string }
	}
	Volumes map[string]any
}

func composed(t *testing.T) compose {
	t.Helper()
	text, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c compose
	if err := yaml.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// environment is what the Dockerfile sets.
func environment(t *testing.T) []string { return strings.Fields(one(t, "ENV")) }

// TestEnvironment holds that whatever the image or the service sets is a
// setting, of a value that the program takes.
func TestEnvironment(t *testing.T) {
	env := environment(t)
	for name, value := range composed(t).Services["kuzzle"].Environment {
		env = append(env, name+"="+value)
	}
	_, origins, err := config.Load(config.Sources{Env: env})
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, origin := range origins {
		told[origin.Name] = true
	}
	for _, entry := range env {
		if name, _, _ := strings.Cut(entry, "="); !told[name] {
			t.Errorf("%s is no setting", name)
		}
	}
}

// TestCompose holds that the service fits the image.
func TestCompose(t *testing.T) {
	c := composed(t)
	kuzzle, ok := c.Services["kuzzle"]
	if !ok {
		t.Fatal("there is no service kuzzle")
	}
	if _, err := os.Stat(filepath.Join(kuzzle.Build.Context, kuzzle.Build.Dockerfile)); err != nil {
		t.Error(err)
	}
	port := one(t, "EXPOSE")
	if want := []string{port + ":" + port}; !slices.Equal(kuzzle.Ports, want) {
		t.Errorf("ports: got %q, want %q", kuzzle.Ports, want)
	}
	data := one(t, "VOLUME")
	if !slices.Contains(environment(t), "KUZZLE_DATA="+data) || !slices.Contains(environment(t), "KUZZLE_LISTEN=0.0.0.0:"+port) {
		t.Errorf("ENV %q does not name the volume %s and the port %s", environment(t), data, port)
	}
	volume, at, _ := strings.Cut(kuzzle.Volumes[0], ":")
	if _, declared := c.Volumes[volume]; !declared || at != data {
		t.Errorf("volumes: %q does not mount a declared volume at %s", kuzzle.Volumes, data)
	}
	_, command, _ := strings.Cut(one(t, "HEALTHCHECK"), "CMD ")
	if diff := cmp.Diff(words(command), kuzzle.Healthcheck.Test[1:]); diff != "" {
		t.Errorf("health checks (-image +service):\n%s", diff)
	}
	if uid, gid, _ := strings.Cut(one(t, "USER"), ":"); uid == "0" || gid == "0" || uid == "root" {
		t.Error("the image runs as root")
	}
}

// words reads the exec form of an instruction.
func words(list string) []string {
	var out []string
	_ = yaml.Unmarshal([]byte(list), &out) // what is no list compares as none
	return out
}

// TestImage builds the program as the Dockerfile says, starts it as the image
// does, and has it check itself.
func TestImage(t *testing.T) {
	program := buildAsTold(t)
	if runtime.GOOS == "linux" {
		wantStatic(t, program)
	}
	_, check, _ := strings.Cut(one(t, "HEALTHCHECK"), "CMD ")
	checking := words(check)
	if got, want := checking[0], words(one(t, "ENTRYPOINT"))[0]; got != want {
		t.Fatalf("the health check runs %s, the image has %s", got, want)
	}
	_, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"KUZZLE_LISTEN=0.0.0.0:" + port, "KUZZLE_DATA=" + t.TempDir()}
	health := func() error {
		cmd := exec.Command(program, checking[1:]...)
		cmd.Env = env
		return cmd.Run()
	}
	if code := exitCode(health()); code != 1 {
		t.Errorf("without a server the health check exits with %d, want 1", code)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	server := exec.CommandContext(ctx, program, words(one(t, "CMD"))...)
	server.Env = env
	var log strings.Builder
	server.Stderr = &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	healthy := false
	for !healthy && ctx.Err() == nil {
		healthy = health() == nil
	}
	if !healthy {
		t.Error("with a server the health check never exits with 0")
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("docker stop: %v\n%s", err, &log)
	}
}

var buildLine = regexp.MustCompile(`^(\w+=\w+) go (build .*-o )(\S+)( .*)$`)

func buildAsTold(t *testing.T) string {
	t.Helper()
	for _, in := range dockerfile(t) {
		parts := buildLine.FindStringSubmatch(in.rest)
		if in.name != "RUN" || parts == nil {
			continue
		}
		program := filepath.Join(t.TempDir(), path.Base(parts[3]))
		args := append(strings.Fields(parts[2]), program)
		cmd := exec.Command("go", append(args, strings.Fields(parts[4])...)...)
		cmd.Dir, cmd.Env = top, append(os.Environ(), parts[1])
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", in.rest, err, out)
		}
		return program
	}
	t.Fatal("the Dockerfile builds nothing")
	return ""
}

// wantStatic fails on a program that needs a loader, which scratch has not.
func wantStatic(t *testing.T, program string) {
	t.Helper()
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP {
			t.Error("the program is not static")
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func exitCode(err error) int {
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	return 0
}
