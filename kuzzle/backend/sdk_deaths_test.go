package backend

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/logtest"
)

// sdkVariable names the folder of npm's kuzzle-sdk and of the program that sends
// requests with it.
const sdkVariable = "KUZZLE_TEST_SDK"

// sdkBridge is that program. It sends one request at a time.
type sdkBridge struct {
	protocol string
	number   int
	in       io.Writer
	answers  chan sdkAnswer
}

type sdkAnswer struct {
	Number int             `json:"number"`
	Status int             `json:"status"`
	ID     string          `json:"id"`
	Result json.RawMessage `json:"result"`
	Lost   string          `json:"lost"`
}

// newSDKBridge starts the program, which ends with the test.
func newSDKBridge(t *testing.T, protocol string) *sdkBridge {
	t.Helper()
	cmd := exec.Command("node", "bridge.mjs")
	cmd.Dir = os.Getenv(sdkVariable)
	log := &logtest.Log{}
	cmd.Stderr = log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b := &sdkBridge{protocol: protocol, in: in, answers: make(chan sdkAnswer, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(b.answers)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var a sdkAnswer
			if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
				t.Errorf("the bridge says %q", lines.Text())
				return
			}
			b.answers <- a
		}
	}()
	t.Cleanup(func() {
		_ = in.Close()
		for range b.answers { // of requests that a death left behind
		}
		<-done
		if err := cmd.Wait(); err != nil {
			t.Errorf("the bridge: %v\n%s", err, log)
		}
	})
	return b
}

// ask is [deaths.ask] by the SDK. Where the server dies there is no answer.
func (b *sdkBridge) ask(d *deaths, method, path, token string, body any) heard {
	d.Helper()
	_, port, err := net.SplitHostPort(d.base[len("http://"):])
	if err != nil {
		d.Fatal(err)
	}
	b.number++
	number, _ := strconv.Atoi(port)
	request, err := json.Marshal(map[string]any{
		"number": b.number, "protocol": b.protocol, "port": number, "call": method + " " + path, "token": token, "body": body,
	})
	if err != nil {
		d.Fatal(err)
	}
	if _, err := b.in.Write(append(request, '\n')); err != nil {
		d.Fatal(err)
	}
	for {
		a, ok := <-b.answers
		switch {
		case !ok:
			d.Fatal("the bridge has ended")
		case a.Number != b.number:
		case a.Lost != "":
			return heard{err: errors.New(a.Lost)}
		default:
			r := heard{status: a.Status, id: a.ID}
			_ = json.Unmarshal(a.Result, &r.result) // others are of no interest
			return r
		}
	}
}
