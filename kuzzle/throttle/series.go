package throttle

import (
	"slices"
	"sort"
	"time"
)

// Window limits uses: there are at most Limit of them within any time of length Every.
type Window struct {
	Limit int
	Every time.Duration
}

// series are the times of the uses within a window, UnixNano, the oldest first.
type series []int64

// settle drops what has left the window. Times that lie further ahead than the clocks
// of nodes can be apart count from now: the clock was set back. It reports whether there
// were any, which are to be written back.
func (s *series) settle(w Window, now int64) (ahead bool) {
	all := *s
	for i := len(all) - 1; i >= 0 && all[i] > now+int64(w.Every/10); i-- {
		all[i], ahead = now, true
	}
	left := sort.Search(len(all), func(i int) bool { return all[i]+int64(w.Every) > now })
	*s = append(all[:0], all[left:]...)
	return ahead
}

// room is how many more uses there may be now; if there is none, wait is how long it
// takes until there is.
func (s series) room(w Window, now int64) (room int, wait time.Duration) {
	if room = w.Limit - len(s); room > 0 {
		return room, 0
	}
	return 0, time.Duration(s[len(s)-w.Limit] + int64(w.Every) - now)
}

// add adds uses at a time.
func (s *series) add(n int, at int64) {
	if last := len(*s) - 1; last >= 0 {
		at = max(at, (*s)[last])
	}
	for range n {
		*s = append(*s, at)
	}
}

// merge adds the uses of another series.
func (s *series) merge(other series) {
	*s = append(*s, other...)
	slices.Sort(*s)
}

// end is when none of the uses counts any more.
func (s series) end(w Window) int64 {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1] + int64(w.Every)
}

// toMilli rounds a time up to the millisecond.
func toMilli(nano int64) int64 {
	const milli = int64(time.Millisecond)
	return (nano + milli - 1) / milli * milli
}

// steps are the times in milliseconds, rounded up, so that no use leaves the window
// early, and each as what lies between it and the one before, so that they are short.
func (s series) steps() []int64 {
	steps, before := make([]int64, len(s)), int64(0)
	for i, at := range s {
		at = toMilli(at) / int64(time.Millisecond)
		steps[i], before = at-before, at
	}
	return steps
}

// fromSteps is the series that has these steps.
func fromSteps(steps []int64) series {
	s, at := make(series, len(steps)), int64(0)
	for i, step := range steps {
		at += step
		s[i] = at * int64(time.Millisecond)
	}
	return s
}
