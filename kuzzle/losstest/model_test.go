package losstest

import (
	"testing"

	"github.com/anishathalye/porcupine"
)

// TestModel shows that the model refuses wrong histories.
func TestModel(t *testing.T) {
	create := func(id string) operation { return operation{kind: "create", id: id} }
	done, taken, unknown := outcome{kind: "done"}, outcome{kind: "taken"}, outcome{kind: "unknown"}
	find := operation{kind: "find"}
	type step struct {
		op  operation
		got outcome
	}
	for _, c := range []struct {
		name  string
		steps []step
		want  bool
	}{
		{"a creation is found", []step{{create("a"), done}, {find, outcome{"found", "a"}}}, true},
		{"an acknowledged creation is lost", []step{{create("a"), done}, {find, outcome{"found", ""}}}, false},
		{"two hold one name", []step{{create("a"), done}, {create("b"), done}}, false},
		{"the second is refused", []step{{create("a"), done}, {create("b"), taken}}, true},
		{"refused by nobody", []step{{create("a"), taken}}, false},
		{"an unanswered creation took place", []step{{create("a"), unknown}, {create("b"), taken}}, true},
		{"an unanswered creation did not", []step{{create("a"), unknown}, {create("b"), done}}, true},
		{"an unanswered creation did both", []step{{create("a"), unknown}, {create("b"), taken}, {find, outcome{"found", "b"}}}, false},
		{"a claim without a user", []step{{create("a"), unknown}, {create("b"), taken}, {find, outcome{"found", ""}}}, false},
		{"a deleted user's name is free", []step{{create("a"), done}, {operation{kind: "delete", id: "a"}, done}, {create("b"), done}}, true},
		{"a deleted user comes back", []step{{create("a"), done}, {operation{kind: "delete", id: "a"}, done}, {find, outcome{"found", "a"}}}, false},
		{"a rename frees the old name", []step{{create("a"), done}, {operation{kind: "rename", id: "a", name: 1}, done}, {find, outcome{"found", ""}}}, true},
		{"a rename leaves the old name behind", []step{{create("a"), done}, {operation{kind: "rename", id: "a", name: 1}, done}, {find, outcome{"found", "a"}}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var history []porcupine.Operation
			for i, s := range c.steps {
				history = append(history, porcupine.Operation{Input: s.op, Output: s.got, Call: int64(2 * i), Return: int64(2*i + 1)})
			}
			if got := porcupine.CheckOperations(model.ToModel(), history); got != c.want {
				t.Errorf("possible: %v, want %v", got, c.want)
			}
		})
	}
}
