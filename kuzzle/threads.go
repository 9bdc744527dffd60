package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

// hashingRest is how long the server keeps its additional thread after hashes left a core.
// Each change stops all threads for a moment.
const hashingRest = 2 * time.Second

// spareThread runs Go on one thread more than there are cores while hashes occupy all of
// them, so that other requests stay quick. At other times a thread more costs each request
// about a tenth of its processor time.
type spareThread struct {
	mu          sync.Mutex
	full, added bool
	end         *time.Timer
}

// addThread adds a thread whenever hashes occupy all cores, until stop is called, unless the
// environment sets the number of threads. heed is the pool's Follow.
func addThread(heed func(func(full bool))) (stop func()) {
	if os.Getenv("GOMAXPROCS") != "" {
		return func() {}
	}
	s := &spareThread{}
	s.end = time.AfterFunc(hashingRest, s.remove)
	heed(s.follow)
	return func() {
		heed(nil)
		s.follow(false)
		s.end.Stop()
		s.remove()
	}
}

func (s *spareThread) follow(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = full
	s.end.Reset(hashingRest)
	if full && !s.added {
		s.added = true
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
}

func (s *spareThread) remove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.added && !s.full {
		s.added = false
		runtime.SetDefaultGOMAXPROCS()
	}
}
