package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/freeport"
)

// process is a measured server.
type process struct {
	cmd     *exec.Cmd
	address string
	out     bytes.Buffer
	// took is the time from the start to the first good answer.
	took time.Duration
}

const (
	startTimeout = 20 * time.Second
	pollEvery    = 200 * time.Microsecond
)

// launch starts a server and returns when it answers at path.
func launch(path string, env []string, address, program string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(program, args...), address: address}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.Env = append(os.Environ(), env...)
	begin := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(begin) < startTimeout {
		answer, err := http.Get("http://" + address + path)
		if err == nil {
			_ = answer.Body.Close()
			p.took = time.Since(begin)
			return p, nil
		}
		time.Sleep(pollEvery)
	}
	_ = p.cmd.Process.Kill()
	return nil, errors.Join(fmt.Errorf("%s does not answer: %s", program, p.out.Bytes()), p.cmd.Wait())
}

// stop ends the process as an operator would.
func (p *process) stop() {
	if p == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait() // its exit status does not matter
}

func (p *process) pid() string { return fmt.Sprint(p.cmd.Process.Pid) }

// unlimited removes the rate limit of a built-in profile, which would otherwise
// be measured.
func unlimited(profile string) string {
	return fmt.Sprintf(`security.standard.profiles.%[1]s=*json:{"rateLimit":0,"policies":[{"roleId":"%[1]s"}]}`, profile)
}

// everybodyMayAskTheTime allows anonymous callers the measured requests without
// a token.
const everybodyMayAskTheTime = `security.standard.roles.anonymous=*json:{"controllers":{"auth":{"actions":{"login":true}},"server":{"actions":{"now":true}}}}`

// password is the password of the administrator, whom the first start creates,
// and of every user of the setup.
const password = "correct-horse-battery"

func (b *bench) launchOurs(more ...string) (*process, error) {
	address, err := freeport.Address()
	if err != nil {
		return nil, err
	}
	args, env := b.onCluster(clusterPrefix)
	env = append(append(env, more...), "KUZZLE_ADMIN__USERNAME=root", "KUZZLE_ADMIN__PASSWORD="+password)
	args = append(args, "--data", filepath.Join(b.dir, "data"), "--set", unlimited("anonymous"), "--set", unlimited("default"), "--set", everybodyMayAskTheTime)
	return launch("/_healthcheck", env, address, filepath.Join(b.bin, "kuzzle"), append([]string{"serve", "--listen", address}, args...)...)
}

func (b *bench) launchBare(token string, urls ...string) (*process, error) {
	address, err := freeport.Address()
	if err != nil {
		return nil, err
	}
	return launch("/", []string{"TOKEN=" + token}, address, filepath.Join(b.bin, "baseline"), append([]string{"serve", address, b.raw}, urls...)...)
}
