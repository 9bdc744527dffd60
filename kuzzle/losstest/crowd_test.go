package losstest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// taskVariable makes the test binary a crowd of clients: a second process, so
// that their descriptors, memory and time are not the server's or the test's.
const taskVariable = "LOSSTEST_CROWD"

// task is the work of a crowd, which all members do at once.
type task struct {
	Base  string `json:"base"`
	Size  int    `json:"size"`
	Kind  string `json:"kind"` // login, socket login or sockets
	Wrong bool   `json:"wrong"`
	// Accounts is over how many names the members spread, from the First on, and
	// Addresses over how many addresses.
	First     int `json:"first"`
	Accounts  int `json:"accounts"`
	Addresses int `json:"addresses"`
	// Attack is the name of an attack, which replaces Kind; Token is for attacks by a known
	// user, For is their duration.
	Attack string        `json:"attack"`
	Token  string        `json:"token"`
	For    time.Duration `json:"for"`
}

// report is the result.
type report struct {
	// Statuses counts answers; 0 is no answer.
	Statuses map[int]int `json:"statuses"`
	// Rude counts refusals for now that do not say when to come again.
	Rude int `json:"rude"`
	// Took is how long it was from the first request to the last answer.
	Took time.Duration `json:"took"`
	// Failure is the first thing that went wrong in a client.
	Failure string `json:"failure"`
}

// addresses is from how many a crowd comes: one alone holds a quarter of the hash
// pool at most.
const addresses = 16

// guessing is from how many of them passwords are guessed: each has guesses of
// its own.
const guessing = 4

// from returns the dialer of a member at one of the addresses, or at the next one for a
// client outside the crowd.
func from(address int) func(ctx context.Context, network, to string) (net.Conn, error) {
	own := &net.TCPAddr{IP: net.IPv4(127, 1, 0, byte(1+address))}
	return (&net.Dialer{LocalAddr: own}).DialContext
}

// crowdTimeout is how long a member waits for its answer.
const crowdTimeout = 5 * time.Minute

// crowd is the second process: it does its task, prints a report and, for
// sockets, keeps them open until its input ends.
func crowd(text string) int {
	var what task
	if err := json.Unmarshal([]byte(text), &what); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	member := what.login
	switch what.Kind {
	case "sockets":
		member = what.socketAsking(func(int) string { return `{"controller":"auth","action":"getCurrentUser"}` })
	case "socket login":
		member = what.socketAsking(func(n int) string {
			return fmt.Sprintf(`{"controller":"auth","action":"login","strategy":"local","body":{"username":%q,"password":%q}}`, what.nameOf(n), what.password())
		})
	}
	if what.Attack != "" {
		member = what.attacker(attacks[what.Attack])
	}
	r := report{Statuses: map[int]int{}}
	var mu sync.Mutex
	var ready, all sync.WaitGroup
	begin := make(chan struct{})
	ready.Add(what.Size)
	for n := range what.Size {
		all.Go(func() {
			got, err := member(n, func() { ready.Done(); <-begin })
			mu.Lock()
			defer mu.Unlock()
			r.Statuses[got.status]++
			if (got.status == 503 || got.status == 429) && got.retry == "" {
				r.Rude++
			}
			if err != nil && r.Failure == "" {
				r.Failure = err.Error()
			}
		})
	}
	ready.Wait()
	started := time.Now()
	close(begin)
	all.Wait()
	r.Took = time.Since(started)
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		return 1
	}
	_, _ = os.Stdin.Read(make([]byte, 1)) // waits for its end
	return 0
}

// login connects, waits for the others, and logs in. Its request is ready by then, and sent at once:
// a crowd that is last in line has little time between the first hashes and the last.
func (what task) login(n int, together func()) (answer, error) {
	address := strings.TrimPrefix(what.Base, "http://")
	body := fmt.Sprintf(`{"username":%q,"password":%q}`, what.nameOf(n), what.password())
	const head = "HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
	hello := []byte(fmt.Sprintf("GET /_healthcheck "+head, address, 0, ""))
	login := []byte(fmt.Sprintf("POST /_login/local "+head, address, len(body), body))
	var conn net.Conn
	connect := func() (err error) {
		if conn, err = from(n%what.Addresses)(context.Background(), "tcp", address); err != nil {
			return err
		}
		if err = conn.SetDeadline(time.Now().Add(crowdTimeout)); err == nil {
			_, err = ask(conn, hello)
		}
		if err != nil {
			_ = conn.Close() // the first error counts
		}
		return err
	}
	err := arrive(connect)
	together()
	if err != nil {
		return answer{}, err
	}
	// Where the last ones took a minute to arrive, the server has closed the connections of the
	// first. And a crowd that is last in line connects at times and then sends for ten seconds
	// nothing. Such a login is sent once more.
	got, err := ask(conn, login)
	if err != nil {
		_ = conn.Close() // the server closed it
		if err = arrive(connect); err == nil {
			got, err = ask(conn, login)
		}
	}
	return got, errors.Join(err, conn.Close())
}

// ask sends a request and returns its answer.
func ask(conn net.Conn, request []byte) (answer, error) {
	if _, err := conn.Write(request); err != nil {
		return answer{}, err
	}
	got, err := http.ReadResponse(bufio.NewReaderSize(conn, 2<<10), nil)
	if err != nil {
		return answer{}, err
	}
	return understood(got)
}

// again is how long a member waits before it tries to connect again.
const again = 10 * time.Millisecond

// arrive tries to connect until it works. On a busy machine a crowd that is last in line
// (see lastInLine) is at times too slow for the server, which closes connections on which
// no request comes.
func arrive(connect func() error) error {
	late := time.Now().Add(crowdTimeout)
	for {
		err := connect()
		if err == nil || time.Now().After(late) {
			return err
		}
		time.Sleep(again)
	}
}

// nameOf is whom a member logs in as.
func (what task) nameOf(n int) string { return floodName(what.First + n%what.Accounts) }

func (what task) password() string {
	if what.Wrong {
		return "no, it was another one"
	}
	return password
}

func floodName(n int) string { return fmt.Sprintf("flood-%d", n) }

// socketAsking is a member that connects, waits for the others, asks one thing, and
// stays.
func (what task) socketAsking(message func(n int) string) func(int, func()) (answer, error) {
	return func(n int, together func()) (answer, error) {
		dialer := websocket.Dialer{NetDialContext: from(n % addresses), HandshakeTimeout: crowdTimeout, ReadBufferSize: 1 << 10, WriteBufferSize: 1 << 10}
		var conn *websocket.Conn
		err := arrive(func() (err error) {
			conn, _, err = dialer.Dial(strings.Replace(what.Base, "http", "ws", 1), nil)
			return err
		})
		together()
		if err != nil {
			return answer{}, err
		}
		_ = conn.SetReadDeadline(time.Now().Add(crowdTimeout))
		if err := conn.WriteMessage(websocket.TextMessage, []byte(message(n))); err != nil {
			return answer{}, err
		}
		var got struct{ Status int }
		err = conn.ReadJSON(&got)
		return answer{status: got.Status, retry: "messages have no headers"}, err
	}
}

// lastInLine returns a program that gets only the processor time that others leave. In
// production, clients have their own processors, and cost the server only the work that
// they cause; here its threads would also have to wait for theirs. With SCHED_IDLE they run
// only while neither the server nor the test wants to. That spares the server nothing: in 5
// s of attacks it worked 5.1 and 6.6 s (anonymous, deflate bombs), and 4.9 and 5.9 s beside
// a crowd of low priority, whose slices made up most of the times measured: their 99th
// percentiles were 117 and 370 ms, instead of 70 and 74.
func lastInLine(program string) *exec.Cmd {
	if chrt, err := exec.LookPath("chrt"); err == nil {
		return exec.Command(chrt, "--idle", "0", program)
	}
	return exec.Command("nice", "-n", "19", program)
}

// gather starts a crowd; its report comes when every member has its answer, and
// members that stay do so until leave.
func gather(t *testing.T, what task) (r report, leave func()) {
	t.Helper()
	text, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	cmd := lastInLine(os.Args[0])
	cmd.Env = append(os.Environ(), taskVariable+"="+string(text))
	cmd.Stderr = os.Stderr
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
	leave = sync.OnceFunc(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the crowd ended with: %v", err)
		}
	})
	t.Cleanup(leave)
	if err := json.NewDecoder(out).Decode(&r); err != nil {
		t.Fatal(err)
	}
	if r.Failure != "" {
		t.Errorf("a client failed: %s", r.Failure)
	}
	return r, leave
}
