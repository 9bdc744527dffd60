// Package clerkgo drives the built server with Clerk's own client for Go, unchanged. It
// is a module of its own, so that the project needs nothing of Clerk's.
package clerkgo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/clerk/clerk-sdk-go/v2"
)

const (
	checkout  = "../../.."
	secretKey = "sk_test_only_for_these_tests"
	// patience is for a server on a machine that does much else.
	patience = time.Minute
)

// api is the address of the server under test, without /v1.
var api string

func TestMain(m *testing.M) {
	status, err := run(m)
	if err != nil {
		log.Print(err)
		status = 1
	}
	os.Exit(status)
}

// run tests against a server of its own: the real program, an empty data directory, and
// none of the caller's KUZZLE_ variables.
func run(m *testing.M) (status int, err error) {
	home, err := os.MkdirTemp("", "kuzzle-clerk-go-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(home)
	program, err := binary(home)
	if err != nil {
		return 0, err
	}
	addr, err := freeAddress()
	if err != nil {
		return 0, err
	}
	api = "http://" + addr
	output := &bytes.Buffer{}
	server := exec.Command(program, "serve", "--dev", "--listen", addr, "--data", filepath.Join(home, "data"))
	server.Dir, server.Stdout, server.Stderr = home, output, output
	server.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "KUZZLE_CLERK_SECRET_KEY=" + secretKey, "KUZZLE_CLERK_RATE_LIMIT=off"}, store(home)...)
	if err := server.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }() // ends with the server
	if err := healthy(ended); err != nil {
		server.Process.Kill()
		return 0, fmt.Errorf("%w; it printed:\n%s", err, output)
	}
	key, url := secretKey, api+"/v1"
	clerk.SetBackend(clerk.NewBackend(&clerk.BackendConfig{Key: &key, URL: &url, HTTPClient: &http.Client{Timeout: patience}}))
	status = m.Run()
	server.Process.Signal(syscall.SIGTERM)
	select {
	case err = <-ended:
	case <-time.After(patience):
		server.Process.Kill()
		err = errors.New("the server ignored SIGTERM")
	}
	if err != nil {
		err = fmt.Errorf("%w; it printed:\n%s", err, output)
	}
	return status, err
}

// binary is the program to test: that of KUZZLE_BIN, or one that is built of the checkout.
func binary(home string) (string, error) {
	if given := os.Getenv("KUZZLE_BIN"); given != "" {
		return filepath.Abs(given)
	}
	program := filepath.Join(home, "kuzzle")
	build := exec.Command("go", "build", "-o", program, "./kuzzle")
	build.Dir, build.Stderr = checkout, os.Stderr
	return program, build.Run()
}

// store has the server store in Elasticsearch where KUZZLE_TEST_STORE asks for it.
func store(home string) []string {
	if os.Getenv("KUZZLE_TEST_STORE") != "elasticsearch" {
		return nil
	}
	return []string{
		"KUZZLE_ELASTICSEARCH=" + os.Getenv("KUZZLE_TEST_ELASTICSEARCH"), "KUZZLE_ELASTICSEARCH__PREFIX=" + strings.ToLower(filepath.Base(home)) + "-",
		"KUZZLE_MASTER_KEY=" + strings.Repeat("c0", 32),
	}
}

func freeAddress() (string, error) {
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return probe.Addr().String(), probe.Close()
}

// healthy waits until the server answers.
func healthy(ended <-chan error) error {
	for late := time.Now().Add(patience); time.Now().Before(late); time.Sleep(20 * time.Millisecond) {
		if res, err := http.Get(api + "/_healthcheck"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the server ended: %w", err)
		default:
		}
	}
	return errors.New("the server did not become healthy")
}

// must is the result of a call that succeeds.
func must[T any](result T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
}

// refused reads an error as the client does and compares its status and its codes, each
// with its parameter behind a blank.
func refused(t *testing.T, err error, status int, codes ...string) {
	t.Helper()
	var failure *clerk.APIErrorResponse
	if !errors.As(err, &failure) {
		t.Errorf("the client reads no error of Clerk's in %v", err)
		return
	}
	var got []string
	for _, one := range failure.Errors {
		got = append(got, strings.TrimSpace(one.Code+" "+paramOf(one.Meta)))
		if one.Message == "" || one.LongMessage == "" {
			t.Errorf("%s says nothing", one.Code)
		}
	}
	if failure.HTTPStatusCode != status || strings.Join(got, ", ") != strings.Join(codes, ", ") {
		t.Errorf("refused with %d %q, want %d %q", failure.HTTPStatusCode, got, status, codes)
	}
	if failure.TraceID == "" || failure.Response.TraceID != failure.TraceID {
		t.Errorf("traced as %q and %q", failure.TraceID, failure.Response.TraceID)
	}
}

var background = context.Background()
