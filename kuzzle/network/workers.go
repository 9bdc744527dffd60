package network

import (
	"sync"
	"sync/atomic"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
)

// maxIdleWorkers bounds the goroutines kept for the next request.
const maxIdleWorkers = 64

// workers run the requests of all sockets, each in a goroutine of its own, so
// that none waits for another. One that is done is kept for the next request:
// growing the stack of a new goroutine costs more than all else in a small
// request. Serve stops them; they outlive no request after that.
type workers struct {
	jobs chan job
	idle atomic.Int64
	done chan struct{}
	all  sync.WaitGroup
}

// job is a request of a socket.
type job struct {
	socket *socket
	req    *api.Request
	// share is what the request holds of the memory budget.
	share *budget.Share
}

func newWorkers() *workers { return &workers{jobs: make(chan job), done: make(chan struct{})} }

// start runs a job beside the caller.
func (w *workers) start(j job) {
	j.socket.requests.Add(1)
	select {
	case w.jobs <- j:
	default:
		w.all.Go(func() { w.work(j) })
	}
}

func (w *workers) work(j job) {
	for {
		j.socket.run(j.req, j.share)
		j.socket.requests.Done()
		// An idle goroutine keeps nothing of its last request alive.
		j = job{}
		if w.idle.Add(1) > maxIdleWorkers {
			w.idle.Add(-1)
			return
		}
		select {
		case j = <-w.jobs:
			w.idle.Add(-1)
		case <-w.done:
			return
		}
	}
}

// stop ends the idle ones and waits for all. Nothing is started any more.
func (w *workers) stop() {
	close(w.done)
	w.all.Wait()
}
