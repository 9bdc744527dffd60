package metrics

import (
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// FrameLength is the duration of one frame, FramesKept the maximum number of
// frames: an hour's.
const (
	FrameLength = 10 * time.Second
	FramesKept  = 360
)

// Frame is the activity in one span of [FrameLength]. Its maps are by protocol
// and have no entries for zero, except ongoingRequests, which has "all".
type Frame struct {
	CompletedRequests map[string]int64 `json:"completedRequests"`
	Connections       map[string]int64 `json:"connections"`
	FailedRequests    map[string]int64 `json:"failedRequests"`
	OngoingRequests   map[string]int64 `json:"ongoingRequests"`
	// Timestamp is the span's end, or now for the current span, in milliseconds
	// since the epoch.
	Timestamp int64 `json:"timestamp"`
}

// protocols are the protocols that frames distinguish.
var protocols = [...]string{api.HTTP, api.WebSocket, api.Embedded}

// protocolOf returns an index of protocols.
func protocolOf(req *api.Request) int {
	if req.Peer == nil {
		return len(protocols) - 1
	}
	switch req.Peer.Protocol {
	case api.HTTP:
		return 0
	case api.WebSocket:
		return 1
	}
	return len(protocols) - 1
}

// span is the frame that is being filled.
type span struct {
	number            int64 // since the epoch; 0 for none
	completed, failed [len(protocols)]int64
	http, websocket   int
	ongoing           int64
}

// frames has the last hour. A span without requests and readers leaves no
// frame.
type frames struct {
	now     func() time.Time
	sources *Sources

	mu      sync.Mutex
	ring    [FramesKept]span
	current int64 // number of the current span
}

func (f *frames) observe(protocol int, failed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := f.turn(f.now())
	if failed {
		at.failed[protocol]++
	} else {
		at.completed[protocol]++
	}
}

// turn returns the span of a time. If the clock was set back, it stays in the
// last span, so that frames never overlap.
func (f *frames) turn(now time.Time) *span {
	number := max(now.UnixNano()/int64(FrameLength), f.current)
	at := &f.ring[number%FramesKept]
	if at.number == number {
		return at
	}
	*at = span{number: number}
	f.sample(at)
	f.current = number
	return at
}

func (f *frames) sample(at *span) {
	if f.sources.Connections != nil {
		at.http, at.websocket = f.sources.Connections()
	}
	if f.sources.Load != nil {
		at.ongoing, _, _ = f.sources.Load()
	}
}

// Frames returns the frames with timestamps between start and stop, inclusive,
// oldest first; a zero time is no bound. The last one may be of the current
// span.
func (m *Metrics) Frames(start, stop time.Time) []Frame {
	f := &m.frames
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	f.sample(f.turn(now))
	list := []Frame{}
	for number := f.current - FramesKept + 1; number <= f.current; number++ {
		at := &f.ring[(number%FramesKept+FramesKept)%FramesKept]
		if at.number != number {
			continue
		}
		end := time.Unix(0, (number+1)*int64(FrameLength))
		if number == f.current && end.After(now) {
			end = now
		}
		if (start.IsZero() || !end.Before(start)) && (stop.IsZero() || !end.After(stop)) {
			list = append(list, at.frame(end))
		}
	}
	return list
}

// LastFrame returns the frame of the last complete span, or of the current one
// if there is none.
func (m *Metrics) LastFrame() Frame {
	list := m.Frames(time.Time{}, time.Time{})
	return list[max(0, len(list)-2)]
}

func (s *span) frame(end time.Time) Frame {
	frame := Frame{
		CompletedRequests: map[string]int64{}, FailedRequests: map[string]int64{}, Connections: map[string]int64{},
		OngoingRequests: map[string]int64{"all": s.ongoing}, Timestamp: end.UnixMilli(),
	}
	for i, protocol := range protocols {
		put(frame.CompletedRequests, protocol, s.completed[i])
		put(frame.FailedRequests, protocol, s.failed[i])
	}
	put(frame.Connections, api.HTTP, int64(s.http))
	put(frame.Connections, api.WebSocket, int64(s.websocket))
	return frame
}

func put(counts map[string]int64, name string, count int64) {
	if count != 0 {
		counts[name] = count
	}
}
