package throttle

import (
	"slices"
	"sort"
	"time"
)

// Window limits uses to Limit within any period of length Every.
type Window struct {
	Limit int
	Every time.Duration
}

// series has the times of the uses within a window, in UnixNano, the oldest first.
type series []int64

// settle drops uses that have left the window. Times further ahead than clocks of nodes can differ
// are set to now: a clock was set back. ahead reports whether there were any, which must be written
// back.
func (s *series) settle(w Window, now int64) (ahead bool) {
	all := *s
	for i := len(all) - 1; i >= 0 && all[i] > now+int64(w.Every/10); i-- {
		all[i], ahead = now, true
	}
	left := sort.Search(len(all), func(i int) bool { return all[i]+int64(w.Every) > now })
	*s = append(all[:0], all[left:]...)
	return ahead
}

// room returns how many more uses are allowed now; if none, wait is the time until one is.
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

// end returns the time after which none of the uses counts.
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

// steps returns the times as differences in milliseconds, which are short. Times are rounded up, so
// that no use leaves the window early.
func (s series) steps() []int64 {
	steps, before := make([]int64, len(s)), int64(0)
	for i, at := range s {
		at = toMilli(at) / int64(time.Millisecond)
		steps[i], before = at-before, at
	}
	return steps
}

// fromSteps returns the series for steps.
func fromSteps(steps []int64) series {
	s, at := make(series, len(steps)), int64(0)
	for i, step := range steps {
		at += step
		s[i] = at * int64(time.Millisecond)
	}
	return s
}
