package docker

import (
	"context"
	"debug/elf"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/freeport"
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
	Services map[string]service
	Volumes  map[string]any
}

type service struct {
	Image       string
	Build       struct{ Context, Dockerfile string }
	DependsOn   map[string]struct{ Condition string } `json:"depends_on"`
	Ports       []string
	Environment map[string]string
	Volumes     []string
	MemLimit    string `json:"mem_limit"`
	Healthcheck struct{ Test []string }
}

// asked is a variable that compose takes from its own environment or refuses to
// start without.
var asked = regexp.MustCompile(`^\$\{(\w+):\?[^}]+\}$`)

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

// TestEnvironment checks that every variable of the image and of the service is a setting
// with a value that the program takes.
func TestEnvironment(t *testing.T) {
	env := environment(t)
	for name, value := range composed(t).Services["kuzzle"].Environment {
		if variable := asked.FindStringSubmatch(value); variable != nil {
			if variable[1] != name {
				t.Errorf("%s is taken from %s", name, variable[1])
			}
			value = strings.Repeat("ab", 32)
		}
		env = append(env, name+"="+value)
	}
	cfg, origins, err := config.Load(config.Sources{Env: env})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Dev {
		t.Error("the server is open until its first administrator exists")
	}
	if _, _, err := config.Load(config.Sources{Env: append(env, "KUZZLE_DEV=true")}); err == nil {
		t.Error("KUZZLE_DEV opens a server to everybody who reaches its container")
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
	if at := c.mount(t, "kuzzle"); at != data {
		t.Errorf("the volume is at %s, the data at %s", at, data)
	}
	_, command, _ := strings.Cut(one(t, "HEALTHCHECK"), "CMD ")
	if diff := cmp.Diff(words(command), kuzzle.Healthcheck.Test[1:]); diff != "" {
		t.Errorf("health checks (-image +service):\n%s", diff)
	}
	if uid, gid, _ := strings.Cut(one(t, "USER"), ":"); uid == "0" || gid == "0" || uid == "root" {
		t.Error("the image runs as root")
	}
}

// mount answers the declared volume of a service and where it is.
func (c compose) mount(t *testing.T, name string) (at string) {
	t.Helper()
	if len(c.Services[name].Volumes) != 1 {
		t.Fatalf("%s has the volumes %q, want one", name, c.Services[name].Volumes)
	}
	volume, at, _ := strings.Cut(c.Services[name].Volumes[0], ":")
	if _, declared := c.Volumes[volume]; !declared {
		t.Errorf("%s mounts %s, which is not declared", name, volume)
	}
	return at
}

var (
	testedVersion = regexp.MustCompile(`<elasticsearch\.version>([^<]+)</elasticsearch\.version>`)
	heap          = regexp.MustCompile(`^-Xms(\d+)g -Xmx(\d+)g$`)
)

// TestComposedElasticsearch holds that the service beside is the version that
// the tests run on, keeps its data, has memory to spare beside its heap, and is
// waited for until it is well.
func TestComposedElasticsearch(t *testing.T) {
	c := composed(t)
	elastic, ok := c.Services["elasticsearch"]
	if !ok {
		t.Fatal("there is no service elasticsearch")
	}
	pom, err := os.ReadFile("elasticsearch/pom.xml")
	if err != nil {
		t.Fatal(err)
	}
	tested := testedVersion.FindStringSubmatch(string(pom))
	if tested == nil {
		t.Fatal("elasticsearch/pom.xml names no version")
	}
	if want := "docker.elastic.co/elasticsearch/elasticsearch:" + tested[1]; elastic.Image != want {
		t.Errorf("image: got %s, want %s", elastic.Image, want)
	}
	if at := c.mount(t, "elasticsearch"); at != "/usr/share/elasticsearch/data" {
		t.Errorf("the volume is at %s, the data is not", at)
	}
	sizes := heap.FindStringSubmatch(elastic.Environment["ES_JAVA_OPTS"])
	if sizes == nil || sizes[1] != sizes[2] {
		t.Fatalf("ES_JAVA_OPTS: got %q, want a heap of one size", elastic.Environment["ES_JAVA_OPTS"])
	}
	limit, _ := strings.CutSuffix(elastic.MemLimit, "g")
	of, _ := strconv.Atoi(sizes[1])
	if all, err := strconv.Atoi(limit); err != nil || all < 2*of {
		t.Errorf("memory: got %s, want twice the heap, which is half of what Elasticsearch uses", elastic.MemLimit)
	}
	if len(elastic.Ports) > 0 {
		t.Errorf("a cluster without credentials is open to others at %q", elastic.Ports)
	}
	if len(elastic.Healthcheck.Test) == 0 || c.Services["kuzzle"].DependsOn["elasticsearch"].Condition != "service_healthy" {
		t.Error("the server does not wait until the cluster is well")
	}
	address, err := url.Parse(c.Services["kuzzle"].Environment["KUZZLE_ELASTICSEARCH__ADDRESSES"])
	if err != nil || address.Hostname() != "elasticsearch" || !strings.Contains(strings.Join(elastic.Healthcheck.Test, " "), ":"+address.Port()+"/") {
		t.Errorf("the server looks for the cluster at %v, %v", address, err)
	}
}

// words reads the exec form of an instruction.
func words(list string) []string {
	var out []string
	_ = yaml.Unmarshal([]byte(list), &out) // what is no list compares as none
	return out
}

// TestImage builds the program as the Dockerfile says, starts it as the image
// does, in a root with nothing else in it and as its user, and has it check
// itself.
func TestImage(t *testing.T) {
	root, user := t.TempDir(), one(t, "USER")
	program := words(one(t, "ENTRYPOINT"))[0]
	build(t, filepath.Join(root, program))
	if runtime.GOOS == "linux" {
		wantStatic(t, filepath.Join(root, program))
	}
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{one(t, "VOLUME"), "/tmp"} {
		if err := os.Mkdir(filepath.Join(root, folder), 0o700); err != nil {
			t.Fatal(err)
		}
		give(t, filepath.Join(root, folder), user)
	}
	_, check, _ := strings.Cut(one(t, "HEALTHCHECK"), "CMD ")
	checking := words(check)
	if checking[0] != program {
		t.Fatalf("the health check runs %s, the image has %s", checking[0], program)
	}
	_, port, err := net.SplitHostPort(freeport.ForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	command := func(ctx context.Context, words []string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, program, words...)
		cmd.Env = append(environment(t), "KUZZLE_LISTEN=0.0.0.0:"+port)
		inRoot(t, cmd, root, user)
		return cmd
	}
	health := func() error { return command(t.Context(), checking[1:]).Run() }
	if code := exitCode(health()); code != 1 {
		t.Errorf("without a server the health check exits with %d, want 1", code)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	server := command(ctx, words(one(t, "CMD")))
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

// build makes the program as the Dockerfile says.
func build(t *testing.T, program string) {
	t.Helper()
	for _, in := range dockerfile(t) {
		parts := buildLine.FindStringSubmatch(in.rest)
		if in.name != "RUN" || parts == nil {
			continue
		}
		args := append(strings.Fields(parts[2]), program)
		cmd := exec.Command("go", append(args, strings.Fields(parts[4])...)...)
		cmd.Dir, cmd.Env = top, append(os.Environ(), parts[1])
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", in.rest, err, out)
		}
		return
	}
	t.Fatal("the Dockerfile builds nothing")
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

func exitCode(err error) int {
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	return 0
}
