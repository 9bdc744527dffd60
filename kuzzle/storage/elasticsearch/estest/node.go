package estest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gokuzzle/kuzzle/kuzzle/freeport"
)

// Environment names the variable with the addresses of a running node,
// separated by commas.
const Environment = "KUZZLE_TEST_ELASTICSEARCH"

// ErrNoTools means that no node runs and none can be started here.
var ErrNoTools = errors.New("estest: no Elasticsearch: set " + Environment + ", or install Java 17, Maven and unzip")

// Node is a running node.
type Node struct {
	Addresses []string
	// Name is the node's name in its cluster, if StartCluster set one.
	Name    string
	process *exec.Cmd
	data    string
}

// leftOut reports whether err is a lack of tools, because of which tests are
// skipped; in CI it is a failure.
func leftOut(err error) bool { return errors.Is(err, ErrNoTools) && os.Getenv("CI") != "true" }

// Need returns the node that start starts. Without tools the test is skipped, or
// fails if CI is true.
func Need(t testing.TB, start func() (*Node, error)) *Node {
	t.Helper()
	node, err := start()
	if leftOut(err) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return node
}

// ForTest returns a node that stops when the test ends.
func ForTest(t testing.TB) *Node {
	t.Helper()
	node := Need(t, func() (*Node, error) { return Start(t.Context()) })
	t.Cleanup(node.Stop)
	return node
}

// Main runs the tests with a node and returns the exit code for os.Exit. At the
// end it removes the indexes of the prefixes and checks that no goroutine is
// left. Without tools the tests are skipped with a message, or fail if CI is
// true.
func Main(m *testing.M, use func(*Node), lent ...*Prefixes) int {
	code := run(m, use, lent)
	if code == 0 {
		// Tests ask the node beside the store; their connections are nobody's.
		http.DefaultClient.CloseIdleConnections()
		if err := goleak.Find(); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	return code
}

func run(m *testing.M, use func(*Node), lent []*Prefixes) int {
	node, err := Start(context.Background())
	if leftOut(err) {
		fmt.Println("tests left out:", err)
		return 0
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer node.Stop()
	use(node)
	code := m.Run()
	for _, p := range lent {
		if err := p.Remove(node); err != nil {
			fmt.Println(err)
			code = max(code, 1)
		}
	}
	return code
}

// Start returns the node of the environment, or starts one with further settings,
// key=value.
func Start(ctx context.Context, settings ...string) (*Node, error) {
	if given := os.Getenv(Environment); given != "" && len(settings) == 0 {
		return &Node{Addresses: strings.Split(given, ",")}, nil
	}
	home, err := setUp(ctx)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	n, err := launch(home, port, settings...)
	if err != nil {
		return nil, err
	}
	if err := n.await(ctx, "wait_for_status=yellow"); err != nil {
		n.Stop()
		return nil, err
	}
	return n, nil
}

// StartCluster starts nodes that form their own cluster, with further settings,
// key=value.
func StartCluster(ctx context.Context, size int, settings ...string) ([]*Node, error) {
	home, err := setUp(ctx)
	if err != nil {
		return nil, err
	}
	ports := make([]int, 2*size)
	names, seeds := make([]string, size), make([]string, size)
	for i := range ports {
		if ports[i], err = freePort(); err != nil {
			return nil, err
		}
	}
	for i := range size {
		names[i], seeds[i] = fmt.Sprint("node", i), fmt.Sprintf("127.0.0.1:%d", ports[size+i])
	}
	cluster := make([]*Node, 0, size)
	for i := range size {
		n, err := launch(home, ports[i], append([]string{"node.name=" + names[i], fmt.Sprintf("transport.port=%d", ports[size+i]),
			fmt.Sprintf("cluster.name=kuzzle-test-%d", ports[0]), "discovery.seed_hosts=" + strings.Join(seeds, ","), "cluster.initial_master_nodes=" + strings.Join(names, ",")}, settings...)...)
		if err == nil {
			n.Name, cluster = names[i], append(cluster, n)
		}
		if err == nil && i == size-1 {
			err = n.await(ctx, fmt.Sprintf("wait_for_status=green&wait_for_nodes=%d", size))
		}
		if err != nil {
			for _, started := range cluster {
				started.Stop()
			}
			return nil, err
		}
	}
	return cluster, nil
}

func launch(home string, port int, settings ...string) (*Node, error) {
	data, err := os.MkdirTemp("", "kuzzle-elasticsearch-")
	if err != nil {
		return nil, err
	}
	n := &Node{Addresses: []string{fmt.Sprintf("http://127.0.0.1:%d", port)}, data: data}
	arguments := append([]string{home, fmt.Sprint(port), "path.data=" + data}, settings...)
	n.process = exec.Command(filepath.Join(launcher(), "start.sh"), arguments...)
	n.process.SysProcAttr = bound()
	log, err := os.Create(filepath.Join(data, "node.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	n.process.Stdout, n.process.Stderr = log, log
	return n, n.process.Start()
}

// launcher returns the folder of the scripts that start Elasticsearch. Tests run in
// folders of the checkout, and a program that is built with -trimpath does not know
// where its sources are.
func launcher() string {
	scripts := filepath.Join("docker", "elasticsearch")
	folder, _ := os.Getwd()
	for folder != filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, scripts, "start.sh")); err == nil {
			break
		}
		folder = filepath.Dir(folder)
	}
	return filepath.Join(folder, scripts)
}

// setUp creates the installation in the user's cache, once for all runs.
func setUp(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	home := filepath.Join(cache, "kuzzle-test", "elasticsearch-8.19.0")
	out, err := exec.CommandContext(ctx, filepath.Join(launcher(), "setup.sh"), home).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 {
		return "", fmt.Errorf("%w (%s)", ErrNoTools, strings.TrimSpace(string(out)))
	}
	if err != nil {
		return "", fmt.Errorf("estest: setup.sh: %w: %s", err, out)
	}
	return home, nil
}

func freePort() (int, error) {
	address, err := freeport.Address()
	if err != nil {
		return 0, err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

const startTime = 2 * time.Minute

func (n *Node) await(ctx context.Context, until string) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, n.Addresses[0]+"/_cluster/health?"+until, nil)
		if err != nil {
			return err
		}
		if response, err := client.Do(request); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			text, _ := os.ReadFile(filepath.Join(n.data, "node.log"))
			return fmt.Errorf("estest: the node does not answer: %w\n%s", ctx.Err(), text)
		case <-tick.C:
		}
	}
}

// Kill ends a node that was started here at once, like a failing machine.
func (n *Node) Kill() {
	if n.process != nil {
		_ = n.process.Process.Kill()
		_ = n.process.Wait()
	}
}

// Stop ends a node that was started here and removes its data.
func (n *Node) Stop() {
	if n.process == nil {
		return
	}
	_ = n.process.Process.Signal(syscall.SIGTERM)
	_ = n.process.Wait()
	_ = os.RemoveAll(n.data)
}

// Ask sends a request to the node itself, as an operator does, and returns the
// answer.
func (n *Node) Ask(t testing.TB, method, path, body string) map[string]any {
	t.Helper()
	var answer map[string]any
	if err := n.Call(t.Context(), method, path, []byte(body), &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}
