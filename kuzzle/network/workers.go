package network

import (
	"sync"
	"sync/atomic"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
)

// maxIdleWorkers bounds the goroutines kept for the next request.
const maxIdleWorkers = 64

// workers run the requests of all sockets, each in its own goroutine, so that
// no request waits for another. An idle goroutine is kept for the next request:
// growing the stack of a new goroutine costs more than all else in a small
// request. Serve stops the workers; after that they outlive no request.
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
	// share is the part of the memory budget that the request holds.
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
		// An idle goroutine must not keep its last request alive.
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

// stop ends the idle goroutines and waits for all. No job may be started after
// it.
func (w *workers) stop() {
	close(w.done)
	w.all.Wait()
}
