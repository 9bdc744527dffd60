package profiles

import (
	"cmp"
	"maps"
	"slices"
)

// Right is one line of a list of rights. Names may be [Any]: wildcards are listed as the role has
// them.
type Right struct {
	Controller string `json:"controller"`
	Action     string `json:"action"`
	Index      string `json:"index"`
	Collection string `json:"collection"`
	Value      string `json:"value"`
}

// The values of a [Right].
const (
	Allowed = "allowed"
	Denied  = "denied"
)

// Rights lists the entries of the profiles' roles for each action and place, once each, in the
// order of controller, action, index, collection and value. If one role allows and another denies
// an action, both lines are listed, and the allowed one counts. The list is never nil.
func Rights(profiles []Profile, roles map[string]Role) []Right {
	listed := map[Right]struct{}{}
	for _, profile := range profiles {
		for _, policy := range profile.Policies {
			spots := policy.places().spots()
			for controller, entry := range roles[policy.RoleID].Controllers {
				entry.list(listed, controller, spots)
			}
		}
	}
	compare := func(a, b Right) int {
		return cmp.Or(
			cmp.Compare(a.Controller, b.Controller),
			cmp.Compare(a.Action, b.Action),
			cmp.Compare(a.Index, b.Index),
			cmp.Compare(a.Collection, b.Collection),
			cmp.Compare(a.Value, b.Value),
		)
	}
	rights := slices.AppendSeq(make([]Right, 0, len(listed)), maps.Keys(listed))
	slices.SortFunc(rights, compare)
	return rights
}

// lineBytes is about the size of a line as JSON, without its names.
const lineBytes = 80

// RightsSize returns an upper estimate, in bytes, of the JSON of the list that [Rights] returns. It
// does not build the list, whose size grows with each role's actions times the places of each
// policy.
func RightsSize(profiles []Profile, roles map[string]Role) int {
	type extent struct{ lines, bytes int }
	known := map[string]extent{}
	size := 0
	for _, profile := range profiles {
		for _, policy := range profile.Policies {
			of, measured := known[policy.RoleID]
			if !measured {
				for controller, entry := range roles[policy.RoleID].Controllers {
					for action := range entry.Actions {
						of.lines, of.bytes = of.lines+1, of.bytes+lineBytes+len(controller)+len(action)
					}
				}
				known[policy.RoleID] = of
			}
			for _, at := range policy.places().spots() {
				size += of.bytes + of.lines*(len(at.index)+len(at.collection))
			}
		}
	}
	return size
}

// Everything lists the rights of a caller who may do everything.
func Everything() []Right { return []Right{{Any, Any, Any, Any, Allowed}} }

type spot struct{ index, collection string }

func (c Controller) list(into map[Right]struct{}, controller string, spots []spot) {
	for action, right := range c.Actions {
		value := Denied
		if right {
			value = Allowed
		}
		for _, at := range spots {
			into[Right{controller, action, at.index, at.collection, value}] = struct{}{}
		}
	}
}

func (p places) spots() []spot {
	if p == nil {
		return []spot{{Any, Any}}
	}
	var spots []spot
	for index, names := range p {
		if len(names) == 0 {
			spots = append(spots, spot{index, Any})
		}
		for name := range names {
			spots = append(spots, spot{index, name})
		}
	}
	return spots
}
