package profiles

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Excess is a right that one set of profiles gives and another lacks. Names may be [Any], which
// stands for all names that neither set mentions.
type Excess struct {
	Controller, Action string
	// Index and Collection name a place where only the first set allows the action. Both are "" if
	// the other set does not have the action at all.
	Index, Collection string
	// RateLimit is set if the excess is the number of requests per second; 0 is no limit. Then
	// there is no action.
	RateLimit *int
}

// String returns controller:action, with the place if there is one.
func (e Excess) String() string {
	switch {
	case e.RateLimit != nil && *e.RateLimit == 0:
		return "no rateLimit"
	case e.RateLimit != nil:
		return fmt.Sprintf("rateLimit %d", *e.RateLimit)
	case e.Index != "":
		return fmt.Sprintf("%s:%s on %s/%s", e.Controller, e.Action, e.Index, e.Collection)
	}
	return e.Controller + ":" + e.Action
}

// Exceeds reports whether c allows anything that own does not. It returns the first such action in
// the order of names; a rate limit comes last. It compares the effective rights, however they are
// composed. "*" exceeds a list of names, since it also allows future ones.
func (c *Compiled) Exceeds(own *Compiled) (Excess, bool) {
	beyond := c.beyond(own)
	if len(beyond) == 0 {
		return Excess{}, false
	}
	return slices.MinFunc(beyond, compareExcess), true
}

// Gained lists the rights that c has beyond before, in the order of names.
func (c *Compiled) Gained(before *Compiled) []Excess {
	beyond := c.beyond(before)
	slices.SortFunc(beyond, compareExcess)
	return beyond
}

func compareExcess(a, b Excess) int {
	last := func(e Excess) int {
		if e.RateLimit != nil {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(last(a), last(b)), cmp.Compare(a.Controller, b.Controller), cmp.Compare(a.Action, b.Action))
}

// beyond compares controller by controller and action by action. [Any] stands for all names that
// neither set mentions, since each set decides alike about all of these.
func (c *Compiled) beyond(own *Compiled) []Excess {
	if c == nil {
		return nil
	}
	if own == nil {
		own = &Compiled{}
	}
	var beyond []Excess
	allows := false
	for controller := range keysOf(c.named, own.named) {
		mine, theirs := own.rulesFor(controller), c.rulesFor(controller)
		for action := range keysOf(theirs.actions(), mine.actions()) {
			given := theirs.grantFor(action)
			if given == nil {
				continue
			}
			allows = true
			if excess, is := given.beyond(mine.grantFor(action)); is {
				excess.Controller, excess.Action = controller, action
				beyond = append(beyond, excess)
			}
		}
	}
	if limit := c.rateLimit; allows && own.rateLimit > 0 && (limit == 0 || limit > own.rateLimit) {
		beyond = append(beyond, Excess{RateLimit: &limit})
	}
	return beyond
}

// keysOf yields the union of two maps' keys, and Any.
func keysOf[V any](a, b map[string]V) iter.Seq[string] {
	return func(yield func(string) bool) {
		for key := range a {
			if key != Any && !yield(key) {
				return
			}
		}
		for key := range b {
			if _, both := a[key]; key != Any && !both && !yield(key) {
				return
			}
		}
		yield(Any)
	}
}

func (c *Compiled) rulesFor(controller string) *actions {
	if rules, named := c.named[controller]; named {
		return rules
	}
	return c.unnamed
}

func (a *actions) actions() map[string]*grant {
	if a == nil {
		return nil
	}
	return a.named
}

func (a *actions) grantFor(action string) *grant {
	if a == nil {
		return nil
	}
	if g, named := a.named[action]; named {
		return g
	}
	return a.unnamed
}

func (g *grant) beyond(own *grant) (Excess, bool) {
	if own == nil {
		return Excess{}, true
	}
	index, collection, is := g.places.beyond(own.places)
	return Excess{Index: index, Collection: collection}, is
}

// beyond returns the first place that p allows and own does not.
func (p places) beyond(own places) (index, collection string, found bool) {
	if own == nil {
		return "", "", false
	}
	if p == nil {
		return Any, Any, true
	}
	for _, index := range slices.Sorted(maps.Keys(p)) {
		held, listed := own[index]
		if listed && len(held) == 0 {
			continue
		}
		if len(p[index]) == 0 {
			return index, Any, true
		}
		for _, name := range slices.Sorted(maps.Keys(p[index])) {
			if _, has := held[name]; !has {
				return index, name, true
			}
		}
	}
	return "", "", false
}
