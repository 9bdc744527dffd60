// Package foresight previews a change of a role or profile: which users would gain or lose which
// actions. It takes the new definition, which package rights has checked, and returns a
// [Difference]. It is bounded in time and memory, and reports when it stopped early.
package foresight
