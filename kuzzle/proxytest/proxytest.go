package proxytest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/freeport"
	"github.com/gokuzzle/kuzzle/kuzzle/logtest"
)

// Listen is replaced in a configuration by the address for the proxy to listen on,
// such as 127.0.0.1:40123.
const Listen = "{{listen}}"

const (
	// startWithin is how long a proxy may take until it accepts connections.
	startWithin = 30 * time.Second
	// attempts is how many ports are tried: another program can take one between
	// its choice and its use.
	attempts = 5
)

// Proxy is a running proxy.
type Proxy struct {
	// Address is the address that it listens on, such as 127.0.0.1:40123.
	Address string

	command *exec.Cmd
	log     *logtest.Log
	ended   chan struct{}
}

// Nginx starts nginx. The configuration is the content of its http section:
//
//	server { listen {{listen}}; location / { proxy_pass http://127.0.0.1:7512; } }
func Nginx(t testing.TB, configuration string) *Proxy {
	t.Helper()
	return start(t, "nginx", func(folder, listen string) *exec.Cmd {
		var all strings.Builder
		if os.Geteuid() == 0 {
			all.WriteString("user root;\n") // only root may enter the folder
		}
		fmt.Fprintf(&all, "daemon off;\npid %[1]s/pid;\nerror_log stderr warn;\nevents { worker_connections 1000; }\nhttp {\naccess_log off;\n", folder)
		for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			fmt.Fprintf(&all, "%s_temp_path %s/%[1]s;\n", kind, folder)
		}
		all.WriteString(strings.ReplaceAll(configuration, Listen, listen) + "\n}\n")
		file := write(t, folder, "nginx.conf", all.String())
		return exec.Command("nginx", "-p", folder, "-c", file, "-e", "stderr")
	})
}

// HAProxy starts HAProxy. The configuration is every section but global:
//
//	defaults
//	    mode http
//	    timeout connect 5s
//	    timeout client 1m
//	    timeout server 1m
//	frontend in
//	    bind {{listen}}
//	    default_backend kuzzle
//	backend kuzzle
//	    server one 127.0.0.1:7512
func HAProxy(t testing.TB, configuration string) *Proxy {
	t.Helper()
	return start(t, "haproxy", func(folder, listen string) *exec.Cmd {
		all := "global\n    maxconn 1000\n    nbthread 1\n" + strings.ReplaceAll(configuration, Listen, listen) + "\n"
		return exec.Command("haproxy", "-db", "-f", write(t, folder, "haproxy.cfg", all))
	})
}

// Caddy starts Caddy. The configuration is a Caddyfile without global options:
//
//	http://{{listen}} {
//	    reverse_proxy 127.0.0.1:7512
//	}
func Caddy(t testing.TB, configuration string) *Proxy {
	t.Helper()
	return start(t, "caddy", func(folder, listen string) *exec.Cmd {
		all := "{\n\tadmin off\n\tauto_https off\n\tskip_install_trust\n}\n" + strings.ReplaceAll(configuration, Listen, listen) + "\n"
		command := exec.Command("caddy", "run", "--adapter", "caddyfile", "--config", write(t, folder, "Caddyfile", all))
		command.Env = append(os.Environ(), "HOME="+folder, "XDG_DATA_HOME="+folder, "XDG_CONFIG_HOME="+folder)
		return command
	})
}

// Log returns all output of the proxy so far.
func (p *Proxy) Log() string { return p.log.String() }

// Stop ends the proxy before the test does. Stopping it again does nothing.
func (p *Proxy) Stop() {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		p.signal(syscall.SIGKILL)
		<-p.ended
	}
}

// errEnded means that a proxy ended instead of listening.
var errEnded = errors.New("it ended")

func start(t testing.TB, program string, command func(folder, listen string) *exec.Cmd) *Proxy {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed. On Debian: apt-get install nginx haproxy caddy", program)
		}
		t.Skipf("%s is not installed", program)
	}
	for attempt := 1; ; attempt++ {
		p, err := try(t, command)
		if err == nil {
			return p
		}
		if attempt == attempts || !errors.Is(err, errEnded) || !strings.Contains(strings.ToLower(p.Log()), "address already in use") {
			t.Fatalf("%s did not start: %v\n%s", program, err, p.Log())
		}
	}
}

func try(t testing.TB, command func(folder, listen string) *exec.Cmd) (*Proxy, error) {
	t.Helper()
	folder := t.TempDir()
	p := &Proxy{Address: freeport.ForTest(t), log: new(logtest.Log), ended: make(chan struct{})}
	p.command = command(folder, p.Address)
	p.command.Dir = folder
	p.command.Stdout, p.command.Stderr = p.log, p.log
	p.command.SysProcAttr = ownGroup()
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.command.Wait() // usually ended by a signal
	}()
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() && p.Log() != "" {
			t.Logf("%s wrote:\n%s", p.command.Args[0], p.Log())
		}
	})
	return p, p.await()
}

// await returns when the proxy accepts connections.
func (p *Proxy) await() error {
	for deadline := time.Now().Add(startWithin); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		select {
		case <-p.ended:
			return errEnded
		default:
		}
		conn, err := net.Dial("tcp", p.Address)
		if err == nil {
			return conn.Close()
		}
	}
	return fmt.Errorf("it did not listen on %s within %s", p.Address, startWithin)
}

func write(t testing.TB, folder, name, text string) string {
	t.Helper()
	file := filepath.Join(folder, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
