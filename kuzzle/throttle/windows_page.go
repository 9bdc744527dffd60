package throttle

import (
	"encoding/json"
	"time"
)

const (
	// holdGrace is how long after its end a node may give back the unused part of a hold; then all
	// of it counts as used.
	holdGrace = 250 * time.Millisecond
	// holdPart is the fraction of the free uses that one node may hold.
	holdPart = 8
	// Windows with a smaller Limit, or a longer Every, hold none.
	holdLimit = 100
	holdEvery = time.Minute
)

// windowContent is the content of a page.
type windowContent struct {
	Uses  []int64 `json:"u"`
	Holds []hold  `json:"h,omitempty"`
}

// hold has uses that a node may allow.
type hold struct {
	Node string `json:"n"`
	Left int    `json:"l"`
	// Until is in epoch milliseconds.
	Until int64 `json:"t"`
}

// windowState is a page in its current meaning.
type windowState struct {
	now  int64
	uses series
	// others are the holds of other nodes, held the number of uses in them, and mine the new hold
	// of this node.
	others []hold
	held   int
	mine   *hold
	// changed is set if the page must be written.
	changed bool
}

// stateOf decodes a page, and adds the uses that this node allowed and has not written yet. An
// unreadable page counts as empty.
func (w *Windows) stateOf(page Page, c *counter, window Window, now int64) *windowState {
	var content windowContent
	s := &windowState{now: now, changed: len(page.Data) > 0 && json.Unmarshal(page.Data, &content) != nil}
	s.uses = fromSteps(content.Uses)
	for _, h := range content.Holds {
		until := h.Until * int64(time.Millisecond)
		switch {
		case h.Node == w.node:
			s.uses.merge(c.spent)
			s.changed = true
		case now >= until+int64(holdGrace) || now < until-int64(2*holdFor+holdGrace):
			// Its node is gone or late; a late node finds that all of these count. Or a clock was
			// set back.
			late := series{}
			late.add(h.Left, min(until, now))
			s.uses.merge(late)
			s.changed = true
		default:
			s.others, s.held = append(s.others, h), s.held+h.Left
		}
	}
	s.changed = s.uses.settle(window, now) || s.changed
	return s
}

// room returns how many uses are free. If none is, wait is the time until one is, 0 if others hold
// some.
func (s *windowState) room(w Window) (room int, wait time.Duration) {
	room, wait = s.uses.room(w, s.now)
	return max(0, room-s.held), wait
}

// let counts uses, and makes a hold for a busy node.
func (s *windowState) let(n int, w Window, node string, c *counter, room int) {
	s.uses.add(n, toMilli(s.now))
	if n == 0 || w.Limit < holdLimit || w.Every > holdEvery || s.now-c.visited >= int64(holdFor) {
		return
	}
	if much := min(2*(len(c.spent)+n), (room-n)/holdPart); much > 0 {
		s.mine = &hold{Node: node, Left: much, Until: (s.now + int64(holdFor)) / int64(time.Millisecond)}
	}
}

func (s *windowState) encode() []byte {
	content := windowContent{Uses: s.uses.steps(), Holds: s.others}
	if s.mine != nil {
		content.Holds = append(content.Holds, *s.mine)
	}
	text, _ := json.Marshal(content) // numbers and a name can always be encoded
	return text
}
